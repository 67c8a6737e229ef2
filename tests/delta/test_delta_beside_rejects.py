"""A large version with a rejected row, then the next: no row but its own is taken for lost.

What is remembered of a version lies in two files, row by row; rows of several threads have to come
into both in one order, though some of them were not applied. No server has a part in it.
"""

import sqlite3
from pathlib import Path

import pytest

import csvferry
from csvferry.snapshot.row_hashes import Fingerprints

ROWS = 400_000  # DuckDB's threads take 122,880 at a time
KEYS = {"a number": ("INTEGER", ""), "a text": ("VARCHAR(20)", "k")}


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("more", [0, 6], ids=["few columns", "many columns"])
@pytest.mark.parametrize("quote", ["", '"'], ids=["plain", "quoted"])
def test_a_row_that_was_rejected_moves_no_other(
    tmp_path: Path, key: str, more: int, quote: str
) -> None:
    file, database = tmp_path / "people.csv", tmp_path / "people.db"
    kind, sign = KEYS[key]
    others = [f"c{n}" for n in range(more)]
    with sqlite3.connect(database) as made:
        columns = "".join(f", {name} VARCHAR(5)" for name in others)
        made.execute(f"CREATE TABLE people (id {kind} PRIMARY KEY, seen DATE{columns})")
    after = "".join(f",{name}" for name in others)
    rows = [f"{sign}{n},{quote}2026-01-02{quote}{after}\n" for n in range(ROWS)]
    rows[10] = f"{sign}10,no date{after}\n"  # rejected
    rows[20] = rows[21]  # a duplicate
    for version in range(2):
        gone = {n for n in range(100, ROWS, 10_000) if n // 10_000 % 2 == version}
        file.write_text(
            "".join([f"id,seen{after}\n", *(row for n, row in enumerate(rows) if n not in gone)])
        )
        csvferry.sync(str(file), mode="mirror", to=f"sqlite:///{database}")
        with sqlite3.connect(database) as found:
            keys = {str(key) for (key,) in found.execute("SELECT id FROM people")}
        assert keys == {f"{sign}{n}" for n in range(ROWS) if n not in gone | {10, 20}}


@pytest.mark.parametrize("count", [300, 3], ids=["many are gone", "few are gone"])
def test_keys_that_stand_at_other_rows_places_are_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    file, url = tmp_path / "people.csv", f"sqlite:///{tmp_path / 'people.db'}"
    rows = [f"{n},{'x' * 40}\n" for n in range(30_000)]
    copy = Fingerprints._copy

    def reversed_keys(self: Fingerprints, select: str, path: Path, options: str) -> None:
        order = " ORDER BY q BETWEEN 10000 AND 15000, q" if "-keys" in path.name else ""
        copy(self, select + order, path, options)

    file.write_text("".join(["id,note\n", *rows]))
    with monkeypatch.context() as patched:
        patched.setattr(Fingerprints, "_copy", reversed_keys)
        csvferry.sync(str(file), mode="mirror", to=url)
    del rows[5 :: len(rows) // count]
    file.write_text("".join(["id,note\n", *rows]))
    report = csvferry.sync(str(file), mode="mirror", to=url)
    assert (report.strategy, report.rows.deleted) == ("staged", 30_000 - len(rows))
    with sqlite3.connect(tmp_path / "people.db") as found:
        keys = [key for (key,) in found.execute("SELECT id FROM people ORDER BY id")]
    assert keys == [int(row.partition(",")[0]) for row in rows]
