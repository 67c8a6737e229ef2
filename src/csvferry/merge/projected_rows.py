"""Staged rows as they would be in the table: what the file lacks comes from there or is a default.

By them the server judges what depends on more than the file's columns: CHECK clauses, indexes of
expressions, references by a default.
"""

import re
from collections.abc import Collection, Sequence

from csvferry.errors import DatabaseError
from csvferry.merge.staging import Fate, Staging
from csvferry.model.names import FATE, LINE
from csvferry.model.schema import Column


def rows_to_be(staging: Staging, takers: str, words: str) -> str:
    """SQL of the staged rows `r` for which `takers` is true: line, fate, and the table's columns.

    Of generated columns it has those that `words`, some SQL, mention. Raises DatabaseError, as the
    query does, where the server can't compute one outside its table.
    """
    target, fate = staging.target, staging.quote(FATE)
    new = f"{fate} = {int(Fate.NEW)}"
    columns = [column for column in target.table.columns if not column.generated]
    lacking = {column.name for column in target.lacking}
    marks = {column.name for column in target.marks.columns}
    values = [
        f"d.{staging.quote(column.name)}"
        if column.name in marks
        else _value(staging, column, f"r.{new}", lacking)
        for column in columns
    ]
    names = [staging.quote(name) for name in (LINE, FATE, *(column.name for column in columns))]
    selected = ", ".join((f"r.{names[0]}", f"r.{fate}", *values))
    rows = f"SELECT {selected} FROM {staging.quote(staging.rows)} AS r"
    if lacking or marks:
        on = staging.database.sql.equal(target.key, "t", "r")
        rows += f" LEFT JOIN {staging.quote(target.table.name)} AS t ON {on}"
        rows += f" CROSS JOIN {staging.quote(staging.presets)} AS d"
    rows += f" WHERE {takers}"
    for lacked, default in staging.computed_defaults.items():
        name = staging.quote(lacked)
        others = ", ".join(other for other in names if other != name)
        rows = (
            f"SELECT {others}, CASE WHEN {new} THEN {default} ELSE {name} END AS {name}"
            f" FROM ({rows}) AS c"
        )
    for column in _mentioned(target.table.columns, words):
        # One after another, as a computed column may be made of those before it.
        if (value := staging.database.sql.computed(column)) is None:
            raise DatabaseError(f"{column.name} is computed by the server alone")
        rows = f"SELECT c.*, {value} AS {staging.quote(column.name)} FROM ({rows}) AS c"
    return f"({rows})"


def mentions(columns: Sequence[Column], words: str, name: str) -> bool:
    """Whether some SQL is made of a column, or of one that is computed from it."""
    expressions = (column.expression or "" for column in _mentioned(columns, words))
    return any(_names(some, name) for some in (words, *expressions))


def _value(staging: Staging, column: Column, new: str, lacking: Collection[str]) -> str:
    name = staging.quote(column.name)
    if column.name not in lacking:
        return f"r.{name} AS {name}"
    if column.name in staging.computed_defaults:
        return f"t.{name} AS {name}"
    # Both are of the column's own type, and so is what comes of it.
    return f"{staging.database.sql.either(column, new, 'd', 't')} AS {name}"


def _mentioned(columns: Sequence[Column], words: str) -> list[Column]:
    """The computed columns that some SQL is made of, in the table's order."""
    found: list[Column] = []
    for column in reversed(columns):
        if column.expression and _names(words, column.name):
            found.insert(0, column)
            words += " " + column.expression
    return found


def _names(words: str, name: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", words, re.IGNORECASE))
