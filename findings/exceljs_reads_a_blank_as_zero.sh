#!/usr/bin/env bash
# ExcelJS 4.4.0 (npm): reading CSV, a field of blanks becomes the number 0; an empty field stays empty.
#
# Output: of the fields `` , ` `, `007`, `0x10`, `+49301234` the sheet holds null, 0, 7, 16, 49301234. In one column
# of dates 12-25-2020 becomes a date and 25-12-2020 stays text. With a `map` of one's own all of it is the file's text.
#
# A guess ("blank is nothing, and a reader leaves types alone") would have cost: "no amount given" becomes the amount 0,
# which no check of types sees, in files of fixed-width origin that pad with blanks.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-fund --no-audit exceljs@4.4.0 >/dev/null 2>&1
printf 'a,b,c,d,e,f\n, ,007,0x10,+49301234,12-25-2020\n,  ,012,0x11,+49301235,25-12-2020\n' >a.csv
TZ=UTC node - <<'JS' | tee seen
const { Workbook } = require('exceljs');
(async () => {
  for (const options of [{}, { map: (value) => value }]) {
    const sheet = await new Workbook().csv.readFile('a.csv', options);
    for (const row of [2, 3]) console.log(JSON.stringify(sheet.getRow(row).values.slice(1)));
  }
})();
JS
diff - seen <<'TEXT'
[null,0,7,16,49301234,"2020-12-25T00:00:00.000Z"]
[null,0,12,17,49301235,"25-12-2020"]
[""," ","007","0x10","+49301234","12-25-2020"]
["","  ","012","0x11","+49301235","25-12-2020"]
TEXT
