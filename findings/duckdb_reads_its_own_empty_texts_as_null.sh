#!/usr/bin/env bash
# DuckDB 2.0.1 (pip): COPY TO writes an empty text as "" and NULL as nothing, which tells them apart; reading the file
# gives NULL for both.
#
# Output: the rows '' and NULL are written as `""` and ``, and read_csv finds two NULL. With allow_quoted_nulls = false
# the first is '' again. Polars 2.1.0 reads the same file as it was written.
#
# A guess ("a program that quotes to keep the two apart reads the quotes") would have cost: each copy through CSV makes
# "no middle name" unknown, and a column that is NOT NULL refuses rows that came out of such a column.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.1 polars==2.1.0
cd "$work"
venv/bin/python - <<'PY' | tee seen
import duckdb, polars

duckdb.sql("COPY (SELECT '' AS name, 1 AS id UNION ALL SELECT NULL, 2 ORDER BY id) TO 'a.csv'")
print(open("a.csv").read().split())
print(duckdb.sql("SELECT name FROM 'a.csv'").fetchall())
print(duckdb.sql("SELECT name FROM read_csv('a.csv', allow_quoted_nulls = false)").fetchall())
print(polars.read_csv("a.csv")["name"].to_list())
PY
diff - seen <<'TEXT'
['name,id', '"",1', ',2']
[(None,), (None,)]
[('',), (None,)]
['', None]
TEXT
