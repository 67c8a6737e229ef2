"""A story: a random table, versions of a file, other writers, lost state, kills."""

import csv
import os
import random
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import csvferry
from faults.driver import Order, run
from stories.oracle import NO_RUN, Expected, Oracle, Own, Row, named_winner
from stories.tables import TOWNS, Table, random_table
from targets import Target

MODES = ("insert", "upsert", "mirror")
POINTS = ("read", "staged", "judged", "merged", "recorded")
VERSIONS = 4


@dataclass(frozen=True)
class Version:
    """One version of the file, and what befalls before and while it is synced."""

    header: tuple[str, ...]
    rows: list[list[Any]]
    writes: tuple[tuple[str, tuple[Any, ...]], ...]  # what another writer does before
    loses_state: bool
    full: bool
    killed: str | None


@dataclass(frozen=True)
class Story:
    """What happens, by chance alone: the same seed is the same story."""

    seed: str
    table: Table
    mode: str
    versions: tuple[Version, ...]


def tell(seed: str) -> Story:
    """Make a story up."""
    chance = random.Random(seed)
    table = random_table(chance)
    header = tuple(_header(chance, table))
    rows: list[dict[str, Any]] = []
    versions = []
    for number in range(VERSIONS):
        rows = _next(chance, table, rows)
        writes = tuple(_writes(chance, table)) if number or chance.random() < 0.5 else ()
        versions.append(
            Version(
                header,
                [[row[name] for name in header] for row in rows],
                writes,
                loses_state=chance.random() < 0.1,
                full=bool(writes) or chance.random() < 0.1,
                killed=chance.choice(POINTS) if chance.random() < 0.03 else None,
            )
        )
    mode = chance.choice(MODES)
    marks = mode == "mirror" and chance.random() < 0.5
    table = replace(table, runs=chance.random() < 0.5, marks=marks)
    return Story(seed, table, mode, tuple(versions))


def _header(chance: random.Random, table: Table) -> list[str]:
    others = [c.name for c in table.columns if c.name not in table.key]
    kept = [name for name in others if chance.random() < 0.8] or others[:1]
    names = [*table.key, *kept]
    chance.shuffle(names)
    return names


def _next(
    chance: random.Random, table: Table, before: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Some rows stay, some change, some swap, some come, some twice."""
    rows = [dict(row) for row in before if chance.random() < 0.85]
    for row in rows:
        if chance.random() < 0.3:
            name = chance.choice([c.name for c in table.columns if c.name not in table.key])
            row[name] = table.row(chance)[name]
    if len(rows) > 1 and chance.random() < 0.3:
        one, other = chance.sample(rows, 2)
        name = chance.choice(("u", "v"))
        one[name], other[name] = other[name], one[name]
    rows += [table.row(chance) for _ in range(chance.randrange(1, 5))]
    if chance.random() < 0.3:
        chance.shuffle(rows)
    return rows


def _writes(chance: random.Random, table: Table) -> Iterator[tuple[str, tuple[Any, ...]]]:
    for _ in range(chance.randrange(3)):
        row = table.row(chance)
        match chance.randrange(4):
            case 0:
                marks = ", ".join("?" for _ in row)
                yield f"INSERT INTO people ({', '.join(row)}) VALUES ({marks})", (*row.values(),)
            case 1:
                name = chance.choice([n for n in row if n not in table.key])
                key = table.key[0]
                yield f"UPDATE people SET {name} = ? WHERE {key} = ?", (row[name], row[key])
            case 2:
                yield f"DELETE FROM people WHERE {table.key[0]} = ?", (row[table.key[0]],)
            case 3:
                yield "DELETE FROM towns WHERE id = ?", (chance.choice(TOWNS),)


def differences(story: Story, target: Target, folder: Path) -> list[str]:
    """Let the story happen; what was otherwise than the oracle has it."""
    target.run("CREATE TABLE towns (id INT PRIMARY KEY)")
    target.run(*(f"INSERT INTO towns VALUES ({town})" for town in TOWNS))
    target.run(story.table.create(target.kind))
    folder.mkdir(parents=True, exist_ok=True)
    with closing(Oracle(target, story.table)) as oracle:
        for number, version in enumerate(story.versions):
            if found := _happens(story, version, target, oracle, folder):
                return [f"version {number}: {one}" for one in found]
    return []


def _happens(
    story: Story, version: Version, target: Target, oracle: Oracle, folder: Path
) -> list[str]:
    for statement, values in version.writes:
        oracle.refused(statement, values)  # what the server does not let happen does not
    if version.loses_state:
        shutil.rmtree(folder / "state", ignore_errors=True)
    file = folder / "people.csv"
    with file.open("w", newline="", encoding="utf-8") as text:
        csv.writer(text, lineterminator="\n").writerows([version.header, *version.rows])
    before, own = oracle.all_rows(), oracle.own_columns()
    expected = oracle.expect(version.header, version.rows, story.mode)
    options = {
        "source": str(file),
        "to": target.url,
        "table": "people",
        "mode": story.mode,
        "key": list(story.table.key),
        "delimiter": ",",
        "full": version.full,
        "max_rejects": "100%",
        "max_deletes": "100%",
        "allow_empty": True,
        **({"run_column": "_run"} if story.table.runs else {}),
        **({"on_delete": "mark:gone"} if story.table.marks else {}),
    }
    order = Order(options, folder, step=version.killed)
    report = run(order) if version.killed else None
    if report is None:
        if (_sorted(oracle.all_rows()), oracle.own_columns()) != (_sorted(before), own):
            return [f"a run killed at {version.killed} left a part of its work"]
        os.environ["XDG_STATE_HOME"] = str(folder / "state")
        report = _synced(options)
    if report["status"] == "failed":
        fails = expected.fails and "refer to" in report["message"]
        return [] if fails else [f"failed: {report['message']}"]
    return [
        *_compare(report, expected, before, oracle),
        *_compare_own(report, expected, own, oracle.own_columns()),
    ]


def _synced(options: dict[str, Any]) -> dict[str, Any]:
    others = {name: value for name, value in options.items() if name != "source"}
    try:
        return csvferry.sync(options["source"], **others).to_dict()
    except csvferry.CsvFerryError as error:
        return {"status": "failed", "message": str(error)}


def _compare(
    report: dict[str, Any], expected: Expected, before: list[Any], oracle: Oracle
) -> Iterator[str]:
    if report["status"] == "unchanged":
        if _sorted(oracle.all_rows()) != _sorted(before):
            yield "nothing was to be done, and the table is another"
        return
    if _sorted(oracle.all_rows()) != _sorted(expected.rows):
        yield f"rows {_sorted(oracle.all_rows())}, expected {_sorted(expected.rows)}"
    if report["rows"] != expected.counts:
        yield f"counts {report['rows']}, expected {expected.counts}"
    query = "SELECT line, code, message FROM csvferry_rejects WHERE run = ?"
    entries = oracle.run(query, (report["run"],))
    rejected = {line for line, code, _ in entries if not code.startswith("duplicate")}
    duplicate = {line: code for line, code, _ in entries if code.startswith("duplicate")}
    if rejected != expected.rejected:
        yield f"rejected {sorted(rejected)}, expected {sorted(expected.rejected)}"
    if duplicate != expected.duplicate:
        yield f"duplicates {duplicate}, expected {expected.duplicate}"
    for line, _, message in entries:
        if line in duplicate and named_winner(message) in {*rejected, *duplicate}:
            yield f"line {line} is told: {message}; that line is not in"


def _compare_own(
    report: dict[str, Any], expected: Expected, before: dict[Row, Own], after: dict[Row, Own]
) -> Iterator[str]:
    """The columns that csvferry fills: marks, and the run that last wrote the row."""
    if report["status"] == "unchanged":
        if after != before:
            yield "nothing was to be done, and marks or runs are others"
        return
    marked = {row for row, own in after.items() if own.marked}
    if marked != expected.marked:
        yield f"marked {_sorted([*marked])}, expected {_sorted([*expected.marked])}"
    for row, own in after.items():
        run = report["run"] if row in expected.written else before[row].run
        if own.run not in (run, NO_RUN):
            yield f"{row} has the run {own.run}, expected {run}"


def _sorted(rows: list[Any]) -> list[Any]:
    return sorted(rows, key=repr)
