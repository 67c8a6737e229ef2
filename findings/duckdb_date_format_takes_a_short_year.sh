#!/usr/bin/env bash
# DuckDB 2.0.1 (pip): the date format %Y takes a year of two digits and means the year 25 by 25.
#
# Output: read_csv with dateformat '%d/%m/%Y' reads 31/12/25 as 0025-12-31, in a file whose other rows say 2025;
# Python 3's strptime refuses the same text under the same format.
#
# A guess ("%Y is a year of four digits, as in Python, where the codes come from") would have cost birthdays and due
# dates in the first century: no row is refused, and a filter for this year's rows leaves them out.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.1
printf 'id,d\n1,31/12/2025\n2,31/12/25\n' >"$work/d.csv"
found=$("$work/venv/bin/python" - "$work/d.csv" <<'PY'
import sys, datetime, duckdb
columns = "{'id': 'INTEGER', 'd': 'DATE'}"
read = f"read_csv('{sys.argv[1]}', header = true, delim = ',', columns = {columns}, dateformat = '%d/%m/%Y')"
print(*(d for _, d in duckdb.sql(f"FROM {read}").fetchall()), end=" ")
try:
    print(datetime.datetime.strptime("31/12/25", "%d/%m/%Y"))
except ValueError:
    print("refused by Python")
PY
)
echo "$found"
[[ $found == "2025-12-31 0025-12-31 refused by Python" ]]
