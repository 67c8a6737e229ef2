"""What a row, a file, a feed and an entry of the ledger cost: the figures of docs/scale.md.

    python -m benchmarks.scale [--rows N] [--files N] [--feeds N] [--entries N]

It starts a MariaDB of its own, in memory where that is. Costs are seconds of processors, of the
client (csvferry with its children) and of the server, so that they hold on a busy machine too; the
time from start to end is beside them.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from benchmarks.job import Server
from benchmarks.servers import mariadb, query

_TICKS = os.sysconf("SC_CLK_TCK")
_COMMAND = shlex.split(os.environ.get("CSVFERRY_BENCH_COMMAND", f"{sys.executable} -m csvferry"))


@dataclass(frozen=True)
class Cost:
    """Of one command: seconds of processors and of time, and the client's most memory."""

    client: float
    server: float
    seconds: float
    peak_mb: float


@dataclass(frozen=True)
class Rig:
    """A server, a folder, and what is told of each measurement."""

    server: Server
    folder: Path

    @property
    def url(self) -> str:
        return f"mysql://root@127.0.0.1:{self.server.port}/scale"

    def run(self, *arguments: str) -> Cost:
        """A command of csvferry. Raises SystemExit where it fails."""
        before, begun = _processor_seconds(self.server.pid), time.monotonic()
        environment = {**os.environ, "XDG_STATE_HOME": str(self.folder / "state")}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed csvferry is compiled
        process = subprocess.Popen(
            [*_COMMAND, *arguments], env=environment, cwd=self.folder,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        told = process.stderr.read() if process.stderr else b""
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(told.decode(errors="replace")[-2000:])
        return Cost(
            client=usage.ru_utime + usage.ru_stime,
            server=_processor_seconds(self.server.pid) - before,
            seconds=time.monotonic() - begun,
            peak_mb=usage.ru_maxrss / 1024,
        )

    def sync(self, source: str, table: str, *options: str) -> Cost:
        """A sync of a table of its own."""
        return self.run("sync", source, "--to", self.url, "--table", table, *options)

    def state_bytes(self) -> int:
        """What csvferry remembers, on disk."""
        return sum(path.stat().st_size for path in (self.folder / "state").rglob("*"))


def _processor_seconds(pid: int | None) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _tell(what: str, number: int, cost: Cost, more: str = "") -> None:
    each = 1e6 * (cost.client + cost.server) / max(number, 1)
    print(
        f"| {what} | {number:,} | {cost.client:.2f} s | {cost.server:.2f} s | {cost.seconds:.1f} s"
        f" | {each:,.1f} µs | {cost.peak_mb:.0f} MB | {more} |",
        flush=True,
    )


def _people(path: Path, rows: int, changed: Callable[[int], bool] = lambda _: False) -> None:
    """Rows of 40 bytes: a key, a name, a number, a date."""
    with path.open("w") as file:
        file.write("id,name,amount,born\n")
        for number in range(rows):
            new = " new" if changed(number) else ""
            day = f"19{number % 90 + 10}-0{number % 9 + 1}-1{number % 10}"
            file.write(
                f"{number},person {number * 7919 % 1_000_003}{new},{number % 977}.50,{day}\n"
            )


def rows(rig: Rig, number: int) -> None:
    """A first load, a version in which some rows differ, the same again, without what is known."""
    file = rig.folder / "people.csv"
    options = ("--key", "id", "--mode", "mirror")
    _people(file, number)
    before = rig.state_bytes()
    cost = rig.sync("people.csv", "people", *options)
    kept = rig.state_bytes() - before
    _tell("rows, first load", number, cost, f"{kept / number:.1f} bytes of snapshot a row")
    _tell("rows, the same version again", number, rig.sync("people.csv", "people", *options))
    _people(file, number, lambda row: row % 500 == 0)
    _tell("rows, 0.2% differ", number, rig.sync("people.csv", "people", *options))
    _people(file, number, lambda row: row % 2 == 0)
    cost = rig.sync("people.csv", "people", *options, "--full")
    _tell("rows, half differ, nothing remembered", number, cost)
    _tell("rows, verify", number, rig.run("verify", "people.csv", "--to", rig.url, "--table",
                                          "people", *options))  # fmt: skip


def files(rig: Rig, number: int) -> None:
    """A folder of small files, one table."""
    folder = rig.folder / "many"
    folder.mkdir()
    for file in range(number):
        lines = (f"{file * 20 + row},name {row}" for row in range(20))
        (folder / f"{file:06}.csv").write_text("id,name\n" + "\n".join(lines) + "\n")
    options = ("--key", "id", "--mode", "upsert")
    _tell("files of 20 rows, first", number, rig.sync("many/", "many", *options))
    _tell("files, none is new", number, rig.sync("many/", "many", *options))


def feeds(rig: Rig, number: int) -> None:
    """Feeds of one file and one table each, over one connection."""
    config = rig.folder / "csvferry.toml"
    parts = [f'[defaults]\nto = "{rig.url}"\n']
    for feed in range(number):
        (rig.folder / f"feed{feed}.csv").write_text("id,name\n1,a\n2,b\n")
        parts.append(
            f'[[feeds]]\nname = "f{feed}"\nsource = "feed{feed}.csv"\ntable = "feed{feed}"\n'
            'key = ["id"]\nmode = "upsert"\n'
        )
    config.write_text("\n".join(parts))
    run = ("sync", "--config", str(config))
    _tell("feeds, first", number, rig.run(*run))
    _tell("feeds, nothing new", number, rig.run(*run))
    for feed in range(number):
        (rig.folder / f"feed{feed}.csv").write_text("id,name\n1,a\n2,c\n")
    _tell("feeds, one row of each differs", number, rig.run(*run))


def ledger(rig: Rig, entries: int) -> None:
    """A run beside many entries: of its own feed and table, the worst case."""
    file = rig.folder / "small.csv"
    file.write_text("id,name\n1,a\n")
    options = ("--key", "id", "--mode", "upsert")
    rig.sync("small.csv", "small", *options)
    columns = [
        name
        for (name,) in query(rig.server, "SELECT COLUMN_NAME FROM information_schema.COLUMNS WHERE"
                             " TABLE_SCHEMA = 'scale' AND TABLE_NAME = 'csvferry_runs' AND"
                             " COLUMN_NAME NOT IN ('position', 'run', 'version')")
    ]  # fmt: skip
    names = ", ".join(columns)
    query(
        rig.server,
        f"INSERT INTO csvferry_runs (run, version, {names}) SELECT CONCAT('2020', LPAD(s.seq, 22,"
        f" '0')), CONCAT('sha256:', MD5(s.seq)), {names} FROM seq_1_to_{entries} AS s JOIN"
        " (SELECT * FROM csvferry_runs WHERE table_name = 'small') AS r",
        "scale",
    )
    file.write_text("id,name\n1,b\n")
    _tell("a run beside entries of its feed", entries, rig.sync("small.csv", "small", *options))
    _tell("none is new, beside them", entries, rig.sync("small.csv", "small", *options))
    query(rig.server, "UPDATE csvferry_runs SET feed = CONCAT('x', LEFT(feed, 60)) WHERE run LIKE"
          " '20200000%'", "scale")  # fmt: skip
    file.write_text("id,name\n1,c\n")
    _tell("a run beside entries of others", entries, rig.sync("small.csv", "small", *options))


def hashing(megabytes: int) -> None:
    """SHA-256, by which a local file's version is told."""
    begun, block = time.process_time(), bytes(1 << 20)
    known = sha256()
    for _ in range(megabytes):
        known.update(block)
    taken = time.process_time() - begun
    print(f"| SHA-256 | {megabytes} MB | {taken:.2f} s | | | {megabytes / taken:,.0f} MB/s | | |")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (
        ("rows", 1_000_000),
        ("files", 1000),
        ("feeds", 200),
        ("entries", 100_000),
    ):
        parser.add_argument(f"--{name}", type=int, default=default)
    chosen = parser.parse_args(arguments)
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        (Path(folder) / "work").mkdir()
        with mariadb(Path(folder)) as server:
            rig = Rig(server, Path(folder) / "work")
            (rig.folder / "state").mkdir()
            query(server, "CREATE DATABASE scale CHARACTER SET utf8mb4")
            print("| what | number | client | server | time | each | memory | |")
            print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |")
            rig.run("--version")
            rows(rig, chosen.rows)
            files(rig, chosen.files)
            feeds(rig, chosen.feeds)
            ledger(rig, chosen.entries)
            hashing(1024)


if __name__ == "__main__":
    main()
