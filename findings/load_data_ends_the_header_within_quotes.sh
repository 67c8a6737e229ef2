#!/usr/bin/env bash
# MariaDB 10.11.19 (Debian 12; MySQL 9.7.4 answers the same): LOAD DATA's IGNORE 1 LINES ends the header at its first
# line end, also where that stands within quotes.
#
# Output: of `id,"unit` / `price"` / `1,2` the table gets two rows: `price"` with NULL, and 1 with 2. ENCLOSED BY is
# obeyed in the rows, not in what IGNORE skips.
#
# A guess ("a header is a record, and the quotes that I declared count") would have cost: spreadsheets put a line end
# into headers that wrap, so that a row which nobody wrote is in the table, with one warning as its only sign.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq 'mariadb-server-core=1:10.11.*' >/dev/null 2>&1
dpkg-deb -x mariadb-server-core_*.deb root
mkdir data
chmod 777 "$work" data
server() {
  root/usr/sbin/mariadbd --no-defaults --bootstrap --user="$(id -un)" --datadir="$work/data" \
    --lc-messages-dir="$work/root/usr/share/mysql" --innodb-use-native-aio=0 --skip-networking
}
printf 'id,"unit\nprice"\n1,2\n3,"4\n5"\n' >a.csv
server >log 2>&1 <<SQL || { tail -5 log; exit 1; }
CREATE DATABASE d;
CREATE TABLE d.t (id VARCHAR(20), price VARCHAR(20));
LOAD DATA INFILE '$work/a.csv' IGNORE INTO TABLE d.t FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '"' IGNORE 1 LINES;
SELECT id, price FROM d.t INTO OUTFILE '$work/seen' FIELDS TERMINATED BY ';' ENCLOSED BY '' ESCAPED BY '';
SQL
cat seen
diff - seen <<'TEXT'
price";NULL
1;2
3;4
5
TEXT
