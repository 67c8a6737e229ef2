"""Names of csvferry's own tables in the target database."""

STAGE_PREFIX = "csvferry_stage_"
RUNS = "csvferry_runs"
REJECTS = "csvferry_rejects"
VERSION = "csvferry_schema"
