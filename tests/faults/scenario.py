"""A table, a file that it is to follow, and what the table must be before and after the run.

What must be is reckoned here in plain Python, apart from csvferry.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from faults.driver import Order, run
from faults.inprocess import sync
from targets import Target

WAYS = ("new", "empty", "delta", "staged")
MODES = ("insert", "upsert", "mirror")
COMMON = ("identified", "locked", "reading", "read", "validated")
SHADOWS = ("new by a shadow table", "empty by a shadow table")
MIDDLE = {"new": (), "empty": (), "delta": ("staged", "judged"), "staged": ("staged", "judged")}
SWAPPED = ("swapping", "swapped")
END = ("merged", "recorded", "committed", "remembered")
ROWS = 400
Table = dict[int, tuple[str, int]] | None


def points(way: str) -> tuple[str, ...]:
    """The named points that a run of this way goes through."""
    if way in SHADOWS:
        return (*COMMON, "merged", "recorded", *SWAPPED, *END[2:])
    return (*COMMON, *MIDDLE[way], *END)


@dataclass
class Scenario:
    """One table of its own name, one file, one way and mode."""

    target: Target
    folder: Path
    way: str
    mode: str
    table: str = "people"
    before: Table = None
    after: Table = None
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.file = self.folder / "people.csv"
        first = {number: (f"name {number}", number * 7) for number in range(ROWS)}
        if self.way.startswith("empty"):
            self._create()
            self.before = {}
        elif self.way in ("delta", "staged"):
            self._create()
            self._write(first)
            self._apply_first()
            self.before = first
        if self.way == "staged":
            self._forget()
        self._second(first)

    def _create(self) -> None:
        self.target.run(
            f"CREATE TABLE {self.table}"
            " (id BIGINT NOT NULL PRIMARY KEY, name VARCHAR(40) NOT NULL, amount BIGINT NOT NULL)"
        )

    def _apply_first(self) -> None:
        """Nothing befalls this run: it takes place in the test's own process."""
        with pytest.MonkeyPatch.context() as own:
            own.setenv("XDG_STATE_HOME", str(self.folder / "state"))
            for name, value in self.environment.items():
                own.setenv(name, value)
            report, _ = sync(self.options)
        assert report.status == "applied", report.message

    def _second(self, first: dict[int, tuple[str, int]]) -> None:
        """Some rows go, some change, some come; one is a duplicate, one is to be rejected."""
        second = {n: row for n, row in first.items() if n % 40 != 7}
        second |= {n: (f"new name {n}", n) for n in range(0, ROWS, 25)}
        second |= {n: (f"came {n}", n) for n in range(ROWS, ROWS + 30)}
        del second[11]
        bad = "11,eleven,many" if not self.way.startswith("new") else "11,eleven,1,2"
        self._write(second, f"{ROWS},came {ROWS},{ROWS}", bad)
        old = self.before or {}
        if self.mode == "insert":
            self.after = {**second, **old}
        elif self.mode == "upsert":
            self.after = {**old, **second}
        else:
            self.after = second | {n: row for n, row in old.items() if n == 11}

    def _write(self, rows: dict[int, tuple[str, int]], *more: str) -> None:
        lines = ["id,name,amount", *(f"{n},{name},{amount}" for n, (name, amount) in rows.items())]
        self.file.write_text("\n".join([*lines, *more]) + "\n")

    def _forget(self) -> None:
        for path in (self.folder / "state" / "csvferry").glob("*.json"):
            path.unlink()

    @property
    def options(self) -> dict[str, Any]:
        """The feed's options."""
        return {
            "source": str(self.file),
            "to": self.target.url,
            "table": self.table,
            "mode": self.mode,
            "key": "id",
        }

    def order(self, **fate: Any) -> Order:
        """A run on this scenario."""
        shadow = self.way in SHADOWS
        return Order(self.options, self.folder, environment=self.environment, shadow=shadow, **fate)

    def sync(self) -> dict[str, Any]:
        """A run that nothing befalls."""
        found = run(self.order())
        assert found is not None
        return found

    # What is there

    def now(self) -> Table:
        """The table as it is."""
        if self.table not in self.target.tables():
            return None
        rows = self.target.rows(f"SELECT id, name, amount FROM {self.table}")
        table = {int(key): (str(name), int(amount)) for key, name, amount in rows}
        assert len(table) == len(rows)
        return table

    def verdict(self) -> str:
        """`before`, `after`, or `between` with the number of rows lost and too many."""
        now = self.now()
        if now == self.after:
            return "after"
        if now == self.before or (self.before is None and not now):
            return "before"
        rows, after = now or {}, self.after or {}
        return f"between: {len(after.keys() - rows)} lost, {len(rows.keys() - after)} too many"

    def faults(self) -> list[str]:
        """What is not as it must be once a run has ended well; empty if all is."""
        found = [] if self.verdict() == "after" else [f"the table is {self.verdict()}"]
        found += [f"{t} stays" for t in self.target.tables() if t.startswith("csvferry_stage_")]
        found += [f"{path.name} stays in scratch" for path in self.folder.glob("scratch/*")]
        entries = self.target.rows(
            "SELECT run, rows_read, rows_inserted + rows_updated + rows_unchanged + rows_duplicate"
            f" + rows_rejected, version FROM csvferry_runs WHERE table_name = '{self.table}'"
            " ORDER BY position"
        )
        if len(entries) != len({version for *_, version in entries}):
            found.append("a version is in the ledger twice")
        if len(entries) != (1 if not self.before else 2):
            found.append(f"the ledger has {len(entries)} entries")
        if any(read != told for _, read, told, _ in entries):
            found.append("the ledger's rows do not add up")
        last = entries[-1][0] if entries else ""
        rejects = self.target.rows(f"SELECT line FROM csvferry_rejects WHERE run = '{last}'")
        if len(rejects) != 2:
            found.append(f"the rejects are {len(rejects)}")
        return found

    def finish(self) -> list[str]:
        """The run after the fault: it must complete, and leave all as it must be."""
        found = self.sync()
        if found["status"] not in ("applied", "unchanged"):
            return [json.dumps(found)]
        return self.faults()
