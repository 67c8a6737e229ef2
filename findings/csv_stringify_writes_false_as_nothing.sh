#!/usr/bin/env bash
# csv-stringify 6.9.0 (npm): `false` is written as an empty field, as `null` and '' are; a Date is a count of
# milliseconds.
#
# Output: [true, false, null, '', 2025-01-02] becomes `1,,,,1735776000000`. A cast of one's own keeps false apart.
#
# A guess ("true and false are written alike: as 1 and 0, or as words") would have cost every false: a loader that
# reads empty fields as NULL turns "has not agreed" into "unknown", and a column of 1 and NULL looks well formed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-fund --no-audit csv-stringify@6.9.0 >/dev/null
node - <<'JS' | tee seen
const { stringify } = require('csv-stringify/sync');
const row = [true, false, null, '', new Date(Date.UTC(2025, 0, 2))];
process.stdout.write(stringify([row]));
process.stdout.write(stringify([row], { cast: { boolean: (value) => (value ? '1' : '0') } }));
JS
diff - seen <<'TEXT'
1,,,,1735776000000
1,0,,,1735776000000
TEXT
