"""What the Python functions raise leads to no value of a row: not by cause, nor by frames."""

import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

import csvferry
from csvferry.cli.app import app
from csvferry.errors import InternalError
from csvferry.ingest import parser
from targets import Target

SECRET = "Zaphod4711"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error:
        yield error
        yield from _chain(error.__cause__)
        error = error.__context__


def _reached(error: BaseException) -> Iterator[str]:
    """All that a handler of the error can print: words, arguments, the locals of its frames."""
    for one in _chain(error):
        yield from (repr(one), str(one), repr(one.args), repr(vars(one)))
        for frame, _ in traceback.walk_tb(one.__traceback__):
            if "/csvferry/" in frame.f_code.co_filename:
                yield repr(frame.f_locals)


def _raised(call: Any, *words: object, **options: Any) -> BaseException:
    with pytest.raises(csvferry.CsvFerryError) as caught:
        call(*words, **options)
    return caught.value


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(f"id,name\n1,{SECRET}\n2,{SECRET}\n")
    return path


def test_an_error_of_the_server(file: Path, target: Target) -> None:
    """A trigger refuses every row, by words that hold its value."""
    target.run("CREATE TABLE people (id BIGINT PRIMARY KEY, name VARCHAR(40))")
    target.run(
        "CREATE TRIGGER no BEFORE INSERT ON people FOR EACH ROW BEGIN"
        " SELECT RAISE(ABORT, 'no Zaphod4711'); END"
        if target.kind == "sqlite"
        else "CREATE TRIGGER no BEFORE INSERT ON people FOR EACH ROW"
        " SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no Zaphod4711'"
    )
    error = _raised(csvferry.sync, file, to=target.url)
    assert [words for words in _reached(error) if SECRET in words] == []


def test_an_option_that_is_none(file: Path) -> None:
    error = _raised(csvferry.plan, file, mode=SECRET, to=f"mysql://root:{SECRET}@127.0.0.1:1/x")
    assert error.__context__ is None
    assert SECRET not in str(error)


def test_a_fault_that_nobody_foresaw(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        value = SECRET
        raise duckdb.ConversionException(f"Could not convert string '{value}' to INT32")

    monkeypatch.setattr(parser, "_read_all", broken)
    error = _raised(csvferry.check, file)
    assert isinstance(error, InternalError)
    assert "ConversionException at " in str(error)
    assert [words for words in _reached(error) if SECRET in words] == []


def test_each_file_of_several(file: Path, target: Target) -> None:
    (file.parent / "towns.csv").write_text(f"id,name\n1,{SECRET}\n1,x,{SECRET}\n")
    with pytest.raises(csvferry.CsvFerryError) as caught:
        list(csvferry.sync_all(f"{file.parent}/*.csv", to=target.url, max_rejects="0"))
    assert [words for words in _reached(caught.value) if SECRET in words] == []


def test_the_command_line_says_a_fault_in_one_line(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError(f"invalid literal for int() with base 10: '{SECRET}'")

    monkeypatch.setattr(parser, "_read_all", broken)
    done = CliRunner().invoke(app, ["check", str(file)])
    assert done.exit_code == 1
    assert done.output.startswith("csvferry: a fault of csvferry: ValueError at ")
    assert SECRET not in done.output
    assert "Traceback" not in done.output
