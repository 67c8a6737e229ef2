#!/usr/bin/env bash
# DuckDB 2.0.1 (pip): read_csv with `columns = {...}` gives the names by their place; the names in the file's header are
# passed over, also with header = true.
#
# Output: of a file with the header `name,id`, columns = {'id': ..., 'name': ...} puts the names into id and the ids
# into name. `types = {...}` goes by name, and so does Polars 2.1.0's `schema`, in whatever order the file has.
#
# A guess ("the file has a header and I name its columns, so they are matched, or the difference is an error") would
# have cost two columns of one type that change places (mail and login, first and last name) on the day on which the
# sender's export has another order. Nothing is refused.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.1 polars==2.1.0
cd "$work"
printf 'name,id\nann,x1\n' >a.csv
venv/bin/python - <<'PY' | tee seen
import duckdb, polars

names = "{'id': 'VARCHAR', 'name': 'VARCHAR'}"
for option in ("columns", "types"):
    rows = duckdb.sql(f"SELECT id, name FROM read_csv('a.csv', header = true, {option} = {names})")
    print(option, rows.fetchall())
print("polars", polars.read_csv("a.csv", schema={"id": polars.String, "name": polars.String}).rows())
PY
diff - seen <<'TEXT'
columns [('ann', 'x1')]
types [('x1', 'ann')]
polars [('x1', 'ann')]
TEXT
