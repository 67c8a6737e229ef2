#!/usr/bin/env bash
# SheetJS 0.18.5 (npm, package `xlsx`): sheet_to_csv writes what a cell of format "General" would show in a narrow
# column, not its value.
#
# Output: the whole number 123456789012 (12 digits) is written as 1.23457E+11, 1234567890123456 as 1.23457E+15, and
# 0.1234567890123 as 0.123456789; 12345678901 (11 digits) is whole. With {rawNumbers: true} all four are whole.
#
# A guess ("a whole number below 2^53 survives a conversion to CSV") would have cost keys: many ids of 12 digits and
# more become one value, which a load then counts as duplicates. Digits and exponent in a key column are a sign of it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-fund --no-audit xlsx@0.18.5 >/dev/null
node - <<'JS' | tee seen
const { utils } = require('xlsx');
const sheet = utils.aoa_to_sheet([[123456789012, 12345678901, 1234567890123456, 0.1234567890123]]);
console.log(utils.sheet_to_csv(sheet));
console.log(utils.sheet_to_csv(sheet, { rawNumbers: true }));
JS
diff - seen <<'TEXT'
1.23457E+11,12345678901,1.23457E+15,0.123456789
123456789012,12345678901,1234567890123456,0.1234567890123
TEXT
