"""Several files that are one snapshot: one run, one version, rejects with their file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from csvferry.commands.reports import reports
from csvferry.config.feed import make_feed
from csvferry.errors import FileError, GuardError, UsageError
from csvferry.load.context import Run
from csvferry.model.phases import ProgressListener
from csvferry.model.report import Report
from csvferry.run.runner import attempt
from csvferry.sources.file_set import find_runs
from targets import Target


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """As Spark writes it, with a header in each part."""
    place = tmp_path / "people.csv"
    place.mkdir()
    (place / "part-0.csv").write_text("id,name\n1,a\n2,b\n")
    (place / "part-1.csv").write_text('id,name\n3,"c\nd"\n4,toolong\n5,e')
    (place / "part-2.csv").write_text("id,name\n2,bb\n")
    (place / "part-3.csv").write_text("")
    for name in ("_SUCCESS", ".part-0.csv.crc", "._part-0.csv", ".hidden.csv"):
        (place / name).write_text("7,x\n")
    return place


def _sync(folder: Path, target: Target, **options: Any) -> tuple[Report, Exception | None]:
    given = {"table": "people", "mode": "mirror", "max_rejects": "50%", **options}
    feed = make_feed(source=f"{folder}/", to=target.url, state=f"{folder.parent}/state", **given)
    (found,) = find_runs(feed)
    return attempt(Run(feed, found))


def _rows(target: Target) -> list[tuple[Any, ...]]:
    return target.rows("SELECT id, name FROM people ORDER BY 1")


@pytest.fixture
def people(target: Target) -> Target:
    target.run(
        "CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(4))",
        "INSERT INTO people VALUES (1, 'old'), (4, 'keep')",
    )
    return target


def test_a_folder_is_one_snapshot_in_mirror(folder: Path, people: Target) -> None:
    report, error = _sync(folder, people)
    assert error is None
    assert (report.rows.read, report.rows.inserted, report.rows.updated) == (6, 3, 1)
    assert (report.rows.duplicate, report.rows.rejected, report.rows.deleted) == (1, 1, 0)
    assert report.message == (
        "part-1.csv: the last line has no line end: the file may have been cut off there"
    )
    assert _rows(people) == [(1, "a"), (2, "bb"), (3, "c\nd"), (4, "keep"), (5, "e")]
    told = people.rows("SELECT message FROM csvferry_rejects ORDER BY line")
    assert [message for (message,) in told] == [
        "part-0.csv, line 3: the key is that of line 2 of part-2.csv, which won",
        "part-1.csv, line 3: longer than 4 characters",
    ]


def _verified(folder: Path, target: Target, kind: str = "verify") -> list[Report]:
    """Of a feed that says neither mode nor snapshot."""
    feed = make_feed(source=f"{folder}/", to=target.url, table="people")
    return [report for report, _ in reports(kind, feed, _unheard)]


@contextmanager
def _unheard(_: str) -> Iterator[ProgressListener]:
    yield lambda *_: None


def test_a_folder_is_verified_as_it_was_synced(folder: Path, people: Target) -> None:
    (folder / "part-1.csv").unlink()
    _sync(folder, people, max_deletes="100%")
    (report,) = _verified(folder, people)
    assert (report.status, report.mode, report.rows.read) == ("unchanged", "mirror", 3)
    people.run("INSERT INTO people VALUES (9, 'more')", "DELETE FROM people WHERE id = 1")
    (report,) = _verified(folder, people)
    assert (report.status, report.rows.inserted, report.rows.deleted) == ("failed", 1, 1)


def test_a_folder_whose_files_were_synced_one_by_one_is_verified_so(
    folder: Path, people: Target
) -> None:
    feed = make_feed(source=f"{folder}/", to=people.url, table="people", mode="upsert")
    assert len([report for report, _ in reports("sync", feed, _unheard)]) == 4
    assert len(_verified(folder, people)) == 4


def test_the_same_files_again_are_the_same_version(folder: Path, people: Target) -> None:
    _sync(folder, people)
    report, error = _sync(folder, people)
    assert (error, report.status) == (None, "unchanged")


def test_a_file_that_is_gone_is_a_change_under_the_guards(folder: Path, people: Target) -> None:
    _sync(folder, people)
    (folder / "part-1.csv").unlink()
    report, error = _sync(folder, people)
    assert (report.status, type(error)) == ("guarded", GuardError)
    assert len(_rows(people)) == 5
    report, error = _sync(folder, people, max_deletes="60%")
    assert (report.status, report.rows.deleted) == ("applied", 3)
    assert _rows(people) == [(1, "a"), (2, "bb")]


def test_the_header_may_stand_in_the_first_file_alone(folder: Path, people: Target) -> None:
    (folder / "part-1.csv").write_text("7,g\r\n8,h")
    (folder / "part-2.csv").write_text("9,i\n")
    report, error = _sync(folder, people, mode="insert", snapshot=True)
    assert (error, report.rows.inserted, report.rows.unchanged) == (None, 4, 1)


def test_files_without_a_header_are_a_snapshot_too(tmp_path: Path, people: Target) -> None:
    folder = tmp_path / "dump"
    folder.mkdir()
    for number in (1, 2):
        (folder / f"people{number}.txt").write_text(f"1{number}\tx\n1{number}0\ty\n")
    (folder / "people.sql").write_text("CREATE TABLE people (id INT)")
    report, error = _sync(folder, people, snapshot=True, mode="insert", header=False)
    assert (error, report.rows.inserted) == (None, 4)


@pytest.mark.parametrize(
    ("second", "told"),
    [("id,nom\n9,i\n", "another header"), ("9,i\n", "does not begin with the header")],
)
def test_files_that_do_not_agree_are_refused(
    second: str, told: str, folder: Path, people: Target
) -> None:
    (folder / "part-2.csv").write_text(second)
    report, error = _sync(folder, people)
    assert isinstance(error, FileError)
    assert told in (report.message or "")
    assert "part-2.csv" in (report.message or "") or "part-1.csv" in (report.message or "")
    assert _rows(people) == [(1, "old"), (4, "keep")]


def test_files_of_several_tables_are_a_snapshot_each(folder: Path, target: Target) -> None:
    feed = make_feed(source=f"{folder}/", to=target.url, mode="mirror")
    assert len(find_runs(feed)) == 4


def test_a_snapshot_of_a_glob_needs_a_name(folder: Path, target: Target) -> None:
    feed = make_feed(source=f"{folder}/*.csv", to=target.url, snapshot=True)
    with pytest.raises(UsageError, match="--table"):
        find_runs(feed)


def test_a_snapshot_of_one_file_takes_its_stem(folder: Path, target: Target) -> None:
    feed = make_feed(source=f"{folder}/part-0.csv", to=target.url, snapshot=True)
    (found,) = find_runs(feed)
    assert Run(feed, found).table == "part-0"


def test_a_snapshot_takes_its_folders_name(folder: Path, target: Target) -> None:
    feed = make_feed(source=f"{folder}/", to=target.url, snapshot=True)
    (found,) = find_runs(feed)
    assert Run(feed, found).table == "people"
