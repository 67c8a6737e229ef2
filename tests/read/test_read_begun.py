"""The file that a call names is being read while the libraries load; the run takes that reading."""

import os
from hashlib import sha256
from pathlib import Path

import pytest

from csvferry.errors import SourceError
from csvferry.sources.source import LocalFile, begin, find

_LONG_AGO = (1_000_000_000, 1_000_000_000)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text("id,email\n1,a@example.com\n")
    os.utime(path, _LONG_AGO)
    return path


def _version(path: Path) -> str:
    return f"sha256:{sha256(path.read_bytes()).hexdigest()}"


@pytest.mark.parametrize("at", [0, 2], ids=["first", "behind an option"])
def test_the_file_among_the_words_of_a_call_is_the_one_that_the_run_finds(
    file: Path, at: int
) -> None:
    words = ["--to", "sqlite:///x.db"]
    begin([*words[:at], str(file), *words[at:]])
    (found,) = find(str(file))
    assert found.identify().version == _version(file)
    (another,) = find(str(file))
    assert another is not found, "a reading is taken once"


def test_a_file_that_changed_since_it_was_begun_has_its_new_version(file: Path) -> None:
    begin([str(file)])
    file.write_text("id,email\n1,b@example.com\n")
    (found,) = find(str(file))
    assert found.identify().version == _version(file)


def test_a_file_that_is_gone_since_it_was_begun_is_missed(file: Path) -> None:
    begin([str(file)])
    file.unlink()
    (found,) = find(str(file))
    with pytest.raises(SourceError, match="No such file"):
        found.identify()


def test_words_that_name_no_file_begin_nothing(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[LocalFile] = []
    monkeypatch.setattr("csvferry.sources.source.identify_beside", begun.append)
    folder, pipe = tmp_path / "folder.csv", tmp_path / "pipe.csv"
    folder.mkdir()
    os.mkfifo(pipe)
    none = [str(folder), str(pipe), str(tmp_path / "missing.csv"), "s3://bucket/a.csv", "-", ""]
    begin(none)
    assert begun == []
    begin([*none, str(file)])
    assert begun == [LocalFile(file)]
