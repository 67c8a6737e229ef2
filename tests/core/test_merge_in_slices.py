"""A server that writes few rows with a statement gets the merge in several, with one result."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from csvferry.databases.mysql.connection import MysqlConnection
from csvferry.databases.sql_dialect import SqlDialect
from csvferry.databases.sqlite.connection import SqliteConnection
from targets import Target
from test_cases import check_case

MOST = 2
CASES = (
    "mirror_deletes_children_before_parents",
    "mirror_deletes_rows_that_refer_to_each_other",
    "mirror_keeps_the_key_of_a_rejected_row",
    "rows_that_refer_to_each_other",
    "unique_freed_by_a_mirror_delete",
    "unique_values_swap_and_shift",
)


@pytest.mark.parametrize("name", CASES)
def test_case_in_slices(
    name: str, target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SqlDialect, "most_rows", MOST)
    for connection in (MysqlConnection, SqliteConnection):
        monkeypatch.setattr(connection, "change", _watched(connection.change))
    check_case(name, target, tmp_path)


def _watched(change: Callable[[Any, str], int]) -> Callable[[Any, str], int]:
    """Writes to the table, none of more rows than that."""

    def watched(connection: Any, sql: str) -> int:
        affected = change(connection, sql)
        assert affected <= MOST, sql
        return affected

    return watched
