#!/usr/bin/env bash
# xlsx2csv 0.8.6 (pip; workbook written by openpyxl 3.1.5): a number of format "General" is written with six decimals.
#
# Output: 0.0000001 and 0.00000012345 are written as 0, and 0.012345678901234 as 0.012346; 0.000001 and 1234567.891 are
# whole.
#
# A guess ("a converter writes the number that the cell holds") would have cost small rates and amounts: 0 is a good
# number, so neither a load nor a check of types sees it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check xlsx2csv==0.8.6 openpyxl==3.1.5
venv/bin/python - <<'PY'
import openpyxl

book = openpyxl.Workbook()
book.active.append([0.0000001, 0.00000012345, 0.012345678901234, 0.000001, 1234567.891])
book.save("book.xlsx")
PY
venv/bin/xlsx2csv book.xlsx | tee seen
diff - seen <<'TEXT'
0,0,0.012346,0.000001,1234567.891
TEXT
