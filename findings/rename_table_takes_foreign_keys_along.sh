#!/usr/bin/env bash
# MariaDB 10.11.19 (Debian 12; MySQL 9.7.4 answers the same): a swap of tables by RENAME TABLE takes the foreign keys of
# other tables along with the old one.
#
# Output: orders refers to people. After RENAME TABLE people TO people_old, people_new TO people the key of orders
# refers to people_old: an order of a person who is in both is taken, that of one who is in the new table alone is error
# 1452.
#
# A guess ("a reference is to the name people, as a view's is") would have cost: after the first blue-green load the
# constraint guards a table that nobody reads, until rows that are right are refused.
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
CREATE TABLE d.people (id INT PRIMARY KEY) ENGINE=InnoDB;
CREATE TABLE d.orders (id INT PRIMARY KEY, person INT, FOREIGN KEY (person) REFERENCES d.people (id)) ENGINE=InnoDB;
CREATE TABLE d.people_new LIKE d.people;
INSERT INTO d.people VALUES (1);
INSERT INTO d.people_new VALUES (1), (2);
RENAME TABLE d.people TO d.people_old, d.people_new TO d.people;
INSERT INTO d.orders VALUES (10, 1);
SQL
{ server 2>&1 <<<'INSERT INTO d.orders VALUES (20, 2);' || true; } | grep -o 'ERROR: 1452\|REFERENCES.*people_old' | tee seen
diff - seen <<'TEXT'
ERROR: 1452
REFERENCES `people_old
TEXT
