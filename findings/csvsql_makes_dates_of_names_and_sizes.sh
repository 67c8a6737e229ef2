#!/usr/bin/env bash
# csvkit 2.2.0 (pip, with agate 1.14.2): csvsql's guess of types makes dates of short words that people write for other things.
#
# Output: with `csvsql --insert`, a column of given names that are all months becomes DATE (April: 0001-04-01, in the
# year 1), sizes such as 10-12 become DATE (2001-10-12), codes such as 1d become DATETIME (1970-01-02), and 01234 a
# number without its zero. One value that is none of these keeps the whole column text.
#
# A guess ("a type is guessed only where the text can be had back") would have cost the values: a sample of a file
# loads right or wrong by which rows are in it, without a warning. `--no-inference` leaves all of it text.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check csvkit==2.2.0 agate==1.14.2
printf 'given,size,code,zip\nApril,10-12,1d,01234\nMay,8-10,2h,00456\nJune,6-8,3m,00789\n' >people.csv
printf 'given,size,code,zip\nApril,10-12,1d,01234\nMay,8-10,2h,00456\nPaul,one,x,A1\n' >others.csv
for file in people others; do
  venv/bin/csvsql --db "sqlite:///$work/$file.db" --insert "$file.csv"
  venv/bin/python -c "
import sqlite3, sys
print(*sqlite3.connect(sys.argv[1]).execute(f'SELECT * FROM {sys.argv[2]} LIMIT 2'), sep='\n')" "$file.db" "$file"
done | tee seen
diff - seen <<'TEXT'
('0001-04-01', '2001-10-12', '1970-01-02 00:00:00.000000', 1234.0)
('0001-05-01', '2001-08-10', '1970-01-01 02:00:00.000000', 456.0)
('April', '10-12', '1d', '01234')
('May', '8-10', '2h', '00456')
TEXT
