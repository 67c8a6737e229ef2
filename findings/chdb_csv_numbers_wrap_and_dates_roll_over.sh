#!/usr/bin/env bash
# chdb 4.4.0 (pip; ClickHouse in a library): reading CSV with declared types, values that the type can't hold become
# other values, without an error or a warning.
#
# Output: 300 as Int8 is 44, 9223372036854775808 as Int64 is -9223372036854775808; 2025-02-30 as Date is 2025-03-02,
# 2025-13-01 is 1970-01-01. The same 2025-02-30 as DateTime is an error, and so is -1 as UInt16.
#
# A guess ("a declared type is checked, as DuckDB and a strict MySQL do") would have cost wrong rows with right counts:
# such a load must be compared with the file by value.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check chdb==4.4.0
printf '300,9223372036854775808,2025-02-30\n127,1,2025-13-01\n' >values.csv
venv/bin/python - <<'PY' | tee seen
import chdb

print(chdb.query("SELECT * FROM file('values.csv', CSV, 'a Int8, b Int64, c Date')", "CSV"), end="")
for column in ("c DateTime", "a UInt16"):
    text = "2025-02-30" if column.startswith("c") else "-1"
    with open("one.csv", "w") as file:
        file.write(f"{text}\n")
    try:
        print(chdb.query(f"SELECT * FROM file('one.csv', CSV, '{column}')", "CSV"), end="")
    except Exception:
        print(f"{text} as {column.split()[1]}: an error")
PY
diff - seen <<'TEXT'
44,-9223372036854775808,"2025-03-02"
127,1,"1970-01-01"
2025-02-30 as DateTime: an error
-1 as UInt16: an error
TEXT
