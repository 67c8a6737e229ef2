#!/usr/bin/env bash
# MariaDB 10.11.19 (Debian 12): a join by hash (join_cache_level from 3 on) under a `_bin` collation that pads with
# spaces does not find rows that `=` and a unique index call equal.
#
# Output: under utf8mb4_bin 'A' = 'A ' is 1, the unique index refuses 'A ' beside 'A', the same join finds 1 row
# without hash and 0 rows by hash; under utf8mb4_general_ci it finds 1 row either way.
#
# A guess ("the join algorithm changes the speed of a query, not its rows") would have cost: a program that looks for
# conflicting unique values by such a join finds none, inserts, and gets error 1062 in every run, though nobody else
# writes. Seen only with trailing spaces, `_bin`, and an optimizer that chooses the hash.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq 'mariadb-server-core=1:10.11.*' >/dev/null
dpkg-deb -x mariadb-server-core_*.deb root
mkdir data
chmod 777 "$work" data

for collation in utf8mb4_bin utf8mb4_general_ci; do
  cat <<SQL
CREATE DATABASE IF NOT EXISTS hash;
CREATE TABLE hash.$collation (u VARCHAR(10) COLLATE $collation UNIQUE) CHARACTER SET utf8mb4 ENGINE=InnoDB;
CREATE TABLE hash.other_$collation (u VARCHAR(10) COLLATE $collation) CHARACTER SET utf8mb4 ENGINE=InnoDB;
INSERT INTO hash.$collation VALUES ('A ');
INSERT IGNORE INTO hash.$collation VALUES ('A');
INSERT INTO hash.other_$collation VALUES ('A');
SET SESSION join_cache_level = 2;
SELECT (SELECT t.u = o.u FROM hash.$collation t, hash.other_$collation o), (SELECT COUNT(*) FROM hash.$collation), COUNT(*) FROM hash.other_$collation o JOIN hash.$collation t IGNORE INDEX (u) ON t.u = o.u INTO OUTFILE '$work/$collation.plain';
SET SESSION join_cache_level = 4;
SELECT COUNT(*) FROM hash.other_$collation o JOIN hash.$collation t IGNORE INDEX (u) ON t.u = o.u INTO OUTFILE '$work/$collation.hash';
SQL
done >statements.sql
root/usr/sbin/mariadbd --no-defaults --bootstrap --user="$(id -un)" --datadir="$work/data" \
  --lc-messages-dir="$work/root/usr/share/mysql" --innodb-use-native-aio=0 --skip-networking \
  <statements.sql >log 2>&1 || { tail -5 log; exit 1; }

for collation in utf8mb4_bin utf8mb4_general_ci; do
  read -r equal kept plain <"$collation.plain"
  read -r hash <"$collation.hash"
  echo "$collation: 'A' = 'A ' is $equal; the index keeps $kept row; the join finds $plain row, by hash $hash"
done | tee seen
diff - seen <<'TEXT'
utf8mb4_bin: 'A' = 'A ' is 1; the index keeps 1 row; the join finds 1 row, by hash 0
utf8mb4_general_ci: 'A' = 'A ' is 1; the index keeps 1 row; the join finds 1 row, by hash 1
TEXT
