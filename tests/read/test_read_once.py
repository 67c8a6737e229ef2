"""A local file's digest is taken anew whenever somebody can have written to it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from csvferry.errors import SourceError
from csvferry.sources.source import LocalFile, find, identify_ahead

_LONG_AGO = (1_000_000_000, 1_000_000_000)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text("id,email\n1,a@example.com\n")
    return path


def _rewritten(path: Path) -> None:
    path.write_text("id,email\n1,b@example.com\n")


def _rewritten_with_its_time_put_back(path: Path) -> None:
    then = path.stat()
    _rewritten(path)
    os.utime(path, ns=(then.st_atime_ns, then.st_mtime_ns))


def _replaced_by_another_of_the_same_time(path: Path) -> None:
    other = path.with_suffix(".other")
    other.write_text("id,email\n1,b@example.com\n")
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    other.replace(path)


@pytest.mark.parametrize("old", [False, True], ids=["just written", "written long ago"])
@pytest.mark.parametrize(
    "change",
    [_rewritten, _rewritten_with_its_time_put_back, _replaced_by_another_of_the_same_time],
)
def test_a_file_that_changed_has_another_version(
    file: Path, change: Callable[[Path], None], old: bool
) -> None:
    if old:
        os.utime(file, _LONG_AGO)
    found = LocalFile(file)
    before = found.identify()
    change(file)
    assert found.identify().version != before.version


def test_a_file_that_is_as_it_was_is_read_once(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("csvferry.sources.source._COARSE", 0)
    found = LocalFile(file)
    before = found.identify()
    monkeypatch.setattr("csvferry.sources.source._digest", lambda *_: "read again")
    assert found.identify() == before


def test_a_file_that_could_not_be_read_is_tried_again(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.utime(file, _LONG_AGO)
    found = LocalFile(file)

    def broken(*_: object) -> str:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr("csvferry.sources.source._digest", broken)
        with pytest.raises(SourceError, match="Input/output error"):
            found.identify()
    assert found.identify() == LocalFile(file).identify()


def test_a_large_file_of_a_command_line_is_read_before_it_is_asked_for(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[object] = []
    monkeypatch.setattr("csvferry.sources.source._LARGE", file.stat().st_size)
    monkeypatch.setattr("csvferry.sources.source.identify_in_background", begun.append)
    small = file.with_name("small.csv")
    small.write_text("id\n1\n")
    words = ["--table", "people", str(small), "\0", "/dev/null", str(file.parent), str(file)]
    identify_ahead(words)
    assert find(str(file)) == begun  # the file that is being read, and no other was begun
    assert find(str(file))[0] is not begun[0]  # and once
    _rewritten(file)
    assert begun[0].identify() == LocalFile(file).identify()  # type: ignore[attr-defined]


def test_what_was_read_ahead_and_is_no_source_is_no_matter(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("csvferry.sources.source._LARGE", 0)
    other = file.with_name("other.csv")
    other.write_text("id,email\n1,c@example.com\n")
    identify_ahead([str(other), str(file)])
    (found,) = find(str(file))
    assert found.identify() == LocalFile(file).identify() != LocalFile(other).identify()
