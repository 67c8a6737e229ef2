#!/usr/bin/env bash
# Papa Parse 5.7.1 and fast-csv 5.0.8 (npm): writing objects, the columns are those of the first object; what only later
# objects have is left out, in silence.
#
# Output: [{id: 1}, {id: 2, email: 'b@example.com'}] is written as `id`, `1`, `2` by both. d3-dsv 3.0.1 writes the union
# of all keys; Python's DictWriter raises an error.
#
# A guess ("the header has every key, or the writer complains") would have cost a whole column: JSON leaves out what is
# not set, so whether addresses are exported hangs on the first customer having one. The number of rows is right.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-fund --no-audit papaparse@5.7.1 fast-csv@5.0.8 d3-dsv@3.0.1 >/dev/null
cat >write.mjs <<'JS'
import papa from 'papaparse';
import { writeToString } from 'fast-csv';
import { csvFormat } from 'd3-dsv';
const rows = [{ id: 1 }, { id: 2, email: 'b@example.com' }];
console.log('papaparse', JSON.stringify(papa.unparse(rows, { newline: '\n' })));
console.log('fast-csv', JSON.stringify(await writeToString(rows, { headers: true })));
console.log('d3-dsv', JSON.stringify(csvFormat(rows)));
JS
node write.mjs | tee seen
diff - seen <<'TEXT'
papaparse "id\n1\n2"
fast-csv "id\n1\n2"
d3-dsv "id,email\n1,\n2,b@example.com"
TEXT
