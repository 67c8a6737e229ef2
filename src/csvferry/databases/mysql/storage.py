"""How a server keeps tables: engine, character sets, keys."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from csvferry.databases.answers.rows import (
    Name,
    StoredColumnRow,
    StoredTableRow,
    Word,
    rows_of,
    values_of,
)
from csvferry.databases.catalog import StoredTable

Query = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]

_PRIMARY = "INDEX_NAME = 'PRIMARY'"
# Asked by itself: joined to several tables, MariaDB 10.11 answers NULL for some.
_TRANSACTIONAL = "SELECT ENGINE FROM information_schema.ENGINES WHERE TRANSACTIONS = 'YES'"


def stored_tables(query: Query, tables: Collection[str]) -> dict[str, StoredTable]:
    """Those of the tables that are there."""
    collations: dict[str, dict[str, str]] = {name: {} for name in tables}
    asked = "TABLE_NAME, COLUMN_NAME, COLLATION_NAME"
    columns = _schema(query, tables, asked, "COLUMNS", "COLLATION_NAME IS NOT NULL")
    for column in rows_of(StoredColumnRow, columns):
        if column.table in tables:  # MariaDB takes names of another case for the same
            collations[column.table][column.column] = column.collation
    keyed = set(values_of(Name, _schema(query, tables, "TABLE_NAME", "STATISTICS", _PRIMARY)))
    undoing = set(values_of(Word, query(_TRANSACTIONAL, ())))
    found = _schema(query, tables, "TABLE_NAME, ENGINE, TABLE_COLLATION", "TABLES", "1 = 1")
    return {
        name: StoredTable(engine, collation, name in keyed, engine in undoing, collations[name])
        for name, engine, collation in rows_of(StoredTableRow, found)
        if name in tables
    }


def _schema(
    query: Query, tables: Collection[str], columns: str, view: str, where: str
) -> list[tuple[Any, ...]]:
    """What `information_schema` has of the tables."""
    marks = ", ".join("%s" for _ in tables)
    return query(
        f"SELECT {columns} FROM information_schema.{view} WHERE TABLE_SCHEMA = DATABASE()"
        f" AND TABLE_NAME IN ({marks}) AND {where}",
        tuple(tables),
    )
