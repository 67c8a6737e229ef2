"""Random tables and files in sequence: each mode, against a model of dictionaries, and the short
cut of fingerprints against the comparison of the whole file."""

import random
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from csvferry.config.feed import make_feed
from csvferry.run.runner import Run, go
from csvferry.sources.source import find
from targets import Target

KEYS = ("1", "2", "3", "4", "5", "05", "x", "")
AGES = ("1", "2", "3", "+2", "300", "old", "")
MAILS = ("a", "b", "c", "d", "")
VERSIONS = 5
Row = tuple[str, str, str]


@dataclass
class Model:
    """What the contract says of a table without unique columns: id, age, email."""

    mode: str
    rows: dict[int, tuple[int | None, str | None]] = field(default_factory=dict)

    def sync(self, file: list[Row]) -> dict[str, int]:
        """Apply a file; rows by outcome."""
        count = dict.fromkeys(("inserted", "updated", "unchanged", "duplicate", "rejected"), 0)
        winners: dict[int, tuple[int | None, str | None]] = {}
        kept, readable = set(), True
        for key, age, mail in file:
            if not key.isdigit():
                count["rejected"] += 1
                readable = False
            elif age not in ("", "+2") and (not age.isdigit() or int(age) > 127):
                count["rejected"] += 1
                kept.add(int(key))
            else:
                count["duplicate"] += int(key) in winners
                if self.mode != "insert" or int(key) not in winners:
                    winners[int(key)] = (int(age) if age else None, mail or None)
        for key, values in winners.items():
            if key not in self.rows:
                count["inserted"] += 1
                self.rows[key] = values
            elif self.mode == "insert" or self.rows[key] == values:
                count["unchanged"] += 1
            else:
                count["updated"] += 1
                self.rows[key] = values
        gone = set(self.rows) - set(winners) - kept if self.mode == "mirror" and readable else set()
        for key in gone:
            del self.rows[key]
        return {"read": len(file), "deleted": len(gone), **count}


def _file(chance: random.Random, before: list[Row]) -> list[Row]:
    """A next version: some rows stay, some change, some go, some come, some twice."""
    rows = [row for row in before if chance.random() < 0.8]
    for _ in range(chance.randrange(5)):
        rows.append((chance.choice(KEYS), chance.choice(AGES), chance.choice(MAILS)))
    if chance.random() < 0.3:
        chance.shuffle(rows)
    return rows


def _write(path: Path, rows: list[Row]) -> None:
    path.write_text("id,age,email\n" + "".join(",".join(row) + "\n" for row in rows))


def _sync(path: Path, target: Target, table: str, mode: str, *, full: bool) -> dict[str, int]:
    feed = make_feed(
        source=str(path), to=target.url, table=table, mode=mode, full=full,
        max_rejects="100%", max_deletes="100%", allow_empty=True,
    )  # fmt: skip
    report = go(Run(feed, find(feed.source)[0])).to_dict()
    rows: dict[str, int] = report["rows"]
    return {"skipped": 1} if report["status"] == "unchanged" else rows


def _rows(target: Target, table: str) -> list[tuple[object, ...]]:
    return target.rows(f"SELECT id, age, email FROM {table} ORDER BY id")


@pytest.mark.one_server
@pytest.mark.parametrize("mode", ["insert", "upsert", "mirror"])
@pytest.mark.parametrize("seed", range(2))
def test_as_the_model_says(target: Target, tmp_path: Path, mode: str, seed: int) -> None:
    chance = random.Random(f"model {seed}")
    target.run("CREATE TABLE people (id INT PRIMARY KEY, age TINYINT, email VARCHAR(20))")
    model, file = Model(mode), []
    for version in range(VERSIONS):
        file = _file(chance, file)
        _write(tmp_path / "people.csv", file)
        before = dict(model.rows)
        expected = model.sync(file)
        counted = _sync(tmp_path / "people.csv", target, "people", mode, full=False)
        if "skipped" in counted:
            model.rows = before
            continue
        assert counted == expected, (version, file, before)
        assert _rows(target, "people") == [
            (key, *values) for key, values in sorted(model.rows.items())
        ], (version, file, before)


@pytest.mark.one_server
@pytest.mark.parametrize("mode", ["insert", "upsert", "mirror"])
@pytest.mark.parametrize("seed", range(2))
def test_the_short_cut_changes_nothing(
    target: Target, tmp_path: Path, mode: str, seed: int
) -> None:
    """With unique columns: the same table whether fingerprints are trusted or not."""
    chance = random.Random(f"short cut {seed}")
    for table in ("quick", "whole"):
        target.run(
            f"CREATE TABLE {table} (id INT PRIMARY KEY, age TINYINT NOT NULL UNIQUE,"
            " email VARCHAR(20) UNIQUE)"
        )
    file: list[Row] = []
    versions = set()
    for version in range(VERSIONS):
        before = file
        file = _file(chance, file)
        if str(file) in versions:
            continue
        versions.add(str(file))
        _write(tmp_path / "people.csv", file)
        quick = _sync(tmp_path / "people.csv", target, "quick", mode, full=False)
        whole = _sync(tmp_path / "people.csv", target, "whole", mode, full=True)
        assert _rows(target, "quick") == _rows(target, "whole"), (version, file, before)
        assert quick == whole, (version, file, before)
