#!/usr/bin/env bash
# openpyxl 3.1.5, XlsxWriter 3.3.1, python-calamine 0.9.1 and Polars 2.1.0 over fastexcel 0.21.0 (pip): a date before
# 1900-01-01 is written into a workbook without an error, and each reader makes another date of it.
#
# Output: 1899-05-05 written by openpyxl is 1899-05-05 to openpyxl, midnight (a time) to calamine, 1899-05-06 to Polars;
# written by XlsxWriter it is 1899-05-04, midnight and 1899-05-05. 1899-12-31 is 00:00 to openpyxl itself.
#
# A guess ("Excel's dates begin in 1900, so a writer refuses earlier ones or writes text") would have cost dates of birth
# and of founding: one day off, or a time that pandas gives under the engine calamine, in a file that opens well.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
  openpyxl==3.1.5 XlsxWriter==3.3.1 python-calamine==0.9.1 polars==2.1.0 fastexcel==0.21.0
venv/bin/python - <<'PY' | tee seen
from datetime import date

import openpyxl
import polars
import python_calamine
import xlsxwriter

DAYS = [date(1899, 5, 5), date(1899, 12, 31), date(1900, 1, 15)]
book = openpyxl.Workbook()
for cell in ["born", *DAYS]:
    book.active.append([cell])
book.save("openpyxl.xlsx")
with xlsxwriter.Workbook("xlsxwriter.xlsx", {"default_date_format": "yyyy-mm-dd"}) as other:
    other.add_worksheet().write_column(0, 0, ["born", *DAYS])
for name in ("openpyxl.xlsx", "xlsxwriter.xlsx"):
    by_openpyxl = [row[0] for row in openpyxl.load_workbook(name).active.values][1:]
    by_calamine = [row[0] for row in python_calamine.load_workbook(name).get_sheet_by_index(0).to_python()][1:]
    print(name)
    for row in zip(by_openpyxl, by_calamine, polars.read_excel(name)["born"]):
        print(*row, sep=" | ")
PY
diff - seen <<'TEXT'
openpyxl.xlsx
1899-05-05 00:00:00 | 00:00:00 | 1899-05-06
00:00:00 | 00:00:00 | 1899-12-31
1900-01-15 00:00:00 | 1900-01-15 | 1900-01-15
xlsxwriter.xlsx
1899-05-04 00:00:00 | 00:00:00 | 1899-05-05
00:00:00 | 00:00:00 | 1899-12-31
1900-01-15 00:00:00 | 1900-01-15 | 1900-01-15
TEXT
