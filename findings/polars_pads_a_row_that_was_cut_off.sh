#!/usr/bin/env bash
# Polars 2.1.0 (pip) and fast-csv 5.0.8 (npm): a row with more fields than the header is an error, a row with fewer is filled up,
# with null (Polars) or '' (fast-csv), without a word.
#
# Output: of `1,2,3` and `4,5` under `a,b,c` both give a second row of 4, 5 and nothing; of `1,2,3,4` both stop.
#
# A guess ("it checks the number of fields, as the error for too many shows") would have cost: a file whose end is
# missing (a full disk, an upload that was cut off) passes with its last row halved, and a number that was cut in the
# middle is a smaller number.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check polars==2.1.0
npm install --silent --no-fund --no-audit fast-csv@5.0.8 >/dev/null
{
  venv/bin/python - <<'PY'
import polars

print("polars", polars.read_csv(b"a,b,c\n1,2,3\n4,5\n").rows())
try:
    polars.read_csv(b"a,b,c\n1,2,3,4\n")
except polars.exceptions.ComputeError as error:
    print("polars", str(error).split(".")[0].splitlines()[0])
PY
  node - <<'JS'
const { parseString } = require('fast-csv');
const show = (text) => {
  const rows = [];
  parseString(text, { headers: true })
    .on('data', (row) => rows.push(row))
    .on('error', (error) => console.log('fast-csv', error.message))
    .on('end', () => console.log('fast-csv', JSON.stringify(rows)));
};
show('a,b,c\n1,2,3\n4,5\n');
show('a,b,c\n1,2,3,4\n');
JS
} | tee seen
diff - seen <<'TEXT'
polars [(1, 2, 3), (4, 5, None)]
polars found more fields than defined in 'Schema'
fast-csv [{"a":"1","b":"2","c":"3"},{"a":"4","b":"5","c":""}]
fast-csv Unexpected Error: column header mismatch expected: 3 columns got: 4
TEXT
