#!/usr/bin/env bash
# What docs/peers.md says of dlt: a merge by key changes and adds rows and deletes none; a row that does not fit is
# dropped under `discard_row`, and nothing keeps it; a file that was loaded is passed over by its time.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$(dirname "$0")/files.sh" "$work"
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'dlt[sqlalchemy]==1.31.0' pandas==3.1.1
export RUNTIME__DLTHUB_TELEMETRY=false DESTINATION__SQLALCHEMY__CREDENTIALS="sqlite:///$work/main.db"
venv/bin/python -W ignore - >seen 2>log <<'PY' || { tail -5 log; exit 1; }
import csv, sqlite3
from pathlib import Path

import dlt
from dlt.sources.filesystem import filesystem, read_csv

pipeline = dlt.pipeline("peers", destination=dlt.destinations.sqlalchemy(), dataset_name="main", pipelines_dir="state")


def look(columns, table):
    with sqlite3.connect("main.db") as con:
        print(con.execute(f"SELECT {columns} FROM {table} ORDER BY 1").fetchall())


def merge(name):
    rows = [{**row, "id": int(row["id"])} for row in csv.DictReader(open(name))]
    people = dlt.resource(
        rows, name="people", primary_key="id", write_disposition="merge",
        columns={"n": {"data_type": "bigint"}}, schema_contract={"data_type": "discard_row"},
    )  # fmt: skip
    pipeline.run(people)
    look("id, n", "people")


merge("first.csv")
merge("next.csv")
for _ in range(2):
    files = filesystem(Path.cwd().as_uri(), file_glob="first.csv",
                       incremental=dlt.sources.incremental("modification_date"))  # fmt: skip
    pipeline.run((files | read_csv()).with_name("appended"), write_disposition="append")
    look("COUNT(*)", "appended")
with sqlite3.connect("main.db") as con:
    print(*sorted(name for (name,) in con.execute("SELECT name FROM sqlite_master WHERE type = 'table'")))
PY
cat seen
diff - seen <<'TEXT'
[(1, 10), (2, 20), (3, 30), (4, 40)]
[(1, 10), (2, 21), (3, 30), (4, 40)]
[(4,)]
[(4,)]
_dlt_loads _dlt_pipeline_state _dlt_version appended people
TEXT
