"""What a server says of its tables is parsed where it is read, or ends the run in one line."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from csvferry.databases.answers import rows as answers
from csvferry.databases.answers.rows import Lock, Offset, rows_of, value_of, values_of
from csvferry.databases.connect import open_database
from csvferry.errors import DatabaseError

SECRET = "a value of a row"
COLUMN = ("name", "varchar(9)", "YES", None, "", "utf8mb4", "utf8mb4_bin", None)


def test_a_row_is_of_its_form() -> None:
    assert rows_of(answers.ColumnRow, [COLUMN])[0].nullable == "YES"


@pytest.mark.parametrize(
    ("place", "value", "field"),
    [
        (0, SECRET * 100, "name"),
        (0, None, "name"),
        (1, "x" * (5 << 20), "declared"),
        (2, SECRET, "nullable"),
        (5, SECRET * 100, "charset"),
    ],
    ids=("a long name", "no name", "a long type", "a word that is not listed", "a long charset"),
)
def test_a_field_of_another_form_is_named_and_not_repeated(
    place: int, value: Any, field: str
) -> None:
    row = (*COLUMN[:place], value, *COLUMN[place + 1 :])
    with pytest.raises(DatabaseError) as caught:
        rows_of(answers.ColumnRow, [COLUMN, row])
    assert field in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("row", [COLUMN[:-1], (*COLUMN, "more"), ()])
def test_a_row_of_another_width_is_none(row: Sequence[Any]) -> None:
    with pytest.raises(DatabaseError, match="can't be read"):
        rows_of(answers.ColumnRow, [row])


@pytest.mark.parametrize(
    ("kind", "rows"),
    [
        (Lock, [(2,)]),
        (Lock, []),
        (Lock, [(1,), (1,)]),
        (answers.Count, [(-1,)]),
        (answers.Count, [(SECRET,)]),
        (Offset, [(10**9,)]),
        (answers.Flag, [(None,)]),
    ],
)
def test_a_single_value_of_another_form_is_none(kind: Any, rows: list[Any]) -> None:
    with pytest.raises(DatabaseError, match="can't be read"):
        value_of(kind, rows)


def test_rules_of_foreign_keys_are_listed_words() -> None:
    good = ("shop", "orders", "fk", "person", "id", "CASCADE", "SET NULL")
    (row,) = rows_of(answers.DependentRow, [good])
    assert (row.on_delete, row.on_update) == ("CASCADE", "SET NULL")
    with pytest.raises(DatabaseError, match="on_update"):
        rows_of(answers.DependentRow, [(*good[:-1], "CASCADE; DROP TABLE people")])
    assert values_of(answers.Name, [("a",), ("b",)]) == ["a", "b"]


def test_a_table_with_an_endless_name_of_a_column_ends_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "people.db"
    connection = sqlite3.connect(path)
    connection.execute(f'CREATE TABLE people (id INTEGER PRIMARY KEY, "{"x" * 5000}" TEXT)')
    connection.close()
    database = open_database(f"sqlite:///{path}")
    with pytest.raises(DatabaseError, match="name is not of its form"):
        database.catalog.describe("people")
    database.close()
