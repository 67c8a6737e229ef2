#!/usr/bin/env bash
# Papa Parse 5.7.1 (npm): in a file of fewer than ten lines the line end of the last row makes it find a wrong
# delimiter, one that stands within the values; the line end counts as a row of one field.
#
# Output: `id,ids` with values such as "7;8;9" in quotes is read with `;`, `id,tags` with a|b|c with `|`, `in;out` with
# decimal commas with `,`: the header is one column, errors is empty. Without the last line end, with
# skipEmptyLines: true, or with more rows, all three are right.
#
# A guess ("the same rows are found the same way") would have cost hours: the small file of a test or of a quiet day
# comes out in pieces, the large one is right, and an editor that takes the last line end away mends it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-fund --no-audit papaparse@5.7.1 >/dev/null
node - <<'JS' | tee seen
const { parse } = require('papaparse');
for (const [header, row] of [['id,ids', '1,"7;8;9"'], ['id,tags', '1,a|b|c'], ['in;out', '1,00;2,00']]) {
  const file = (rows) => header + '\n' + (row + '\n').repeat(rows);
  const { data, errors, meta } = parse(file(3));
  const others = [parse(file(3).trimEnd()), parse(file(3), { skipEmptyLines: true }), parse(file(10))];
  console.log(meta.delimiter, errors.length, JSON.stringify(data[1]), ...others.map((other) => other.meta.delimiter));
}
JS
diff - seen <<'TEXT'
; 0 ["1,\"7","8","9\""] , , ,
| 0 ["1,a","b","c"] , , ,
, 0 ["1","00;2","00"] ; ; ;
TEXT
