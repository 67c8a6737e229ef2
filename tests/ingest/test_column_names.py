"""Names that no table can have are refused alike everywhere, and what is missing is named."""

from pathlib import Path

import pytest

import csvferry
from csvferry.errors import FileError, TargetError, UsageError
from targets import Target


@pytest.mark.parametrize(
    ("name", "reason"),
    [("note ", '"note ": it ends with a space'), ("📈", "can't have .above U.FFFF.")],
)
def test_a_name_that_no_table_can_have_is_refused_by_check_and_by_sync(
    target: Target, tmp_path: Path, name: str, reason: str
) -> None:
    path = tmp_path / "people.csv"
    path.write_text(f"id,{name}\n1,a\n")
    for command in (csvferry.check, csvferry.sync):
        with pytest.raises(FileError, match=reason):
            command(path, to=target.url)
    assert target.tables() & {"people"} == set()
    assert csvferry.sync(path, to=target.url, rename=[f"{name}=note"]).rows.inserted == 1


def test_a_table_of_such_a_name_is_refused(target: Target, tmp_path: Path) -> None:
    path = tmp_path / "📈.csv"
    path.write_text("id\n1\n")
    with pytest.raises(UsageError, match="can be no table"):
        csvferry.sync(path, to=target.url)


def test_a_name_that_a_space_parts_from_the_tables_is_shown_in_quotes(
    target: Target, tmp_path: Path
) -> None:
    target.run("CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(9))")
    path = tmp_path / "people.csv"
    path.write_text("id, name\n1,a\n")
    with pytest.raises(TargetError, match=r'no column " name" .it has name: say --rename " name='):
        csvferry.sync(path, to=target.url)


def test_a_missing_key_is_told_with_the_names_that_are_there(
    target: Target, tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    path.write_text("Customer ID,Full Name\n1,Ann\n")
    with pytest.raises(TargetError, match=r"no column id.*it has Customer ID, Full Name.*--rename"):
        csvferry.sync(path, to=target.url)
