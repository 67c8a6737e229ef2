"""How a server keeps tables: engine, character sets, keys."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from csvferry.databases.catalog import StoredTable

Query = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]

_PRIMARY = "INDEX_NAME = 'PRIMARY'"
# Asked by itself: joined to several tables, MariaDB 10.11 answers NULL for some.
_TRANSACTIONAL = "SELECT ENGINE FROM information_schema.ENGINES WHERE TRANSACTIONS = 'YES'"


def stored_tables(query: Query, tables: Collection[str]) -> dict[str, StoredTable]:
    """Those of the tables that are there."""
    collations: dict[str, dict[str, str]] = {name: {} for name in tables}
    for table, column, collation in _schema(
        query,
        tables,
        "TABLE_NAME, COLUMN_NAME, COLLATION_NAME",
        "COLUMNS",
        "COLLATION_NAME IS NOT NULL",
    ):
        collations[table][column] = collation
    keyed = {name for (name,) in _schema(query, tables, "TABLE_NAME", "STATISTICS", _PRIMARY)}
    undoing = {name for (name,) in query(_TRANSACTIONAL, ())}
    return {
        table: StoredTable(engine, collation, table in keyed, engine in undoing, collations[table])
        for table, engine, collation in _schema(
            query, tables, "TABLE_NAME, ENGINE, TABLE_COLLATION", "TABLES", "1 = 1"
        )
    }


def _schema(
    query: Query, tables: Collection[str], columns: str, view: str, where: str
) -> list[tuple[str, ...]]:
    """What `information_schema` has of the tables."""
    marks = ", ".join("%s" for _ in tables)
    rows = query(
        f"SELECT {columns} FROM information_schema.{view} WHERE TABLE_SCHEMA = DATABASE()"
        f" AND TABLE_NAME IN ({marks}) AND {where}",
        tuple(tables),
    )
    return [tuple(str(value) for value in row) for row in rows]
