#!/usr/bin/env bash
# MariaDB 10.11.19 (Debian 12; MySQL 9.7.4 answers the same): a FLOAT is written with six digits, by SELECT, by INTO
# OUTFILE and so by the dumps that are made of them, though it holds more.
#
# Output: 16777216, 1234567.5 and 0.1234567 come out as 16777200, 1234570 and 0.123457; put back, they are other
# numbers: 16777200, 1234570. `f + 0` writes them whole.
#
# A guess ("a dump gives the values back, as it does for DOUBLE") would have cost the seventh digit of each value at
# every move of the table, and a check of source against copy that finds every row changed, or, if it compares what
# SELECT prints, none.
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
server >log 2>&1 <<SQL || { tail -5 log; exit 1; }
CREATE DATABASE d;
CREATE TABLE d.t (f FLOAT);
CREATE TABLE d.copy LIKE d.t;
INSERT INTO d.t VALUES (16777216), (1234567.5), (0.1234567);
SELECT f FROM d.t INTO OUTFILE '$work/file';
LOAD DATA INFILE '$work/file' INTO TABLE d.copy;
SELECT f, f + 0 FROM d.t INTO OUTFILE '$work/before';
SELECT f + 0 FROM d.copy WHERE f > 1 INTO OUTFILE '$work/after';
SQL
cat before after | tee seen
diff - seen <<'TEXT'
16777200	16777216
1234570	1234567.5
0.123457	0.12345670163631439
16777200
1234570
TEXT
