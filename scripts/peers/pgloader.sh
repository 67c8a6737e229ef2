#!/usr/bin/env bash
# pgloader.sh postgresql://USER@HOST:PORT/DATABASE (an empty database)
# What docs/peers.md says of pgloader: rejected rows and their reasons are in files; rows whose key is there are
# rejected, changed ones too; --dry-run tries the connections alone.
set -euo pipefail
url=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$(dirname "$0")/files.sh" "$work"
cd "$work"
apt-get download -qq pgloader=3.6.9-1 >/dev/null 2>&1
dpkg-deb -x pgloader_*.deb root
psql "$url" -qc 'CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, n INTEGER)'
load() {
  cat >a.load <<COMMAND
LOAD CSV FROM '$work/$1' (id, name, n) INTO $url?people (id, name, n)
WITH skip header = 1, fields terminated by ',';
COMMAND
  root/usr/bin/pgloader "${@:2}" --root-dir "$work/out" a.load >>log 2>&1
  psql "$url" -Atc 'SELECT id, n FROM people ORDER BY id' | paste -sd' '
}
{
  load first.csv --dry-run
  load first.csv
  load next.csv
  grep -c . out/people/people.dat
  grep -o 'duplicate key\|invalid input syntax' out/people/people.log | sort -u
} | tee seen
diff - seen <<'TEXT'

1|10 2|20 3|30 4|40
1|10 2|20 3|30 4|40
5
duplicate key
invalid input syntax
TEXT
psql "$url" -qc 'DROP TABLE people'
