#!/usr/bin/env bash
# MariaDB 10.11.19 (Debian 12; MySQL 9.7.4 answers the same): a text that is no member of an ENUM or SET but a number is
# the place of a member, in strict mode too, without a warning.
#
# Output: into ENUM('10','20','30') the text '2' is stored as 20, by LOAD DATA as by a strict INSERT; into
# SET('x','y','z') the text '3' is stored as x,y. '4' is refused by the ENUM.
#
# A guess ("strict mode refuses what is no member") would have cost: sizes, classes and ratings whose members are
# numbers; a wrong size in the file becomes another one that exists. A loader has to look at the members itself.
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
printf '2\t3\n' >a.tsv
server >log 2>&1 <<SQL || { tail -5 log; exit 1; }
SET sql_mode = 'STRICT_ALL_TABLES';
CREATE DATABASE d;
CREATE TABLE d.t (size ENUM('10', '20', '30'), marks SET('x', 'y', 'z'));
INSERT INTO d.t VALUES ('2', '3');
LOAD DATA INFILE '$work/a.tsv' INTO TABLE d.t;
SELECT size, marks FROM d.t INTO OUTFILE '$work/stored';
SQL
{
  cat stored
  server 2>&1 <<'SQL' | grep -o 'ERROR: 1265' || true
SET sql_mode = 'STRICT_ALL_TABLES';
INSERT INTO d.t (size) VALUES ('4');
SQL
} | tee seen
diff - seen <<'TEXT'
20	x,y
20	x,y
ERROR: 1265
TEXT
