#!/usr/bin/env bash
# sqlite3 3.40.1 (Debian 12's command line): CSV output writes a REAL with 15 digits, which do not give it back.
#
# Output: 0.1 + 0.2 is written as 0.3, 9007199254740991.0 as 9.00719925474099e+15, 1764288000.123456 as
# 1764288000.12346. `.dump` and Python's sqlite3 write the same numbers whole.
#
# A guess ("a database's own export can be put back") would have cost: times in seconds lose their microseconds, and
# long ids that Python stored as floats are other ids after the way through the file.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq 'sqlite3=3.40.1*' 'libsqlite3-0=3.40.1*' >/dev/null 2>&1
for package in *.deb; do dpkg-deb -x "$package" root; done
library=$(uname -m)-linux-gnu
{
  LD_LIBRARY_PATH="root/usr/lib/$library:root/lib/$library" root/usr/bin/sqlite3 a.db <<'SQL'
CREATE TABLE t (r REAL);
INSERT INTO t VALUES (0.1 + 0.2), (9007199254740991.0), (1764288000.123456);
.mode csv
SELECT r FROM t;
.dump t
SQL
  python3 -c "import sqlite3; print([r for r, in sqlite3.connect('a.db').execute('SELECT r FROM t')])"
} | grep -v '^PRAGMA\|TRANSACTION\|CREATE\|COMMIT' | tr -d '\r' | tee seen
diff - seen <<'TEXT'
0.3
9.00719925474099e+15
1764288000.12346
INSERT INTO t VALUES(0.3000000000000000444);
INSERT INTO t VALUES(9007199254740991.0);
INSERT INTO t VALUES(1764288000.1234560013);
[0.30000000000000004, 9007199254740991.0, 1764288000.123456]
TEXT
