"""The Python functions take the command line's options and give its report."""

from pathlib import Path
from typing import Any

import pytest

import csvferry


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the functions are called, and the file that they are given."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "people.csv").write_text("id,name\n1,a\n2,b\n")
    return tmp_path


def test_a_run_reports_what_the_json_does(folder: Path) -> None:
    report = csvferry.sync(folder / "people.csv", table="people", key=["id"], mode="upsert")
    assert (report.status, report.strategy, report.rows.inserted) == ("applied", "direct", 2)
    assert report.to_dict()["target"] == {"table": "people", "dialect": "sqlite"}


@pytest.mark.parametrize(
    "options",
    [
        {"null": "\\N"},
        {"null": ["\\N", ""]},
        {"type": {"name": "VARCHAR(9)"}},
        {"type": ["name=VARCHAR(9)", "id=INT"]},
        {"types": "name=VARCHAR(9)"},
        {"no_header": False, "key": "id", "unique": "id,name", "max_rejects": 0},
        {"table": None, "key": None, "unique": None, "mode": None, "to": None, "null": None},
    ],
)
@pytest.mark.usefixtures("folder")
def test_options_have_the_command_lines_names(options: dict[str, Any]) -> None:
    assert csvferry.sync("people.csv", **options).status == "applied"


@pytest.mark.parametrize(
    "options", [{"mode": "replace"}, {"nonsense": 1}, {"type": "name"}, {"to": "oracle://db"}]
)
@pytest.mark.usefixtures("folder")
def test_words_that_are_off_raise_an_error_of_csvferry(options: dict[str, Any]) -> None:
    with pytest.raises(csvferry.CsvFerryError):
        csvferry.sync("people.csv", **options)
