#!/usr/bin/env bash
# MariaDB 10.11.19 (Debian 12; MySQL 9.7.4 answers the same): InnoDB refuses to delete a row that refers to itself by a
# foreign key without an action, though nothing would refer to it afterwards.
#
# Output: of a table with (1, boss 1) a DELETE of row 1 is error 1451, and so is a DELETE of all rows in one statement;
# after boss is NULL it goes. Chains go in an order of their own (ORDER BY) or not at all. SQLite deletes both, as it
# looks when the statement ends.
#
# A guess ("a constraint is checked when the statement ends, as SQL says") would have cost a feed: the first employee
# who is her own manager and leaves makes each mirror of the table fail.
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
server >log 2>&1 <<'SQL' || { tail -5 log; exit 1; }
CREATE DATABASE d;
CREATE TABLE d.people (id INT PRIMARY KEY, boss INT, FOREIGN KEY (boss) REFERENCES d.people (id)) ENGINE=InnoDB;
INSERT INTO d.people VALUES (1, 1);
SQL
{
  server 2>&1 <<<'DELETE FROM d.people WHERE id = 1;' | grep -o 'ERROR: 1451' || true
  server >>log 2>&1 <<SQL
UPDATE d.people SET boss = NULL;
DELETE FROM d.people WHERE id = 1;
SELECT COUNT(*) FROM d.people INTO OUTFILE '$work/left';
SQL
  echo "$(cat left) rows left"
} | tee seen
diff - seen <<'TEXT'
ERROR: 1451
0 rows left
TEXT
