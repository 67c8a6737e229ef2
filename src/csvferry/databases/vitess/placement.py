"""On which shard the rows of a table lie: by its primary vindex, a function of some columns."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from csvferry.databases.answers.rows import Name, VindexRow, rows_of, values_of
from csvferry.errors import DatabaseError, TargetError
from csvferry.model.names import fold
from csvferry.model.quoting import mysql_name
from csvferry.model.schema import Column, Kind, Table

Query = Callable[[str], list[tuple[Any, ...]]]
# Vitess, "Vindexes": functions of a number's value, so that equal keys lie on one shard.
_OF_NUMBERS = frozenset({"hash", "xxhash"})
_NO_TABLE = 1146
_BY_LINE = ("csvferry_line", "hash")


@dataclass(frozen=True)
class Vindex:
    """A vindex by its name and kind, and the columns of a table that it is computed from."""

    name: str
    kind: str
    columns: tuple[str, ...]

    def add(self, keyspace: str, table: str) -> str:
        """SQL that lays a table's rows by it."""
        columns = ", ".join(map(mysql_name, self.columns))
        return (
            f"ALTER VSCHEMA ON {mysql_name(keyspace)}.{mysql_name(table)}"
            f" ADD VINDEX {mysql_name(self.name)} ({columns}) USING {mysql_name(self.kind)}"
        )


def placing(keyspace: str, table: str) -> str:
    """SQL for the user, who knows the column."""
    return (
        f"ALTER VSCHEMA ON {mysql_name(keyspace)}.{mysql_name(table)} ADD VINDEX hash(KEY) USING"
        " hash"
    )


def by_line(column: str) -> Vindex:
    """For tables of lines, which nothing looks up by the gate."""
    name, kind = _BY_LINE
    return Vindex(name, kind, (column,))


def vindexes(query: Query, keyspace: str, table: str) -> list[Vindex]:
    """Those of a table, the primary one first; none where it has none."""
    if table not in values_of(Name, query("SHOW VSCHEMA TABLES")):
        return []
    try:
        shown = query(f"SHOW VSCHEMA VINDEXES ON {mysql_name(keyspace)}.{mysql_name(table)}")
    except DatabaseError as error:
        if error.code == _NO_TABLE:  # the list was older
            return []
        raise
    return [
        Vindex(row.name, row.kind, tuple(column.strip() for column in row.columns.split(",")))
        for row in rows_of(VindexRow, shown)
    ]


def primary_vindex(found: Sequence[Vindex], keyspace: str, table: Table) -> Vindex:
    """The vindex of a table that a run can serve.

    Raises TargetError where shards would not keep what a run relies on: that equal keys lie on
    one, and that what is written past the gate is all that there is to write.
    """
    name = table.name
    if not found:
        raise TargetError(
            f"no vindex of the sharded keyspace {keyspace} says where rows of {name} lie; nothing"
            " was made or changed",
            placing(keyspace, name),
        )
    first, *others = found
    if others:
        raise _unserved(name, f"has a further vindex, {others[0].name}, which only the gate keeps")
    if not _within(first.columns, table.primary_key):
        raise _unserved(name, "has no primary key that holds the columns of its vindex")
    for column in map(table.column, first.columns):
        if column is None or not _hashes_as_equal(first.kind, column):
            raise _unserved(
                name,
                f"lies on shards by {first.kind}, which may take two keys that are equal for"
                " different ones",
            )
    if table.uniques or any(not index.columns for index in table.indexes):
        raise _unserved(name, "has a further unique key, which holds within a shard alone")
    if table.foreign_keys or table.referenced:
        raise _unserved(name, "has foreign keys, which hold within a shard alone")
    if any(column.auto_increment for column in table.columns):
        raise _unserved(name, "has an AUTO_INCREMENT, which counts on each shard by itself")
    return first


def check_key(vindex: Vindex, table: str, key: Sequence[str]) -> None:
    """Raises TargetError where rows of one key may lie on several shards."""
    if key and not _within(vindex.columns, key):
        raise _unserved(table, f"lies on shards by {', '.join(vindex.columns)}, which --key lacks")


def _within(columns: Sequence[str], key: Sequence[str]) -> bool:
    return {fold(name) for name in columns} <= {fold(name) for name in key}


def _hashes_as_equal(kind: str, column: Column) -> bool:
    return column.type.kind is Kind.INTEGER and kind in _OF_NUMBERS


def _unserved(table: str, why: str) -> TargetError:
    return TargetError(
        f"the table {table} of a sharded keyspace {why}; nothing was made or changed",
        'docs/servers.md, "Vitess", says what a table of a sharded keyspace may have',
    )
