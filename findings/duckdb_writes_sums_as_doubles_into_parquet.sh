#!/usr/bin/env bash
# DuckDB 2.0.1 (pip, read with pyarrow 26.0.1): the sum of a BIGINT column is HUGEINT, and Parquet gets it as DOUBLE.
#
# Output: sum of 9007199254740993 alone prints whole in DuckDB, the Parquet file's column is `double`, and read back it
# is 9007199254740992. Cast to BIGINT in the query, or as CSV, it is whole.
#
# A guess ("COPY TO Parquet keeps whole numbers whole, or refuses a type that it can't write") would have cost: sums of
# amounts in cents and ids that went through an aggregate (sum, also in a GROUP BY of one row) are changed in the last
# digits above 2^53, and a column that was BIGINT upstream is a floating-point number downstream.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.1 pyarrow==26.0.1
cd "$work"
venv/bin/python - <<'PY' | tee seen
import duckdb
import pyarrow.parquet

duckdb.sql("CREATE TABLE t AS SELECT 9007199254740993::BIGINT AS n")
print(duckdb.sql("SELECT sum(n), typeof(sum(n)) FROM t").fetchall())
for name, expression in (("sum", "sum(n)"), ("cast", "sum(n)::BIGINT")):
    duckdb.sql(f"COPY (SELECT {expression} AS s FROM t) TO '{name}.parquet'")
    column = pyarrow.parquet.read_table(f"{name}.parquet")["s"]
    print(name, column.type, column[0])
PY
diff - seen <<'TEXT'
[(9007199254740993, 'HUGEINT')]
sum double 9007199254740992.0
cast int64 9007199254740993
TEXT
