"""A large file's blocks are told apart by another process."""

import gzip
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import csvferry
from csvferry.snapshot.chunks import worker as beside
from csvferry.snapshot.chunks.chunker import UncutError
from csvferry.snapshot.chunks.worker import Asked, started_early, telling

SEAL = "0123456789abcdef"
BROKEN_OFF = """
import os, sys
sys.stdout.buffer.write((2).to_bytes(8, "little") + (4).to_bytes(8, "little"))
sys.stdout.flush()
os.kill(os.getpid(), 9)
"""


Started = list["subprocess.Popen[bytes]"]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[Started]:
    """The processes that are started; every file counts as large. In the end none is left."""
    monkeypatch.setattr(beside, "LEAST", 0)
    seen: Started = []
    begin = subprocess.Popen

    def noted(command: tuple[str, ...], **options: int) -> "subprocess.Popen[bytes]":
        seen.append(begin(command, **options))
        return seen[-1]

    monkeypatch.setattr(subprocess, "Popen", noted)
    yield seen
    assert all(process.poll() is not None for process in seen)


def _asked(folder: Path, text: bytes) -> Asked:
    file = folder / "people.csv"
    file.write_bytes(text)
    return Asked(file, 3, 2500, 4_000_000, b"7,", b'"', SEAL)


def _told(asked: Asked) -> list[tuple[list[int], list[bytes]]]:
    with telling(asked) as pieces:
        return [(ends, digests) for ends, digests in pieces if ends]


def test_another_process_tells_the_same_blocks(
    tmp_path: Path, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = _asked(tmp_path, b"id\n" + b"".join(b'%d,"a%d"\n' % (n, n) for n in range(300_000)))
    other = _told(asked)
    assert len(started) == 1
    monkeypatch.setattr(beside, "LEAST", 1 << 40)
    assert other == _told(asked)
    assert len(started) == 1
    assert len(other) > 1


def test_no_secret_is_on_its_command_line(tmp_path: Path, started: Started) -> None:
    asked = _asked(tmp_path, b"id\n" + b"1,a\n" * 5000)
    _told(asked)
    words = " ".join(started[0].args)
    assert SEAL not in words
    assert SEAL.encode().hex() not in words
    assert asked.pattern.hex() not in words


@pytest.mark.usefixtures("started")
def test_a_text_that_can_not_be_cut_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(UncutError):
        _told(_asked(tmp_path, b"id\n" + b"x" * 50_000_000))


@pytest.mark.usefixtures("started")
@pytest.mark.parametrize("program", ["1/0", BROKEN_OFF])
def test_a_process_that_fails_is_no_answer(
    tmp_path: Path, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "_COMMAND", (sys.executable, "-c", program))
    with pytest.raises(UncutError):
        _told(_asked(tmp_path, b"id\n" + b"1,a\n" * 5000))


def test_it_ends_with_whom_it_works_for(
    tmp_path: Path, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = "import signal; signal.pause()"
    monkeypatch.setattr(beside, "_COMMAND", (sys.executable, "-c", endless))
    with pytest.raises(KeyboardInterrupt), telling(_asked(tmp_path, b"id\n1,a\n")):
        raise KeyboardInterrupt
    assert [process.returncode for process in started] == [-signal.SIGKILL]


@pytest.mark.parametrize("command", [None, ("false",), ("/no/such",), ("",)])
def test_the_table_follows_the_file(
    tmp_path: Path,
    started: Started,
    command: tuple[str, ...] | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if command:
        monkeypatch.setattr(beside, "_COMMAND", command)
    file, rows = tmp_path / "people.csv", [f"{n},{n}@example.com\n" for n in range(-5_000, 5_000)]

    def sync() -> csvferry.Report:
        file.write_text("".join(["id,email\n", *rows]))
        to, state = f"sqlite:///{tmp_path}/people.db", str(tmp_path / "state")
        return csvferry.sync(str(file), to=to, mode="mirror", state=state)

    sync()
    rows[2_000:2_001], rows[7_000] = [], "7000000,b@example.com\n"
    report = sync()
    assert len(started) == (0 if command in (("/no/such",), ("",)) else 1)
    assert (report.strategy, report.rows.inserted, report.rows.deleted) == ("delta", 1, 2)
    with sqlite3.connect(tmp_path / "people.db") as database:
        found = database.execute("SELECT id || ',' || email || char(10) FROM people ORDER BY id")
        assert [row for (row,) in found] == sorted(rows, key=lambda row: int(row.split(",")[0]))


@pytest.mark.parametrize(("mark", "begun"), [("", 1), ("\ufeff", 2)])
def test_chunks_are_told_apart_before_the_file_was_looked_at_where_it_begins_as_before(
    tmp_path: Path, started: Started, mark: str, begun: int
) -> None:
    file, rows = tmp_path / "people.csv", [f"{n},{n}@example.com\n" for n in range(10_000)]

    def sync(mark: str) -> csvferry.Report:
        file.write_text("".join([f"{mark}id,email\n", *rows]))
        to, state = f"sqlite:///{tmp_path}/people.db", str(tmp_path / "state")
        return csvferry.sync(str(file), to=to, mode="mirror", state=state)

    sync("")
    rows[7_000] = "7000,b@example.com\n"
    report = sync(mark)
    assert (report.strategy, report.rows.updated, report.rows.unchanged) == ("delta", 1, 9_999)
    assert len(started) == begun


def test_of_a_packed_file_chunks_are_told_apart_once_it_is_unpacked(
    tmp_path: Path, started: Started
) -> None:
    file = tmp_path / "people.csv.gz"
    for word in "ab":
        rows = [f"{n},{word if n == 7 else n}@example.com\n" for n in range(10_000)]
        file.write_bytes(gzip.compress("".join(["id,email\n", *rows]).encode()))
        to, state = f"sqlite:///{tmp_path}/people.db", str(tmp_path / "state")
        report = csvferry.sync(str(file), to=to, mode="mirror", state=state)
    assert (report.strategy, report.rows.updated) == ("delta", 1)
    assert len(started) == 1


def test_what_was_begun_early_and_is_not_asked_for_is_given_up(
    tmp_path: Path, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = "import signal; signal.pause()"
    monkeypatch.setattr(beside, "_COMMAND", (sys.executable, "-c", endless))
    with started_early(_asked(tmp_path, b"id\n1,a\n")):
        assert [process.poll() for process in started] == [None]
    assert [process.returncode for process in started] == [-signal.SIGKILL]
