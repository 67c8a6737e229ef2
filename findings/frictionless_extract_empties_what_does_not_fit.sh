#!/usr/bin/env bash
# frictionless 5.21.0 (pip): `extract` guesses types from the first 100 rows and gives None for a later value that does
# not fit; fields beyond the header go. No error, no warning, status 0.
#
# Output: after 100 rows of whole numbers the row `A7,x12` is read as None, None, and `102,7,more` as 102, 7. `validate`
# of the same file reports 3 errors.
#
# A guess ("a library for valid data raises, or leaves the column text") would have cost ids and amounts: only who
# validates in a step before learns of it, and an id of None is a new row to the next program.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check frictionless==5.21.0
cd "$work"
{
  echo id,n
  for number in {1..100}; do echo "$number,$number"; done
  echo A7,x12
  echo 102,7,more
} >a.csv
venv/bin/python - <<'PY' 2>&1 | tee seen
import frictionless

(rows,) = frictionless.extract("a.csv").values()
print(len(rows), *rows[-2:])
print([error[0] for error in frictionless.validate("a.csv").flatten(["type"])])
PY
diff - seen <<'TEXT'
102 {'id': None, 'n': None} {'id': 102, 'n': 7}
['type-error', 'type-error', 'extra-cell']
TEXT
