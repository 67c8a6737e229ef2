"""The run column and marks of deleted rows, after any versions of a file, are as a model has them.

The model is a dict: of each key the row, the run that last wrote it, and whether it is marked.
"""

import random
from dataclasses import dataclass
from pathlib import Path

import pytest

import csvferry
from csvferry.commands.verify import verify_object
from csvferry.config.feed import make_feed
from csvferry.run.runner import Run
from csvferry.sources.source import find
from targets import Target

SEEDS = range(2)
VERSIONS = 4
QUERY = "SELECT id, name, town, _run, deleted_at IS NOT NULL FROM people ORDER BY id"
COLUMNS = "id INT PRIMARY KEY, name VARCHAR(9), town VARCHAR(9), _run VARCHAR(26)"
TABLES = {  # the second has what every write of a row is judged by
    "plain": f"CREATE TABLE people ({COLUMNS}, deleted_at DATETIME)",
    "checked": f"CREATE TABLE people ({COLUMNS}, deleted_at TIMESTAMP NULL, CHECK (id > 0))",
}


@dataclass
class Kept:
    """A row of the model."""

    values: tuple[str, str]
    run: str
    marked: bool = False


@dataclass(frozen=True)
class Counts:
    """Rows by outcome."""

    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    unchanged: int = 0


def _follow(model: dict[int, Kept], file: dict[int, tuple[str, str]], run: str) -> Counts:
    """What mirror makes of the model, and how many rows of each kind."""
    inserted = updated = deleted = unchanged = 0
    for key, kept in model.items():
        if key not in file and not kept.marked:
            kept.run, kept.marked, deleted = run, True, deleted + 1
    for key, values in file.items():
        kept = model.setdefault(key, Kept(values, "", marked=True))
        if kept.marked:
            inserted += 1
        elif kept.values != values:
            updated += 1
        else:
            unchanged += 1
            continue
        model[key] = Kept(values, run)
    return Counts(inserted, updated, deleted, unchanged)


def _next(chance: random.Random, before: dict[int, tuple[str, str]]) -> dict[int, tuple[str, str]]:
    file = {key: row for key, row in before.items() if chance.random() < 0.7}
    for key in chance.sample(range(1, 13), 6):
        if chance.random() < 0.6:
            file[key] = (chance.choice("abc"), chance.choice("xy"))
    return file


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("seed", SEEDS)
def test_rows_are_marked_as_the_model_has_them(
    target: Target, tmp_path: Path, seed: int, table: str
) -> None:
    chance, path = random.Random(f"{seed} {table}"), tmp_path / "people.csv"
    target.run(TABLES[table])
    options = {
        "to": target.url,
        "mode": "mirror",
        "run_column": "_run",
        "on_delete": "mark:deleted_at",
        "max_deletes": "100%",
        "allow_empty": True,
    }
    model: dict[int, Kept] = {}
    file: dict[int, tuple[str, str]] = {}
    for number in range(VERSIONS):
        file = _next(chance, file)
        lines = [f"{key},{name},{town}\n" for key, (name, town) in file.items()]
        path.write_text("id,name,town\n" + "".join(lines))
        full = chance.random() < 0.4
        planned = csvferry.plan(path, full=full, **options)
        report = csvferry.sync(path, full=full, **options)
        assert planned.rows == report.rows
        counts = _follow(model, file, report.run)
        rows = report.rows
        assert Counts(rows.inserted, rows.updated, rows.deleted, rows.unchanged) == counts
        expected = [
            (key, *kept.values, kept.run, kept.marked) for key, kept in sorted(model.items())
        ]
        found = [(*row[:-1], bool(row[-1])) for row in target.rows(QUERY)]
        assert found == expected, f"version {number}"
    feed = make_feed(source=str(path), **options)
    verified, _ = verify_object(Run(feed, find(feed.source)[0]))
    assert (verified.status, verified.rows.read) == ("unchanged", len(file))
