#!/usr/bin/env bash
# csv-writer 1.6.0 (npm): a value with a carriage return and no line feed is written without quotes.
#
# Output: the record ['a\rb', 'c\nd'] becomes `a\rb,"c\nd"`. Python's csv module, told nothing of line ends, then
# reads the one row as two: ['a'] and ['b', 'c\nd'].
#
# A guess ("a writer quotes both characters of a line end") would have cost the row: half of a value, then half of
# the other columns. A reader must find out which line end the file has before it takes a lone CR for one.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-fund --no-audit csv-writer@1.6.0 >/dev/null
node - <<'JS' >file.csv
const { createArrayCsvStringifier } = require('csv-writer');
process.stdout.write(createArrayCsvStringifier({}).stringifyRecords([['a\rb', 'c\nd']]));
JS
python3 - <<'PY' | tee seen
import csv

print(open("file.csv", "rb").read())
with open("file.csv") as file:  # universal line ends, which many programs leave on
    print(list(csv.reader(file)))
PY
diff - seen <<'TEXT'
b'a\rb,"c\nd"\n'
[['a'], ['b', 'c\nd']]
TEXT
