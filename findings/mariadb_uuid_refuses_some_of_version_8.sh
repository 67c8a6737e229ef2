#!/usr/bin/env bash
# MariaDB 10.11.19 (Debian 12): the type UUID refuses some UUIDs of version 8, which RFC 9562 allows.
#
# Output: 01890000-0000-8000-8000-000000000001 is refused (a strict INSERT: error 1292; INSERT IGNORE and CAST: NULL, which a file has as \N),
# 01890000-0000-8000-8100-000000000001 is taken, and so is the first one's like of version 7. It is those whose byte
# for the variant is 80: one of 64 that are made by chance.
#
# A guess ("a column of type UUID takes every UUID") would have cost: a load that is tried with a hundred rows goes, a
# hundred thousand rows fail as a whole, and with IGNORE the key is NULL.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq 'mariadb-server-core=1:10.11.*' >/dev/null
dpkg-deb -x mariadb-server-core_*.deb root
mkdir data
chmod 777 "$work" data
for value in 01890000-0000-8000-8000-000000000001 01890000-0000-8000-8100-000000000001 \
  01890000-0000-7000-8000-000000000001; do
  echo "SELECT CAST('$value' AS UUID) INTO OUTFILE '$work/$value';"
done >statements.sql
root/usr/sbin/mariadbd --no-defaults --bootstrap --user="$(id -un)" --datadir="$work/data" \
  --lc-messages-dir="$work/root/usr/share/mysql" --innodb-use-native-aio=0 --skip-networking \
  <statements.sql >log 2>&1 || { tail -5 log; exit 1; }
for value in 01890000-*; do
  echo "$value: $(cat "$value")"
done | tee seen
diff - seen <<'TEXT'
01890000-0000-7000-8000-000000000001: 01890000-0000-7000-8000-000000000001
01890000-0000-8000-8000-000000000001: \N
01890000-0000-8000-8100-000000000001: 01890000-0000-8000-8100-000000000001
TEXT
