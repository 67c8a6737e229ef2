"""Kills runs at each named point and at random moments, and writes what was lost: nothing.

    python tests/reliability.py [--kills N] [--seed N] [--to docs/reliability.md]

Every way (a new table, an empty one, each by a shadow table too, what differs, the whole file
staged), every mode, each database. MariaDB and MySQL are those of CSVFERRY_TEST_MARIADB and
CSVFERRY_TEST_MYSQL, or are started; one that can't be had is told as such. Ends with status 1 if
anything was lost.
"""

import argparse
import ast
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import servers
from faults.driver import report, run
from faults.scenario import MODES, SHADOWS, WAYS, Scenario, points
from targets import Target, fresh_database

FAULTS = Path(__file__).parent / "faults"
TOLD = {
    "new": "direct, a new table",
    "empty": "direct, an empty table",
    "delta": "delta",
    "staged": "staged",
    "new by a shadow table": "direct, a new table's shadow",
    "empty by a shadow table": "direct, an empty table's shadow",
}


@dataclass
class Tally:
    """Kills of one way on one database, and what they did."""

    points: int = 0
    moments: int = 0
    before: int = 0
    after: int = 0
    between: int = 0
    wrong: int = 0

    @property
    def kills(self) -> int:
        """All of them."""
        return self.points + self.moments

    def take(self, one: Scenario, *, at_a_point: bool) -> None:
        """Look at the table after a kill, then let the next run complete."""
        self.points += at_a_point
        self.moments += not at_a_point
        verdict = one.verdict().split(":")[0]
        setattr(self, verdict, getattr(self, verdict) + 1)
        if found := one.finish():
            self.wrong += 1
            print(f"{one.target.kind} {one.way} {one.mode}: {'; '.join(found)}", file=sys.stderr)


class Kills:
    """Kills on one database, each on a table of its own."""

    def __init__(self, target: Target, folder: Path, chance: random.Random) -> None:
        self.target = target
        ways = WAYS if target.kind == "sqlite" else (*WAYS, *SHADOWS)
        self.tallies = {way: Tally() for way in ways}
        self._folder = folder
        self._chance = chance
        self._number = count()

    def at_points(self) -> None:
        """One kill at each point of each way and mode."""
        for way in self.tallies:
            for mode in MODES:
                for point in points(way):
                    one = self._scenario(way, mode)
                    if run(one.order(step=point)) is None:
                        self.tallies[way].take(one, at_a_point=True)
            self._say(way)

    def at_moments(self, kills: int) -> None:
        """Kills at calls of functions that chance chooses."""
        for way in self.tallies:
            whole = self._scenario(way, "mirror").order(count=True)
            run(whole)
            calls = report(whole)["calls"]
            while self.tallies[way].moments < kills // len(self.tallies):
                one = self._scenario(way, self._chance.choice(MODES))
                if run(one.order(calls=self._chance.randrange(calls))) is None:
                    self.tallies[way].take(one, at_a_point=False)
            self._say(way)

    def _scenario(self, way: str, mode: str) -> Scenario:
        number = next(self._number)
        return Scenario(self.target, self._folder / f"{number}", way, mode, f"people_{number}")

    def _say(self, way: str) -> None:
        print(f"{self.target.kind}, {TOLD[way]}: {self.tallies[way]}", file=sys.stderr)


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, Target]]:
    """A fresh database on each server that can be had."""
    with ExitStack() as stack:
        found = {"sqlite": Target("sqlite", f"sqlite:///{folder}/target.db")}
        for kind, program in (("mariadb", "mariadbd"), ("mysql", "mysqld")):
            url = os.environ.get(f"CSVFERRY_TEST_{kind.upper()}")
            if not url and servers.has(program):
                place = folder / kind
                place.mkdir()
                url = stack.enter_context(getattr(servers, f"start_{kind}")(place))
            if url:
                found[kind] = Target(kind, stack.enter_context(fresh_database(url)))
            else:
                print(f"{kind}: left out, there is no {program}", file=sys.stderr)
        yield found


def version(target: Target) -> str:
    """The server's name and version."""
    if target.kind == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}"
    name = {"mariadb": "MariaDB", "mysql": "MySQL"}[target.kind]
    return f"{name} {str(target.rows('SELECT VERSION()')[0][0]).split('-')[0]}"


def table(found: dict[str, dict[str, Tally]]) -> Iterator[str]:
    """The kills as a Markdown table."""
    yield (
        "| database | way | killed at a point | at random | undone | done | between |"
        " next run wrong |"
    )
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    every = Tally()
    for name, tallies in found.items():
        for way, one in tallies.items():
            yield _row(name, TOLD[way], one)
            for field in vars(one):
                setattr(every, field, getattr(every, field) + getattr(one, field))
    yield _row("**all**", f"**{every.kills} kills**", every)


def _row(name: str, way: str, one: Tally) -> str:
    cells = (one.points, one.moments, one.before, one.after, one.between, one.wrong)
    return f"| {name} | {way} | {' | '.join(map(str, cells))} |"


def others() -> Iterator[str]:
    """The fault tests, each by its own name."""
    for path in sorted(FAULTS.glob("test_*.py")):
        tree = ast.parse(path.read_text())
        told = (ast.get_docstring(tree) or "").splitlines()[0]
        yield f"\n**{told}** (`tests/faults/{path.name}`)\n"
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield f"- {node.name.removeprefix('test_').replace('_', ' ')}"


HEAD = """# Reliability

Written by `make reliability` on {day}, of commit {commit}; not by hand.

A run was ended with SIGKILL, which nothing can tidy up after. Then the table was compared with
what it had to be, reckoned apart from csvferry: as before the run (*undone*), as after it (*done*),
or anything else (*between*). Then the next run had to complete; *next run wrong* counts those
after which a row was missing, too many or otherwise, a version was in the ledger twice or its rows
did not add up, a reject was missing or doubled, or a staging table or scratch file had stayed.

The named points are identified, locked, reading, read, validated, staged, judged, merged, recorded,
swapping, swapped, committed, remembered (`src/csvferry/model/phases.py`), each in the modes insert,
upsert and mirror. A random moment is a call of some function once the file is read, by the
seed {seed}.
Each file has rows that are new, changed, gone, unchanged, duplicate and rejected.

## Killed runs
"""


def _commit() -> str:
    """What is tried: its commit, with `-dirty` where files differ from it."""
    command = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def main() -> int:
    """Kill, count, write."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--kills", type=int, default=40, help="at random moments, per database")
    words.add_argument("--seed", type=int, default=20)
    words.add_argument("--to", type=Path, default=Path("docs/reliability.md"))
    asked = words.parse_args()
    commit, day = _commit(), datetime.now(UTC).date()
    found = {}
    with tempfile.TemporaryDirectory() as folder, databases(Path(folder)) as targets:
        for target in targets.values():
            kills = Kills(target, Path(folder) / f"{target.kind}-runs", random.Random(asked.seed))
            kills.at_points()
            kills.at_moments(asked.kills)
            found[version(target)] = kills.tallies
    head = HEAD.format(seed=asked.seed, commit=commit, day=day)
    lines = [head, *table(found), "\n## Other faults", *others()]
    asked.to.write_text("\n".join(lines) + "\n")
    tallies = [one for each in found.values() for one in each.values()]
    return int(any(one.between or one.wrong for one in tallies))


if __name__ == "__main__":
    sys.exit(main())
