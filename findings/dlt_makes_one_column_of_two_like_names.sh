#!/usr/bin/env bash
# dlt 1.31.0 (pip, into DuckDB 2.0.1): two fields of a row whose names differ only by what dlt's naming changes (capital
# letters, hyphens, spaces) are written into one column, and the value that comes last in the row stays, even a None.
#
# Output: rows with `E-mail` and `e_mail` give one column `e_mail`; of work@example.com and home@example.com the latter
# is there, of w2@example.com and None there is NULL. The load package "contains no failed jobs", nothing is logged.
#
# A guess ("names that meet are an error, or get a number") would have cost one of two columns of a table, in silence;
# counting rows does not show it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check dlt==1.31.0 duckdb==2.0.1
export RUNTIME__DLTHUB_TELEMETRY=false
venv/bin/python - <<'PY' 2>log | grep -v 'pipeline\|load package\|destination' | tee seen
import dlt
import duckdb

rows = [
    {"id": 1, "E-mail": "work@example.com", "e_mail": "home@example.com"},
    {"id": 2, "E-mail": "w2@example.com", "e_mail": None},
]
target = dlt.destinations.duckdb("people.duckdb")
run = dlt.pipeline("people", destination=target, dataset_name="d", pipelines_dir="state").run(rows, table_name="people")
print("failed:", run.has_failed_jobs)
print(*duckdb.connect("people.duckdb").execute("SELECT * EXCLUDE (_dlt_load_id, _dlt_id) FROM d.people").fetchall(), sep="\n")
PY
diff - seen <<'TEXT'
failed: False
(1, 'home@example.com')
(2, None)
TEXT
