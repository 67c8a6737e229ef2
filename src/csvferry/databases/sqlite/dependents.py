"""What a SQLite table's surroundings do when its rows are written or deleted."""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from csvferry.databases.answers.rows import SqliteDependentRow, rows_of
from csvferry.model.schema import Dependent

Query = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]

_DEPENDENTS = """SELECT m.name, f.id, f."from", f."to", f.on_delete, f.on_update
 FROM sqlite_master AS m, pragma_foreign_key_list(m.name) AS f
 WHERE m.type = 'table' AND f."table" = ? COLLATE NOCASE AND NOT
 (f.on_delete IN ('NO ACTION', 'RESTRICT') AND f.on_update IN ('NO ACTION', 'RESTRICT'))
 ORDER BY m.name, f.id, f.seq"""
_TRIGGERS = """SELECT 1 FROM sqlite_master WHERE type = 'trigger'
 AND tbl_name = ? COLLATE NOCASE"""
_REWRITING = f"""{_TRIGGERS}
 AND sql NOT LIKE '% BEFORE DELETE %' AND sql NOT LIKE '% AFTER DELETE %'"""


def dependents(query: Query, table: str, key: tuple[str, ...]) -> tuple[Dependent, ...]:
    """What follows when rows of a table are deleted or changed; `key`: its primary key."""
    found = []
    rows = rows_of(SqliteDependentRow, query(_DEPENDENTS, (table,)))
    for _, group in groupby(rows, key=lambda row: row[:2]):
        parts = list(group)
        to = tuple(part.parent_column for part in parts if part.parent_column is not None)
        found.append(
            Dependent(
                schema=None,
                table=parts[0].table,
                columns=tuple(part.column for part in parts),
                parent_columns=to if len(to) == len(parts) else key,
                on_delete=parts[0].on_delete,
                on_update=parts[0].on_update,
            )
        )
    return tuple(found)


def rewrites(query: Query, table: str) -> bool:
    """Whether a trigger may change rows of the table, before or after they are written."""
    return bool(query(_REWRITING, (table,)))


def has_trigger(query: Query, table: str) -> bool:
    """Whether any trigger fires when rows of the table are written."""
    return bool(query(_TRIGGERS, (table,)))
