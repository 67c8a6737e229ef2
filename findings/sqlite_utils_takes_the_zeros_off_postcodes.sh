#!/usr/bin/env bash
# sqlite-utils 4.2.1 (pip): `insert --csv` guesses types unless told otherwise (before 4 it was the other way round),
# and a guess changes what is stored.
#
# Output: of `007` and `012` (zip) the table holds the numbers 7 and 12; a column with 12345678901234567890 is INTEGER
# and holds 1.2345678901234567e+19, next to whole 3. With --no-detect-types all are the text of the file.
#
# A guess ("a column becomes a number only if the number prints as the text did") would have cost leading zeros and
# digits, with a table that says INTEGER.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check sqlite-utils==4.2.1
printf 'id,zip,big\n1,007,12345678901234567890\n2,012,3\n' >people.csv
venv/bin/sqlite-utils insert guessed.db people people.csv --csv >/dev/null
venv/bin/sqlite-utils insert text.db people people.csv --csv --no-detect-types >/dev/null
{
  venv/bin/sqlite-utils rows guessed.db people --csv
  venv/bin/sqlite-utils query guessed.db "SELECT name, type FROM pragma_table_info('people')" --csv --no-headers
  venv/bin/sqlite-utils rows text.db people --csv
} | tr -d '\r' | tee seen
diff - seen <<'TEXT'
id,zip,big
1,7,1.2345678901234567e+19
2,12,3
id,INTEGER
zip,INTEGER
big,INTEGER
id,zip,big
1,007,12345678901234567890
2,012,3
TEXT
