"""A file and its table, row by row as they stand."""
