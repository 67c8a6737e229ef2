"""A large first load: rows of a plain file are sent from the file itself, and others as ever."""

import gzip
import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

import csvferry
from csvferry.config.feed import make_feed
from csvferry.databases.bulk_load import Lines
from csvferry.databases.mysql.bulk_load import MysqlLoader
from csvferry.errors import SourceChangedError
from csvferry.model.phases import Controls, Phase
from csvferry.model.report import Report
from csvferry.run.runner import Run, attempt
from csvferry.sources.source import find
from targets import Target

TABLE = (
    "CREATE TABLE people (id BIGINT PRIMARY KEY, note TEXT, seen DATE, yes TINYINT(1),"
    " kind ENUM('a','b c'), at DATETIME(3))"
)
NOTES = ["NULL", "null", "\\N", "a\\", "\\t", "it's", "'", "tab\there", "é 😀", "-", "0", " x "]
ROWS = [f"{n};{note};2026-01-02;1;b c;2026-01-02 03:04:05.5" for n, note in enumerate(NOTES * 30)]
HEAD = "id;note;seen;yes;kind;at"


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few rows are enough for several connections, and few bytes for a piece."""
    monkeypatch.setattr(import_module("csvferry.load.strategy"), "PARALLEL_ROWS", 1)
    monkeypatch.setattr(import_module("csvferry.load.file_ranges"), "_PIECE", 999)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Lines]:
    """What was sent by LOAD DATA without quotes: from the file itself."""
    found: list[Lines] = []
    load: Callable[..., object] = MysqlLoader.load_lines

    def noted(
        self: MysqlLoader, table: str, columns: object, lines: Lines, *fixed: object
    ) -> object:
        if not lines.quoted:
            found.append(lines)
        return load(self, table, columns, lines, *fixed)

    monkeypatch.setattr(MysqlLoader, "load_lines", noted)
    return found


def _synced(
    target: Target, file: Path, text: str, mode: str = "insert", strategy: str = "direct"
) -> list[tuple[object, ...]]:
    file.write_bytes(text.encode())
    report = csvferry.sync(str(file), escape="none", mode=mode, to=target.url)
    assert report.strategy == strategy
    return target.rows("SELECT * FROM people ORDER BY id")


@pytest.mark.parametrize("end", ["\n", ""])
def test_all_arrives_as_the_file_has_it(
    server_target: Target, tmp_path: Path, sent: list[Lines], end: str
) -> None:
    server_target.run(TABLE)
    rows = _synced(server_target, tmp_path / "people.csv", "\n".join([HEAD, *ROWS]) + end)
    assert [(row[0], row[1]) for row in rows] == list(enumerate(NOTES * 30))
    assert {str(row[2:]) for row in rows} == {str(rows[0][2:])}
    assert len(sent) >= 4  # several pieces over each connection
    assert sorted(lines.end for lines in sent)[:-1] == sorted(lines.start for lines in sent)[1:]


@pytest.mark.parametrize(
    "row",
    [
        "1000;;2026-01-02;1;a;2026-01-02 03:04:05",  # NULL
        "+1000;x;2026-01-02;1;a;2026-01-02 03:04:05",
        "1000;x;2026-01-02 00:00:00;1;a;2026-01-02 03:04:05",
        "1000;x;2026-01-02;true;a;2026-01-02 03:04:05",
        "1000;x;2026-01-02;1;a;2026-01-02T03:04:05",
        '1000;"x";2026-01-02;1;a;2026-01-02 03:04:05',
        "999999999999999999999;x;2026-01-02;1;a;2026-01-02 03:04:05",  # rejected
        "1;another;2026-01-02;1;a;2026-01-02 03:04:05",  # a duplicate
    ],
)
def test_one_row_that_is_otherwise_and_none_is_sent_so(
    server_target: Target, tmp_path: Path, sent: list[Lines], row: str
) -> None:
    server_target.run(TABLE)
    rows = _synced(server_target, tmp_path / "people.csv", "\n".join([HEAD, *ROWS, row, ""]))
    assert [(row[0], row[1]) for row in rows[: len(ROWS)]] == list(enumerate(NOTES * 30))
    assert sent == []


@pytest.mark.parametrize("odd", [None, 0, 1, 99, 100, 299])
def test_rows_are_judged_as_they_are_read_until_one_is_otherwise(
    server_target: Target,
    tmp_path: Path,
    sent: list[Lines],
    monkeypatch: pytest.MonkeyPatch,
    odd: int | None,
) -> None:
    parts = import_module("csvferry.ingest.parquet_parts")
    monkeypatch.setattr(parts, "_SLICE", 0)  # so that the first rows are looked at by themselves
    monkeypatch.setattr(parts, "_FIRST", 100)
    server_target.run("CREATE TABLE people (id INT PRIMARY KEY, note VARCHAR(9), seen DATE)")
    notes = ["" if n == odd else f"é{n}" for n in range(300)]
    lines = [f"{n},{note},2026-01-02" for n, note in enumerate(notes)]
    file = tmp_path / "people.csv"
    for change, strategy in (("", "direct"), ("+", "delta")):  # the second by what was kept
        lines[7] = f"7,é{change},2026-01-02"
        text = "\n".join(["id,note,seen", *lines, ""])
        found = _synced(server_target, file, text, "upsert", strategy)
        assert [row[1] for row in found] == [
            f"é{change}" if n == 7 else note or None for n, note in enumerate(notes)
        ]
        assert bool(sent) == (odd is None)


def test_lines_that_end_with_cr_lf_are_not_sent_so(
    server_target: Target, tmp_path: Path, sent: list[Lines]
) -> None:
    server_target.run(TABLE)
    rows = _synced(server_target, tmp_path / "people.csv", "\r\n".join([HEAD, *ROWS, ""]))
    assert len(rows) == len(ROWS)
    assert sent == []


def test_bytes_are_not_sent_so(server_target: Target, tmp_path: Path, sent: list[Lines]) -> None:
    server_target.run("CREATE TABLE people (id INT PRIMARY KEY, raw BLOB)")
    rows = _synced(server_target, tmp_path / "people.csv", "id,raw\n1,é\n2,x\n")
    assert rows == [(1, "é".encode()), (2, b"x")]
    assert sent == []


def _changed(
    target: Target,
    file: Path,
    change: Callable[[], object],
    packed: Callable[[bytes], bytes] = bytes,
    when: Phase = Phase.LOADING,
) -> tuple[Report, object]:
    """A run in which the file is changed, if not said otherwise when the first bytes went out."""
    target.run(TABLE)
    file.write_bytes(packed("\n".join([HEAD, *ROWS, ""]).encode()))

    def watch(step: Phase) -> None:
        if step is when:
            change()

    (source,) = find(str(file))
    feed = make_feed(source=str(file), to=target.url, table="people", escape="none")
    found = attempt(Run(feed, source, controls=Controls(fault=watch)))
    assert not [table for table in target.tables() if table.startswith("csvferry_stage_")]
    return found


def test_a_file_whose_values_change_while_they_are_sent_ends_the_run(
    server_target: Target, tmp_path: Path, sent: list[Lines]
) -> None:
    file = tmp_path / "people.csv"

    def write_over() -> None:
        with file.open("r+b") as opened:
            opened.seek(-5, os.SEEK_END)
            opened.write(b"59")

    report, error = _changed(server_target, file, write_over)
    assert sent
    assert isinstance(error, SourceChangedError)
    assert report.status == "failed"
    assert server_target.rows("SELECT COUNT(*) FROM people") == [(0,)]


def test_a_file_that_was_written_anew_while_it_was_sent_is_read_again(
    server_target: Target, tmp_path: Path, sent: list[Lines]
) -> None:
    file = tmp_path / "people.csv"
    anew = "\n".join([HEAD, *ROWS[:100], ""])
    report, error = _changed(server_target, file, lambda: sent[2:] or file.write_text(anew))
    assert error is None
    assert report.status == "applied"
    assert server_target.rows("SELECT COUNT(*) FROM people") == [(100,)]


def test_of_a_packed_file_that_changes_meanwhile_what_was_read_counts(
    server_target: Target, tmp_path: Path, sent: list[Lines]
) -> None:
    file = tmp_path / "people.csv.gz"
    report, error = _changed(server_target, file, lambda: file.write_bytes(b""), gzip.compress)
    assert sent
    assert error is None
    assert report.strategy == "direct"
    assert server_target.rows("SELECT COUNT(*) FROM people") == [(len(ROWS),)]


@pytest.mark.parametrize(
    ("change", "status"), [(lambda file: os.truncate(file, 0), "guarded"), (Path.unlink, "failed")]
)
def test_a_file_that_is_gone_when_it_is_to_be_sent_ends_the_run(
    server_target: Target, tmp_path: Path, change: Callable[[Path], object], status: str
) -> None:
    file = tmp_path / "people.csv"

    def once() -> None:
        if file.exists():
            change(file)

    report, error = _changed(server_target, file, once, when=Phase.VALIDATED)
    assert error
    assert report.status == status
    assert server_target.rows("SELECT COUNT(*) FROM people") == [(0,)]
