#!/usr/bin/env bash
# MariaDB 10.11.19 (Debian 12), unlike MySQL 9.7.4: fractions of seconds that a column does not hold are cut off; MySQL
# rounds. Both are silent in strict mode.
#
# Output: '2025-12-31 23:59:59.5' in a DATETIME is 2025-12-31 23:59:59 here and 2026-01-01 00:00:00 in MySQL;
# '23:59:59.7' in a TIME is 23:59:59, in MySQL 24:00:00. With sql_mode TIME_ROUND_FRACTIONAL MariaDB does as MySQL.
#
# A guess ("the same strict INSERT stores the same moment") would have cost: a row changes its year with the server,
# and a comparison of two copies finds about half of the rows of each table that was fed with milliseconds different.
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
for mode in STRICT_ALL_TABLES STRICT_ALL_TABLES,TIME_ROUND_FRACTIONAL; do
  cat <<SQL
SET sql_mode = '$mode';
CREATE OR REPLACE DATABASE d;
CREATE TABLE d.t (moment DATETIME, lap TIME);
INSERT INTO d.t VALUES ('2025-12-31 23:59:59.5', '23:59:59.7');
SELECT moment, lap FROM d.t INTO OUTFILE '$work/$mode';
SQL
done >statements.sql
server <statements.sql >log 2>&1 || { tail -5 log; exit 1; }
cat STRICT_ALL_TABLES STRICT_ALL_TABLES,TIME_ROUND_FRACTIONAL | tee seen
diff - seen <<'TEXT'
2025-12-31 23:59:59	23:59:59
2026-01-01 00:00:00	24:00:00
TEXT
