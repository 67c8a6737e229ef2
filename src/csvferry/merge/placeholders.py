"""Room for unique values that change hands: rows that swap theirs are parked on the way.

A server checks unique columns row by row, so two rows can't swap values in one statement. Rows
that give a value up get another one first, which nobody holds, and then their own.
"""

from dataclasses import dataclass
from math import ceil

from csvferry.databases.base import LINE
from csvferry.merge.staging import Staging
from csvferry.model.names import fold
from csvferry.model.schema import Column, Kind

_MAIL = "@csvferry.invalid"  # passes for an address where a CHECK clause wants one
_MARKS = "~^#@!$+="


@dataclass(frozen=True)
class Park:
    """A column of a unique set, and the SQL of a value for it that no row has (`s` is parked)."""

    column: str
    value: str


def find_parks(staging: Staging) -> tuple[Park | None, ...]:
    """For each unique set a column to park by, or None where no column has room for it."""
    return tuple(_park(staging, names) for names in staging.target.uniques)


def _park(staging: Staging, names: tuple[str, ...]) -> Park | None:
    keys = {fold(name) for name in staging.target.key}
    columns = [staging.target.named(name) for name in names if fold(name) not in keys]
    for column in columns:
        # A row of another table that refers to the value would follow it into NULL.
        if column.nullable and column.name not in staging.target.table.referenced:
            return Park(column.name, "NULL")
    referring = {name for key in staging.target.table.foreign_keys for name in key.columns}
    referring |= staging.target.table.held_fast
    for column in columns:
        if column.name not in referring and (value := _unheld(staging, column)):
            return Park(column.name, value)
    return None


def _unheld(staging: Staging, column: Column) -> str | None:
    """SQL of a value that neither the table nor the file has, another for each line."""
    match column.type.kind:
        case Kind.INTEGER:
            bits = column.type.bits
            return _above(staging, column, 2 ** (bits if column.type.unsigned else bits - 1) - 1)
        case Kind.DECIMAL if column.type.precision <= 15:
            return _above(staging, column, 10 ** (column.type.precision - column.type.scale) - 1)
        case Kind.TEXT:
            return _text(staging, column)
    return None


def _above(staging: Staging, column: Column, highest: int) -> str | None:
    name, target = staging.quote(column.name), staging.target.table.name
    held = max(
        ceil(staging.database.query(f"SELECT MAX({name}) FROM {staging.quote(table)}")[0][0] or 0)
        for table in (target, staging.rows)
    )
    last = staging.number(f"SELECT MAX({staging.line}) FROM {staging.quote(staging.rows)}")
    return f"s.{staging.quote(LINE)} + {held}" if held + last <= highest else None


def _text(staging: Staging, column: Column) -> str | None:
    room = column.type.length or column.type.octets or 0
    line = f"s.{staging.quote(LINE)}"
    if room >= 50:
        return staging.database.joined(f"'{staging.run[-12:]}-'", line, f"'{_MAIL}'")
    if room >= 24:
        return staging.database.joined(f"'{staging.run[-12:]}-'", line)
    digits = staging.number(f"SELECT MAX({line}) FROM {staging.quote(staging.rows)} AS s")
    if room > len(str(digits)) and (free := _free_beginning(staging, column)):
        return staging.database.joined(f"'{free}'", line)
    return None


def _free_beginning(staging: Staging, column: Column) -> str | None:
    """A character with which no text begins, neither in the table nor in the file."""
    beginning = f"SUBSTR({staging.quote(column.name)}, 1, 1)"
    held = {
        value
        for table in (staging.target.table.name, staging.rows)
        for (value,) in staging.database.query(
            f"SELECT DISTINCT {beginning} FROM {staging.quote(table)}"
            f" WHERE {beginning} IN ({', '.join(map(staging.database.literal, _MARKS))})"
        )
    }
    return next((char for char in _MARKS if char not in held), None)
