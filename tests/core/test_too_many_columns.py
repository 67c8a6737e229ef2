"""A file of more columns than a table and its staging can have is refused by name."""

from pathlib import Path

import pytest

import csvferry
from targets import Target


def test_two_thousand_columns_are_refused_and_nothing_is_made(
    target: Target, tmp_path: Path
) -> None:
    file = tmp_path / "wide.csv"
    names = ["id", *(f"c{number}" for number in range(1, 2000))]
    file.write_text(",".join(names) + "\n" + ",".join("1" for _ in names) + "\n")
    with pytest.raises(csvferry.CsvFerryError, match="2000 columns"):
        csvferry.sync(str(file), to=target.url)
    assert "wide" not in target.tables()
