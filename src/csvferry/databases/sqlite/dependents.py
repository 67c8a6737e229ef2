"""What a SQLite table's surroundings do when its rows are written or deleted."""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from csvferry.model.schema import Dependent

Query = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]

_DEPENDENTS = """SELECT m.name, f.id, f."from", f."to", f.on_delete FROM sqlite_master AS m,
 pragma_foreign_key_list(m.name) AS f WHERE m.type = 'table' AND f."table" = ? COLLATE NOCASE
 AND f.on_delete NOT IN ('NO ACTION', 'RESTRICT') ORDER BY m.name, f.id, f.seq"""
_TRIGGERS = """SELECT 1 FROM sqlite_master WHERE type = 'trigger'
 AND tbl_name = ? COLLATE NOCASE"""
_REWRITING = f"""{_TRIGGERS}
 AND sql NOT LIKE '% BEFORE DELETE %' AND sql NOT LIKE '% AFTER DELETE %'"""


def dependents(query: Query, table: str, key: tuple[str, ...]) -> tuple[Dependent, ...]:
    """What follows when rows of a table are deleted; `key`: its primary key."""
    found = []
    for (name, _), group in groupby(query(_DEPENDENTS, (table,)), key=lambda row: row[:2]):
        parts = list(group)
        to = tuple(part[3] for part in parts)
        found.append(
            Dependent(
                schema=None,
                table=str(name),
                columns=tuple(str(part[2]) for part in parts),
                parent_columns=key if None in to else to,
                rule=str(parts[0][4]),
            )
        )
    return tuple(found)


def rewrites(query: Query, table: str) -> bool:
    """Whether a trigger may change rows of the table, before or after they are written."""
    return bool(query(_REWRITING, (table,)))


def has_trigger(query: Query, table: str) -> bool:
    """Whether any trigger fires when rows of the table are written."""
    return bool(query(_TRIGGERS, (table,)))
