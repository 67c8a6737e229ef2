"""The columns of a file in the table, and how their values are read."""
