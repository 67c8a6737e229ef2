"""Plain values: column types, tables, reports, reject codes, phases, names."""
