"""Quotes that only all records of a file explain are not explained by those that changed."""

from pathlib import Path

import pytest

import csvferry
from csvferry.errors import DoubtfulDialectError

FILLING = "".join(f"{n}\tx{n}\n" for n in range(1000, 3000))


def test_a_new_row_in_quotes_is_in_doubt_where_others_hold_bare_ones(tmp_path: Path) -> None:
    file, target = tmp_path / "people.tsv", f"sqlite:///{tmp_path}/people.db"

    def sync(rows: str) -> csvferry.Report:
        file.write_text(f"id\tname\n{rows}")
        return csvferry.sync(file, to=target, mode="mirror", state=str(tmp_path / "state"))

    bare = f'1\t6" pipe\n{FILLING}'
    sync(bare)
    with pytest.raises(DoubtfulDialectError, match="line 2003: the quotes there may be text"):
        sync(f'{bare}3000\t"word"\n')
    report = sync(f"{bare}3000\tword\n")
    assert (report.strategy, report.rows.inserted) == ("delta", 1)
