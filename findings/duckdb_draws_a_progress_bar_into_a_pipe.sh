#!/usr/bin/env bash
# DuckDB 2.0.1 (pip): a query of more than two seconds draws a progress bar on standard output, also into a pipe.
#
# Output: enable_progress_bar is on by default in Python; standard output of a program that prints one line of JSON
# begins with "\r  0% ▕" where its query takes long, and is that line alone after SET enable_progress_bar = false.
#
# A guess ("a progress bar is for terminals") would have cost each script that reads JSON from standard output, for
# large files alone: the bar appears after progress_bar_time, 2000 ms.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.1
cat >"$work/program.py" <<'PY'
import sys, duckdb
con = duckdb.connect()
con.execute("SET progress_bar_time = 0")  # so that a short query is long enough
con.execute(f"SET enable_progress_bar = {sys.argv[1]}") if sys.argv[1:] else None
print("begin", flush=True)
((rows,),) = con.execute("SELECT count(*) FROM range(200000000) t(a) WHERE hash(a) % 7 = 3").fetchall()
print('{"done": true}')
PY
drawn=$("$work/venv/bin/python" "$work/program.py" | tr '\r' '\n' | grep -c '%' || true)
silent=$("$work/venv/bin/python" "$work/program.py" false | sed '1,/begin/d')
echo "drawn: $drawn times; turned off: $silent"
[[ $drawn -gt 0 && $silent == '{"done": true}' ]]
