"""The ledger's format has a number; one that is newer than this csvferry is not written to."""

from pathlib import Path

import pytest

import csvferry
from csvferry.ledger.entries import CURRENT
from targets import Target


def test_a_newer_format_is_refused(target: Target, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("id\n1\n")
    csvferry.sync(str(file), to=target.url)
    target.run(f"INSERT INTO csvferry_schema VALUES ({CURRENT + 1})")
    file.write_text("id\n1\n2\n")
    with pytest.raises(csvferry.CsvFerryError, match="update csvferry"):
        csvferry.sync(str(file), to=target.url)
    assert target.rows("SELECT id FROM people") == [(1,)]
