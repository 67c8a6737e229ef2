"""A version of which most is new: the table follows it, and the version after it is known again."""

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import csvferry
from csvferry.config.read_options import CsvReadOptions
from csvferry.ingest.parser import read_all, surveyed
from csvferry.scratch.relations import HASHED, INCOMING, keep
from csvferry.scratch.workspace import open_workspace
from csvferry.snapshot.chunks import unmatched_chunks
from csvferry.snapshot.chunks.chunk_file import Extract
from csvferry.sources.content import OnDisk

COLUMNS = "id,a,b,c,d,e,f,g"  # more than six: rows lie in slices
KEYS: dict[str, Callable[[int], str]] = {"a number": str, "a text": lambda n: f"k{n:06}"}


def _row(key: str, word: str) -> str:
    return f'{key},{word},"two\nlines",{word},d,,f,{"x" * 40}\n'


# With 90,000 rows it is seen from the beginning that most is new, with few from the whole.
@pytest.mark.parametrize(("key", "count"), [("a number", 90_000), ("a text", 3_000)])
def test_a_version_of_which_most_is_new(tmp_path: Path, key: str, count: int) -> None:
    file, database = tmp_path / "people.csv", tmp_path / "people.db"
    keys = [KEYS[key](n) for n in range(count)]
    first = count * 9 // 10

    def sync(rows: list[str], **options: str) -> csvferry.Report:
        file.write_text("".join([f"{COLUMNS}\n", *rows]))
        to, state = f"sqlite:///{database}", str(tmp_path / "state")
        return csvferry.sync(str(file), to=to, key=["id"], mode="mirror", state=state, **options)

    sync([_row(k, "one") for k in keys])
    later = [_row(k, "two" if n < first else "one") for n, k in enumerate(keys)]
    later[5] = later[5].replace(",d,", ",d,more,")  # rejected: too many columns
    report = sync(later)
    told = (report.strategy, report.rows.updated, report.rows.rejected, report.rows.deleted)
    assert told == ("delta", first - 1, 1, 0)

    later[5] = _row(keys[5], "three")
    later[7:9] = []
    report = sync(later)
    told = (report.strategy, report.rows.updated, report.rows.deleted, report.rows.unchanged)
    assert told == ("delta", 1, 2, count - 3)
    with sqlite3.connect(database) as found:
        texts = found.execute("SELECT id, a FROM people ORDER BY id").fetchall()
    assert [(str(k), a) for k, a in texts] == [
        (row.split(",")[0], row.split(",")[1]) for row in later
    ]


@pytest.mark.parametrize(("share", "parsed"), [(0.9, False), (0.1, True)])
def test_nothing_is_parsed_in_parts_while_most_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: float, parsed: bool
) -> None:
    file, keys, read = tmp_path / "people.csv", [str(n) for n in range(30_000)], []
    monkeypatch.setattr(unmatched_chunks, "_FIRST", 400_000)
    monkeypatch.setattr(unmatched_chunks, "_LARGE", 0)
    plain = Extract.read_into
    monkeypatch.setattr(
        Extract, "read_into", lambda self, *how: read.append(self) or plain(self, *how)
    )

    def sync(word: str) -> csvferry.Report:
        rows = [_row(k, word if n < share * len(keys) else "one") for n, k in enumerate(keys)]
        file.write_text("".join([f"{COLUMNS}\n", *rows]))
        to, state = f"sqlite:///{tmp_path}/people.db", str(tmp_path / "state")
        return csvferry.sync(str(file), to=to, key=["id"], mode="upsert", state=state)

    sync("one")
    report = sync("two")
    assert (report.strategy, report.rows.updated) == ("delta", share * len(keys))
    assert bool(read) is parsed


def test_what_is_kept_of_the_rows_of_slices_lies_beside_them(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("".join([f"{COLUMNS}\n", *(_row(str(n), f"w{n}") for n in range(9))]))
    with open_workspace(100_000_000) as workspace:
        con = workspace.con
        workspace.permit(file=file, folder=None)
        with surveyed(con, OnDisk(file), CsvReadOptions(), workspace.folder) as survey:
            assert read_all(replace(survey, kept=("upper(c1) AS loud",))).hashed
        kept = con.execute(f"SELECT * FROM {HASHED} ORDER BY line").fetchall()
        assert kept == [(n + 2, f"W{n}") for n in range(9)]
        described = con.execute(f"SELECT * FROM {INCOMING}").description
        assert [name for name, *_ in described or ()] == ["line", *(f"c{n}" for n in range(8))]


@pytest.mark.parametrize(("width", "copied"), [(None, False), (1.0, True), (1e9, False)])
def test_rows_that_weigh_little_are_copied(
    tmp_path: Path, width: float | None, copied: bool
) -> None:
    with open_workspace(100_000_000) as workspace:
        con = workspace.con
        con.execute(
            f"CREATE TABLE {INCOMING} AS SELECT 5 - i AS line, 'x' AS c0 FROM range(5) r(i)"
        )
        con.execute("CREATE VIEW incoming_slices AS SELECT 1")
        keep(con, "kept", f"SELECT * FROM {INCOMING} WHERE line > 2", width)
        con.execute(f"UPDATE {INCOMING} SET c0 = 'y'")
        assert set(con.execute("SELECT line, c0 FROM kept").fetchall()) == {
            (line, "x" if copied else "y") for line in (3, 4, 5)
        }
        if copied:
            assert con.execute("SELECT line FROM kept").fetchall() == [(3,), (4,), (5,)]
