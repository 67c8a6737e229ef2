"""Staged rows become changes of the table."""
