#!/usr/bin/env bash
# petl 1.7.30 (pip): `join` takes None for a value that equals None, in each of its kinds.
#
# Output: two rows without an id on each side give four joined rows beside the one that has an id; SQL's JOIN gives one.
# `leftjoin` and `antijoin` go by the same rule.
#
# A guess ("a join is SQL's join, where NULL meets nothing") would have cost: customers without a tax number get each
# other's data, and n times m rows appear where both files have gaps.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check petl==1.7.30
"$work/venv/bin/python" - <<'PY' | tee "$work/seen"
import sqlite3

import petl

left = [["id", "name"], ["7", "ann"], [None, "bob"], [None, "cy"]]
right = [["id", "mail"], ["7", "a@example.com"], [None, "d@example.com"], [None, "e@example.com"]]
print(list(petl.join(left, right, key="id"))[1:])
print(list(petl.antijoin(left, right, key="id"))[1:])
database = sqlite3.connect(":memory:")
for name, table in (("l", left), ("r", right)):
    database.execute(f"CREATE TABLE {name} (id, v)")
    database.executemany(f"INSERT INTO {name} VALUES (?, ?)", table[1:])
print(database.execute("SELECT l.id, l.v, r.v FROM l JOIN r ON l.id = r.id").fetchall())
PY
diff - "$work/seen" <<'TEXT'
[(None, 'bob', 'd@example.com'), (None, 'bob', 'e@example.com'), (None, 'cy', 'd@example.com'), (None, 'cy', 'e@example.com'), ('7', 'ann', 'a@example.com')]
[]
[('7', 'ann', 'a@example.com')]
TEXT
