"""Names of csvferry's own tables in the target database."""

RUNS = "csvferry_runs"
REJECTS = "csvferry_rejects"
VERSION = "csvferry_schema"
