#!/usr/bin/env bash
# openpyxl 3.1.5 and tablib 3.10.0 over it (pip): a text of more than 32,767 characters is cut there, in silence.
#
# Output: a cell that is given 40,000 characters has 32,767 at once, before it is saved; tablib's export to xlsx does
# the same; neither warns. XlsxWriter 3.3.1 writes 32,767 too, but its `write` returns -2, and pandas warns of it.
#
# A guess ("what the format can't hold is an error") would have cost the end of long texts: bodies of tickets, lists of
# ids, JSON in a cell, whose count of rows and of columns is right; JSON that was cut fails in the next program.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check openpyxl==3.1.5 tablib==3.10.0 XlsxWriter==3.3.1
cd "$work"
venv/bin/python -W error - <<'PY' 2>&1 | tee seen
import io

import openpyxl
import tablib
import xlsxwriter

text = "x" * 40_000
sheet = openpyxl.Workbook().active
sheet["A1"] = text
print("openpyxl", len(sheet["A1"].value))
book = tablib.Dataset([text], headers=["note"]).export("xlsx")
print("tablib", len(openpyxl.load_workbook(io.BytesIO(book)).active["A2"].value))
with xlsxwriter.Workbook("a.xlsx") as book:
    print("xlsxwriter", book.add_worksheet().write(0, 0, text))
print("xlsxwriter", len(openpyxl.load_workbook("a.xlsx").active["A1"].value))
PY
diff - seen <<'TEXT'
openpyxl 32767
tablib 32767
xlsxwriter -2
xlsxwriter 32767
TEXT
