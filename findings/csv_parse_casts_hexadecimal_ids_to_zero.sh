#!/usr/bin/env bash
# csv-parse 7.0.3 (npm): with `cast: true` a field that begins like a number of another base becomes 0.
#
# Output: the fields 0x10, 0x1F, 0b11, 007, 9007199254740993 become 0, 0, 0, 7, 9007199254740992, while 5abc and 1_000
# stay text. `cast_date: true` makes a Date of `A-10` (2001-10-01) and of `Room 7` (2001-07-01).
#
# A guess ("what is not written as a decimal number stays text, or becomes its value") would have cost every id of that
# form: all of them become the same 0, so that a load by key keeps one row and counts the rest as duplicates.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-fund --no-audit csv-parse@7.0.3 >/dev/null
node - <<'JS' | tee seen
const { parse } = require('csv-parse/sync');
console.log(JSON.stringify(parse('0x10,0x1F,0b11,007,9007199254740993,5abc,1_000', { cast: true })));
console.log(JSON.stringify(parse('A-10,Room 7,2020-01-02', { cast: true, cast_date: true })));
JS
diff - seen <<'TEXT'
[[0,0,0,7,9007199254740992,"5abc","1_000"]]
[["2001-10-01T00:00:00.000Z","2001-07-01T00:00:00.000Z","2020-01-02T00:00:00.000Z"]]
TEXT
