"""Bytes become records: encoding, dialect, scanner, header."""
