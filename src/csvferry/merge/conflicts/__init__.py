"""Rows that hold equal unique values: found, judged, and named."""
