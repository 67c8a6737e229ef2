#!/usr/bin/env bash
# uDSV 0.7.3 (npm, "faster than Papa Parse"): a row with fewer fields than the header takes them from the next row, and
# values that do not fit the types guessed from the first rows become NaN and Invalid Date, both without an error.
#
# Output: under `id,name,note` the lines `1,Ann` and `2,Bob,x` are one row: 1, "Ann\n2", "Bob,x". With ten rows of whole
# numbers and dates in front, the row A7,n/a,soon is read as NaN, NaN, Invalid Date.
#
# A guess ("a short row is padded or refused; a bad value stops, or stays text") would have cost: row 2 is gone, its id
# within another value, for every row from which a spreadsheet cut empty cells at the end.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-fund --no-audit udsv@0.7.3 >/dev/null
node - <<'JS' | tee seen
const { inferSchema, initParser } = require('udsv');
const short = 'id,name,note\n1,Ann\n2,Bob,x\n3,Dee,w\n';
console.log(JSON.stringify(initParser(inferSchema(short)).stringArrs(short)));
const late = 'id,amount,day\n' + '1,1,2025-01-01\n'.repeat(10) + 'A7,n/a,soon\n';
console.log(initParser(inferSchema(late)).typedArrs(late).at(-1).map(String).join(' | '));
JS
diff - seen <<'TEXT'
[["1","Ann\n2","Bob,x"],["3","Dee","w"]]
NaN | NaN | Invalid Date
TEXT
