#!/usr/bin/env bash
# MariaDB 10.11.19 (Debian 12): mariadb-tzinfo-to-sql (mysql_tzinfo_to_sql) reads "slim" zone files, as the package
# tzdata 2026.6 of PyPI has them, as zones without any rule: UTC.
#
# Output: of Europe/Berlin it writes one type with offset 0 and no transition, status 0, no warning; of
# the same rules written by `zic -b fat` it writes 143 transitions. A server with such tables answers
# CONVERT_TZ('2025-07-01 12:00', '+00:00', 'Europe/Berlin') with 12:00 (14:00 with the other's).
#
# A guess ("a zone that is loaded has its rules, and a file that can't be read is an error") would have cost every
# TIMESTAMP of such a session by one or two hours; the name is known, so no NULL and no error tells of it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check tzdata==2026.6
zones=$(echo venv/lib/python3*/site-packages/tzdata/zoneinfo)
apt-get download -qq 'mariadb-client=1:10.11.*' >/dev/null 2>&1
dpkg-deb -x mariadb-client_*.deb root
PATH=$PATH:/usr/sbin zic -b fat -d fat "$zones/tzdata.zi" 2>/dev/null
for file in "$zones/Europe/Berlin" fat/Europe/Berlin; do
  root/usr/bin/mariadb-tzinfo-to-sql "$file" Europe/Berlin >sql
  # Rows of the two tables: (zone, instant, type) and (zone, type, offset, DST, name).
  transitions=$(grep -cE '^.?\(@time_zone_id, -?[0-9]+, [0-9]+\)' sql || true)
  offsets=$(grep -oE '^.?\(@time_zone_id, [0-9]+, -?[0-9]+, [01],' sql | cut -d, -f3- | grep -oE -- ' -?[0-9]+, [01],$' | sort -u | tr -d '\n')
  echo "$transitions transitions; offsets and DST:$offsets"
done | tee seen
diff - seen <<'TEXT'
0 transitions; offsets and DST: 0, 0,
143 transitions; offsets and DST: 10800, 1, 3208, 0, 3600, 0, 7200, 1,
TEXT
