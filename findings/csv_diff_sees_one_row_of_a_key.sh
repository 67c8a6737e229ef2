#!/usr/bin/env bash
# csv-diff 1.2 (pip): where a key is in a file more than once, the last of its rows alone is compared, in silence.
#
# Output: (2,b),(2,c) against (2,x),(2,c) by --key=id: no line of output, status 0; so is (1,a) against (1,z),(1,a),
# though the second file has a row more.
#
# A guess ("no difference is printed, so the files hold the same rows") would have cost the proof of a migration. A
# comparison by key has to count the rows of each side, and to tell keys that repeat.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check csv-diff==1.2
printf 'id,name\n1,a\n2,b\n2,c\n' >before.csv
printf 'id,name\n1,a\n2,x\n2,c\n' >after.csv
printf 'id,name\n1,a\n' >one.csv
printf 'id,name\n1,z\n1,a\n' >two.csv
{
  venv/bin/csv-diff before.csv after.csv --key=id
  venv/bin/csv-diff one.csv two.csv --key=id
} | sed '/^$/d' | tee seen
diff /dev/null seen
