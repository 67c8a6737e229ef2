"""How much longer rows take that have backslash escapes or declared formats, than as plain CSV.

    python -m benchmarks.forms [mariadb|mysql] [--rows N] [--runs N]

The same rows in each form are loaded in turn into a fresh table, first loads all, in one run of the
program, so that load of the machine falls on all alike. The bar: no less than half the speed. On a
busy machine the processor time of client and server together tells more than the clock.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

import csvferry
from benchmarks.job import Server
from benchmarks.measure import processor_seconds
from benchmarks.run import say
from benchmarks.servers import drop, open_server, query

BAR = 2.0
_DATABASE = "bench_forms"
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


@dataclass(frozen=True)
class Took:
    """Seconds of one first load: by the clock, and of processors, client and server."""

    clock: float
    client: float
    server: float

    @property
    def processor(self) -> float:
        """Of both."""
        return self.client + self.server


def _client() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def load(form: Form, path: Path, server: Server, state: Path, run: int) -> Took:
    """One first load."""
    table, pid = f"forms_{form.name.replace(' ', '_')}_{run}", server.pid or 0
    to = f"mysql://{server.user}@{server.host}:{server.port}/{_DATABASE}"
    options: Any = form.options
    client, served = _client(), processor_seconds(pid)
    report = csvferry.sync(path, to=to, table=table, state=str(state), types=_TYPES, **options)
    if report.rows.rejected or report.rows.inserted != report.rows.read:
        raise SystemExit(f"{form.name}: {report.rows}")
    took = Took(report.seconds, _client() - client, processor_seconds(pid) - served)
    query(server, f"DROP TABLE {table}", _DATABASE)
    return took


def _measure(server: Server, folder: Path, runs: int) -> dict[str, list[Took]]:
    """Each form in turn; one load before them, which imports all that is used."""
    load(FORMS[0], folder / f"{FORMS[0].name}.csv", server, folder / "state", runs)
    found: dict[str, list[Took]] = {form.name: [] for form in FORMS}
    for run in range(runs):
        for form in FORMS:
            path = folder / f"{form.name}.csv"
            found[form.name].append(load(form, path, server, folder / "state", run))
    return found


def main() -> None:
    """Load all forms in turn; print seconds and ratios. Exit status 1 where the bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("server", nargs="?", choices=("mariadb", "mysql"), default="mariadb")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--odd", type=int, default=10, help="one row in so many has backslashes")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for form in FORMS:
            write(form, folder / f"{form.name}.csv", given.rows, given.odd)
        with open_server(given.server, folder) as server:
            drop(server, _DATABASE)
            query(server, f"CREATE DATABASE {_DATABASE} CHARACTER SET utf8mb4")
            try:
                found = _measure(server, folder, given.runs)
            finally:
                drop(server, _DATABASE)
    sys.exit(_report(found) > BAR)


def _report(found: dict[str, list[Took]]) -> float:
    """Print what was found; the worst ratio of processor time."""
    plain, worst = found[FORMS[0].name], 0.0
    for name, times in found.items():
        clock, processor = _median(times, "clock"), _median(times, "processor")
        ratio = processor / _median(plain, "processor")
        worst = max(worst, ratio)
        client, server = _median(times, "client"), _median(times, "server")
        say(
            f"{name:18} clock {clock:7.2f} s x{clock / _median(plain, 'clock'):.2f}"
            f"  processor {processor:7.2f} s x{ratio:.2f}"
            f" (client {client:.2f}, server {server:.2f})"
        )
    return worst


def _median(times: list[Took], name: str) -> float:
    return statistics.median(getattr(one, name) for one in times)


if __name__ == "__main__":
    main()
