#!/usr/bin/env bash
# DuckDB 2.0.1 (pip): read_csv into a column that is declared INTEGER takes more than whole numbers.
#
# Output: 1_000 becomes 1000, 0x10 becomes 16, 0b11 becomes 3, 1e3 becomes 1000, 2.5 becomes 3 and 3.5 becomes 4, in
# silence; the sniffer, asked about the same file, calls the column VARCHAR.
#
# A guess ("a declared type is a check: what is no whole number is an error, as in PostgreSQL's COPY") would have cost
# values that are changed on the way in: article numbers with an underscore, hexadecimal ids, amounts with cents.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.1
printf 'id,n\n1,1_000\n2,0x10\n3,0b11\n4,1e3\n5,2.5\n6,3.5\n' >"$work/n.csv"
found=$("$work/venv/bin/python" - "$work/n.csv" <<'PY'
import sys, duckdb
columns = "{'id': 'INTEGER', 'n': 'INTEGER'}"
rows = duckdb.sql(f"FROM read_csv('{sys.argv[1]}', header = true, delim = ',', columns = {columns})").fetchall()
kinds = duckdb.sql(f"SELECT Columns FROM sniff_csv('{sys.argv[1]}')").fetchall()[0][0]
print(*(n for _, n in rows), kinds[1]["type"])
PY
)
echo "$found"
[[ $found == "1000 16 3 1000 3 4 VARCHAR" ]]
