"""Names of csvferry's own tables and columns in the target database."""

STAGE_PREFIX = "csvferry_stage_"
RUNS = "csvferry_runs"
REJECTS = "csvferry_rejects"
VERSION = "csvferry_schema"
OLD = "_old"  # ends the name of a table whose place another took
LINE = "csvferry_line"
FATE = "csvferry_fate"
HOLDS = "csvferry_holds"
DEPTH = "csvferry_depth"
MARKS = (LINE, FATE, HOLDS, DEPTH)  # staging's own columns beside those of the file
