#!/usr/bin/env bash
# clevercsv 0.8.5 (pip): a file of one column of e-mail addresses is detected with the delimiter `@`.
#
# Output: `Sniffer().sniff` gives the delimiter '@', so each row is two fields, under a header of one; a second column
# behind a comma turns it to ','.
#
# A guess ("no comma, no semicolon, no tab: one column") would have cost the domain of each address in a list of
# subscribers, which is the commonest file of one column that people have.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check clevercsv==0.8.5
found=$("$work/venv/bin/python" - <<'PY'
import clevercsv

one = "email\na@example.com\nb@example.com\nc@example.com\n"
two = "id,email\n1,a@example.com\n2,b@example.com\n3,c@example.com\n"
for text in (one, two):
    dialect = clevercsv.Sniffer().sniff(text)
    print(dialect.delimiter, *list(clevercsv.reader(text.splitlines(keepends=True), dialect))[:2])
PY
)
echo "$found"
diff - <(echo "$found") <<'TEXT'
@ ['email'] ['a', 'example.com']
, ['id', 'email'] ['1', 'a@example.com']
TEXT
