"""Rows of the file within DuckDB: some of them kept, all of them fetched, in bounded memory."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from csvferry.slices import sliced

if TYPE_CHECKING:
    import duckdb

_AT_ONCE = 16  # rows that are Python objects at a time; each can have 2 MB


def keep(con: "duckdb.DuckDBPyConnection", name: str, select: str) -> None:
    """Make `name` of some rows of `incoming`, in its order: of slices a view by their lines."""
    if not sliced(con):
        con.execute(f"CREATE OR REPLACE TABLE {name} AS {select} ORDER BY line")
        return
    con.execute(f"CREATE OR REPLACE TABLE lines_of_{name} AS SELECT line FROM ({select})")
    con.execute(
        f"CREATE OR REPLACE VIEW {name} AS"
        f" SELECT * FROM incoming WHERE line IN (SELECT line FROM lines_of_{name})"
    )


def fetched(con: "duckdb.DuckDBPyConnection", select: str) -> Iterator[tuple[Any, ...]]:
    """The rows of a query, few of them in memory at a time."""
    with con.cursor() as cursor:
        cursor.execute(select)
        while rows := cursor.fetchmany(_AT_ONCE):
            yield from rows
