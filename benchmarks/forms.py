"""How much longer rows take that have backslash escapes or declared formats, than as plain CSV.

    python -m benchmarks.forms mysql://root@127.0.0.1:3306/bench_forms [--rows N] [--runs N]

The same rows in each form are loaded in turn into a fresh table, first loads all, in one run of the
program, so that load of the machine falls on all alike. The bar: no less than half the speed.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

import csvferry
from benchmarks.run import say

BAR = 2.0
_ROWS = (
    "SELECT i AS id, 'name ' || i AS name, DATE '2000-01-01' + (i % 9000)::INT AS born,"
    " ((i % 900000) / 100)::DECIMAL(12,2) AS balance, i % 3 = 0 AS active,"
    " strftime(TIMESTAMP '2020-01-01' + INTERVAL (37 * i) SECOND, '%Y-%m-%d %H:%M:%S') AS seen,"
    " md5(i::VARCHAR) AS photo,"
    " CASE WHEN i % {odd} = 0 THEN 'C:\\dir\\' || i ELSE 'note ' || i END AS note"
    " FROM range({rows}) AS t(i)"
)
_TYPES = {
    "born": "DATE",
    "balance": "DECIMAL(12,2)",
    "active": "TINYINT(1)",
    "name": "TEXT",
    "seen": "DATETIME",
    "photo": "BLOB",
}
_DECLARED = {
    "date": {"born": "%d/%m/%Y"},
    "columns": {
        "balance": {"decimal": ",", "thousands": "."},
        "active": {"true": ["ja"], "false": ["nein"]},
    },
}


@dataclass(frozen=True)
class Form:
    """One way to write the rows: SQL of the columns, what COPY is told, what csvferry is told."""

    name: str
    select: str
    copy: str
    options: dict[str, Any] = field(default_factory=dict)


_PLAIN = "id, name, born, balance, active::INT AS active, seen, photo, note"
_ESCAPED = _PLAIN.replace(", note", ", replace(note, '\\', '\\\\') AS note")
FORMS = (
    Form("plain", _PLAIN, "HEADER", {"escape": "none"}),
    Form("mysql escapes", _ESCAPED, "HEADER, DELIMITER '\t', QUOTE ''", {"escape": "mysql"}),
    Form("postgres escapes", _ESCAPED, "HEADER, DELIMITER '\t', QUOTE ''", {"escape": "postgres"}),
    Form(
        "quoted escapes",
        _ESCAPED,
        "HEADER, FORCE_QUOTE (name, note)",
        {"escape": "quoted"},
    ),
    Form(
        "declared formats",
        "id, name, strftime(born, '%d/%m/%Y') AS born, replace(balance::VARCHAR, '.', ',') AS"
        " balance, CASE WHEN active THEN 'ja' ELSE 'nein' END AS active, seen, photo, note",
        "HEADER, DELIMITER ';'",
        {"escape": "none", **_DECLARED},
    ),
    Form(
        "times with a zone",
        _PLAIN.replace("seen", "seen || '+02:00' AS seen"),
        "HEADER",
        {"escape": "none", "timezone": "Europe/Berlin"},
    ),
    Form(
        "declared times",
        _PLAIN.replace("seen", "replace(seen, ' ', 'T') || '+0200' AS seen"),
        "HEADER",
        {
            "escape": "none",
            "timezone": "Europe/Berlin",
            "columns": {"seen": {"timestamp": "%Y-%m-%dT%H:%M:%S%z"}},
        },
    ),
    Form(
        "bytes as digits",
        _PLAIN,
        "HEADER",
        {"escape": "none", "columns": {"photo": {"bytes": "hex"}}},
    ),
)


def write(form: Form, path: Path, rows: int, odd: int) -> None:
    """The file of one form."""
    with duckdb.connect() as con:
        rows_sql = _ROWS.format(rows=rows, odd=odd)
        con.execute(
            f"COPY (SELECT {form.select} FROM ({rows_sql})) TO '{path}' (FORMAT csv, {form.copy})"
        )


def seconds(form: Form, path: Path, to: str, state: Path, run: int) -> float:
    """Of one first load."""
    table = f"forms_{form.name.replace(' ', '_')}_{run}"
    options: Any = form.options
    report = csvferry.sync(path, to=to, table=table, state=str(state), types=_TYPES, **options)
    if report.rows.rejected or report.rows.inserted != report.rows.read:
        raise SystemExit(f"{form.name}: {report.rows}")
    return report.seconds


def main() -> None:
    """Load all forms in turn; print seconds and ratios. Exit status 1 where the bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("to")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--odd", type=int, default=10, help="one row in so many has backslashes")
    given = parser.parse_args()
    found: dict[str, list[float]] = {form.name: [] for form in FORMS}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for form in FORMS:
            write(form, folder / f"{form.name}.csv", given.rows, given.odd)
        for run in range(given.runs):
            for form in FORMS:
                path = folder / f"{form.name}.csv"
                found[form.name].append(seconds(form, path, given.to, folder / "state", run))
    plain = statistics.median(found["plain"])
    worst = 0.0
    for name, times in found.items():
        ratio = statistics.median(times) / plain
        worst = max(worst, ratio)
        say(f"{name:18} {statistics.median(times):7.2f} s  x{ratio:.2f}  {times}")
    sys.exit(worst > BAR)


if __name__ == "__main__":
    main()
