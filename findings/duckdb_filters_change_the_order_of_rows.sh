#!/usr/bin/env bash
# DuckDB 2.0.1 (pip): with preserve_insertion_order = true rows come out in their order through COPY, SELECT and a WHERE
# that compares values; through `WHERE line NOT IN (SELECT ...)`, or the same in a CASE, they do not, as it is run as a
# join. Two COPY statements over the same rows give two orders.
#
# Output: of 5 million lines that rise, `line <> 5` writes all in their order; `line NOT IN (SELECT 5)` writes them with
# some steps back, in thirds of a million rows and more at a time, and another number of steps the next time. Up to one
# row group (122,880 rows) the order stays, so that no small test shows it.
#
# A guess ("no ORDER BY is needed: there is one table, a filter, and the setting that keeps the order") would have cost,
# and did cost, the pairing of two files that belong together row by row: hashes stood beside other rows' keys, and the
# next run deleted rows that nobody had removed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.1
cd "$work"
venv/bin/python - <<'PY' | tee seen
import duckdb

con = duckdb.connect(config={"threads": 4})
con.execute("SET preserve_insertion_order = true")
con.execute("COPY (SELECT range AS line FROM range(5000000)) TO 'lines.parquet' (FORMAT parquet)")
con.execute("CREATE TABLE refused AS SELECT 5::BIGINT AS line")
STEPS = """SELECT count(*) FROM (SELECT line, lag(line) OVER (ORDER BY file_row_number) AS before
FROM read_parquet('out.parquet', file_row_number = true)) WHERE line < before"""


def steps_back(rows: str) -> int:
    con.execute(f"COPY ({rows}) TO 'out.parquet' (FORMAT parquet)")
    return con.execute(STEPS).fetchone()[0]


everything = "SELECT line FROM read_parquet('lines.parquet')"
found = "NOT IN (SELECT line FROM refused)"
print("all", steps_back(everything))
print("compared", steps_back(f"{everything} WHERE line <> 5"))
print("subquery", any(steps_back(f"{everything} WHERE line {found}") for _ in range(9)))
case = f"SELECT CASE WHEN line {found} THEN line ELSE 5 END AS line FROM read_parquet('lines.parquet')"
print("case", any(steps_back(case) for _ in range(9)))
PY
diff - seen <<'TEXT'
all 0
compared 0
subquery True
case True
TEXT
