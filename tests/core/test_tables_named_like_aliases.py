"""No name of a table or column clashes with a name in csvferry's own SQL."""

from pathlib import Path

import pytest

import csvferry
from targets import Target

NAMES = ["t", "s", "x", "line", "incoming"]


@pytest.mark.parametrize("name", NAMES)
def test_a_table_and_a_column_of_this_name_follow_the_file(
    target: Target, tmp_path: Path, name: str
) -> None:
    file = tmp_path / "file.csv"
    for rows in ("1,a,p\n2,b,q\n", "1,A,p\n3,c,q\n"):
        file.write_text(f"id,{name},other\n{rows}")
        done = csvferry.sync(
            str(file), to=target.url, table=name, key="id", unique="other", mode="mirror",
            max_deletes="100%",
        )  # fmt: skip
        assert done.status == "applied"
        assert not done.rows.rejected
    quote = '"' if target.kind == "sqlite" else "`"
    found = target.rows(f"SELECT * FROM {quote}{name}{quote} ORDER BY id")
    assert [tuple(map(str, row)) for row in found] == [("1", "A", "p"), ("3", "c", "q")]
