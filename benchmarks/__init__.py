"""csvferry side by side with other ways from a file into MySQL. See benchmarks/README.md."""
