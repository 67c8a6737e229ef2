#!/usr/bin/env bash
# What docs/peers.md says of csvkit: rows are added, again by a second run; a duplicate takes back the whole file;
# csvclean tells of rows with another number of fields.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$(dirname "$0")/files.sh" "$work"
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check csvkit==2.2.0
insert() {
  venv/bin/csvsql --db sqlite:///people.db --insert --no-create --tables people "$1" 2>&1 | grep -o 'UNIQUE constraint failed' | head -1 || true
  sqlite3 people.db 'SELECT COUNT(*) FROM people'
}
{
  sqlite3 people.db 'CREATE TABLE people (id INTEGER, name TEXT, n INTEGER)'
  insert first.csv
  insert first.csv
  sqlite3 people.db 'DROP TABLE people; CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, n INTEGER)'
  insert next.csv
  printf 'id,name\n1,a\n2\n' | venv/bin/csvclean --length-mismatch 2>&1 >/dev/null || true
} | tee seen
diff - seen <<'TEXT'
4
8
UNIQUE constraint failed
0
line_number,msg,id,name
2,"Expected 2 columns, found 1 columns",2
TEXT
