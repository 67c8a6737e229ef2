"""Large runs on a keyspace of Vitess: the figures of docs/servers.md, "Vitess".

    python -m benchmarks.vitess mysql://USER@HOST:PORT/KEYSPACE [--rows N] [--drifted N]

Loads a table, changes one row in a hundred, then each (of a sharded keyspace not), then changes
some behind csvferry's back and has `verify` find and repair them. Each count is checked. It makes
and drops the table `csvferry_scale`; the ledger stays.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from csvferry.databases.connect import open_database

_TABLE = "csvferry_scale"
_DEFINITION = "(id BIGINT PRIMARY KEY, name VARCHAR(20), price DECIMAL(10,2), born DATE)"
_SLICE = 10_000  # rows that Vitess lets a plain UPDATE change
_HUNDRED = 100
_DRIFT = 1  # the status of `verify` where rows differ


@dataclass(frozen=True)
class Rig:
    """A keyspace, and a folder with the file and what csvferry remembers."""

    url: str
    folder: Path

    def write(self, rows: int, suffix: str, every: int = 1) -> None:
        """The file; of each so many rows the name of one ends in `suffix`."""
        with (self.folder / "rows.csv").open("w") as out:
            out.write("id,name,price,born\n")
            for n in range(rows):
                end = "" if n % every else suffix
                out.write(f"{n},name {n % 1000}{end},{n % 10_000}.50,2026-01-{n % 28 + 1:02}\n")

    def run(self, what: str, command: str, *options: str, status: int = 0) -> dict[str, Any]:
        """A timed command of csvferry; its report. Raises SystemExit where it ends otherwise."""
        words = (command, "rows.csv", "--to", self.url, "--table", _TABLE, "--json", *options)
        begun = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "csvferry", *words],
            cwd=self.folder,
            env={**os.environ, "XDG_STATE_HOME": str(self.folder / "state")},
            capture_output=True,
            text=True,
            check=False,
        )
        print(f"{what}: {time.monotonic() - begun:.1f} s, exit {done.returncode}", flush=True)
        if done.returncode != status:
            raise SystemExit(done.stderr[-2000:])
        report: dict[str, Any] = json.loads(done.stdout)
        return report

    def execute(self, *statements: str) -> None:
        """What another program does."""
        with closing(open_database(self.url)) as database:
            for statement in statements:
                database.execute(statement)


def measure(rig: Rig, rows: int, drifted: int, *, sharded: bool) -> None:
    """The steps. Raises SystemExit where one fails or a count is wrong."""
    rig.write(rows, "")
    loaded = rig.run(f"first load of {rows:,} rows", "sync", "--mode", "upsert")
    _check(loaded["rows"]["inserted"], rows)
    rig.write(rows, "y", _HUNDRED)
    changed = rig.run("1% changed rows", "sync", "--mode", "upsert")
    _check(changed["rows"]["updated"], -(-rows // _HUNDRED))
    rig.run("all compared, none changed", "sync", "--mode", "upsert", "--full")
    if not sharded:
        rig.write(rows, "x")
        changed = rig.run(f"{rows:,} changed rows", "sync", "--mode", "upsert")
        _check(changed["rows"]["updated"], rows)
    starts = range(0, drifted, _SLICE)
    rig.execute(
        *(
            f"UPDATE {_TABLE} SET name = 'drifted' WHERE id BETWEEN {start}"
            f" AND {min(start + _SLICE, drifted) - 1}"
            for start in starts
        )
    )
    found = rig.run(f"verify, {drifted:,} rows drifted", "verify", status=_DRIFT)
    _check(found["rows"]["updated"], drifted)
    repaired = rig.run(f"verify --repair of {drifted:,} rows", "verify", "--repair")
    _check(repaired["rows"]["updated"], drifted)
    rig.run("verify, none drifted", "verify")


def _check(found: int, expected: int) -> None:
    if found != expected:
        raise SystemExit(f"found {found:,}, expected {expected:,}")


def main() -> None:
    """Run it on the keyspace that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--rows", type=int, default=3_000_000)
    parser.add_argument("--drifted", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rig = Rig(options.url, Path(folder))
        rig.execute(f"DROP TABLE IF EXISTS {_TABLE}", f"CREATE TABLE {_TABLE} {_DEFINITION}")
        with closing(open_database(options.url)) as database:
            keyspace = database.sql.keyspace if database.sql.stages_all else ""
        if keyspace:
            placed = f"{keyspace}.{_TABLE} ADD VINDEX csvferry_scale(id) USING hash"
            rig.execute(f"ALTER VSCHEMA ON {placed}")
        try:
            measure(rig, options.rows, options.drifted, sharded=bool(keyspace))
        finally:
            rig.execute(f"DROP TABLE {_TABLE}")
            if keyspace:
                rig.execute(f"ALTER VSCHEMA DROP TABLE {_TABLE}")


if __name__ == "__main__":
    main()
