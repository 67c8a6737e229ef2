#!/usr/bin/env bash
# PyMySQL 1.2.4, asyncmy 0.2.18 and mysql-connector-python 26.10.0 (pip): a datetime with a zone is sent as its local
# time, the offset is left out.
#
# Output: 2025-07-01 12:00 at +05:00 is sent as '2025-07-01 12:00:00' by all three; MySQL 8.0.19 and later would take
# '2025-07-01 12:00:00+05:00' as the moment that it is (seen in 9.7.4: 07:00 in a session in UTC).
#
# A guess ("an aware datetime is converted to the session's zone, or refused") would have cost hours of shift in each
# TIMESTAMP that came from an API in another zone; all the same moment in Python, they are different rows in the table.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check PyMySQL==1.2.4 asyncmy==0.2.18 mysql-connector-python==26.10.0
venv/bin/python - <<'PY' | tee seen
from datetime import datetime, timedelta, timezone

import asyncmy.converters
import mysql.connector.conversion
import pymysql.converters

moment = datetime(2025, 7, 1, 12, tzinfo=timezone(timedelta(hours=5)))
print("pymysql", pymysql.converters.escape_item(moment, "utf8mb4"))
print("asyncmy", asyncmy.converters.escape_item(moment, "utf8mb4"))
print("connector", mysql.connector.conversion.MySQLConverter().to_mysql(moment).decode())
PY
diff - seen <<'TEXT'
pymysql '2025-07-01 12:00:00'
asyncmy '2025-07-01 12:00:00'
connector 2025-07-01 12:00:00
TEXT
