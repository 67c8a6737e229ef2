"""Room for unique values that change hands: rows that swap theirs are parked on the way.

A server checks unique columns row by row, so two rows can't swap values in one statement. Rows
that give a value up get another one first, which nobody holds, and then their own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from math import ceil

from csvferry.databases.answers.rows import Name, Number, value_of, values_of
from csvferry.errors import DatabaseError, PassingDatabaseError
from csvferry.merge.staging import CHANGING, Staging
from csvferry.model.names import LINE, fold
from csvferry.model.schema import Check, Column, ForeignKey, Kind
from csvferry.printable import get_logger

log = get_logger(__name__)

_MAIL = "@csvferry.invalid"  # passes for an address where a CHECK clause wants one
_MARKS = "~^#@!$+="


@dataclass(frozen=True)
class Park:
    """A column of a unique set, and the SQL of a value for it that no row has (`s` is parked)."""

    column: str
    value: str


def find_parks(staging: Staging) -> tuple[Park | None, ...]:
    """For each unique set a column to park by, or None where no column has room for it.

    Asks about the rows that `holders` names.
    """
    return tuple(
        next((park for park in _parks(staging, names) if _passes(staging, number, park)), None)
        for number, names in enumerate(staging.target.uniques)
    )


def _passes(staging: Staging, number: int, park: Park) -> bool:
    """Whether every CHECK lets the value pass in the rows that may have to give theirs up."""
    columns = [column for column in staging.target.table.columns if not column.generated]
    values = ", ".join(
        f"{park.value if column.name == park.column else 't.' + name} AS {name}"
        for column in columns
        for name in [staging.quote(column.name)]
    )
    key, equal = staging.target.key, staging.database.sql.equal
    rows = (
        f"SELECT {values} FROM {staging.quote(staging.holders)} AS h"
        f" JOIN {staging.quote(staging.rows)} AS s ON {equal(key, 's', 'h')}"
        f" JOIN {staging.quote(staging.target.table.name)} AS t ON {equal(key, 't', 's')}"
        f" WHERE h.number = {number} AND s.{staging.fate} IN {CHANGING}"
    )
    return not any(_refuses(staging, check, rows) for check in staging.target.table.checks)


def _refuses(staging: Staging, check: Check, rows: str) -> bool:
    try:
        refused = f"SELECT 1 FROM ({rows}) AS x WHERE NOT ({check.clause}) LIMIT 1"
        return bool(staging.database.query(refused))
    except PassingDatabaseError:
        raise
    except DatabaseError as error:
        log.info("the constraint %s is left to the server: %s", check.name, error)
        return False


def _parks(staging: Staging, names: tuple[str, ...]) -> Iterator[Park]:
    keys = {fold(name) for name in staging.target.key}
    columns = [staging.target.named(name) for name in names if fold(name) not in keys]
    for column in columns:
        # A row of another table that refers to the value would follow it into NULL.
        if column.nullable and column.name not in staging.target.table.referenced:
            yield Park(column.name, "NULL")
    referring = {name for key in staging.target.table.foreign_keys for name in key.columns}
    referring |= staging.target.table.held_fast
    for column in columns:
        if column.name not in referring and (value := _unheld(staging, column)):
            yield Park(column.name, value)


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
    # The condition leaves out texts, which SQLite keeps in a column of numbers, above all of them.
    held = max(
        ceil(
            value_of(
                Number | None,
                staging.database.query(
                    f"SELECT MAX({name}) FROM {staging.quote(table)} WHERE {name} <= {highest + 1}"
                ),
            )
            or 0
        )
        for table in (target, staging.rows)
    )
    last = staging.number(f"SELECT MAX({staging.line}) FROM {staging.quote(staging.rows)}")
    return f"s.{staging.quote(LINE)} + {held}" if held + last <= highest else None


def _text(staging: Staging, column: Column) -> str | None:
    room = column.type.length or column.type.octets or 0
    line = f"s.{staging.quote(LINE)}"
    if room >= 50:
        return staging.database.sql.joined(f"'{staging.run[-12:]}-'", line, f"'{_MAIL}'")
    if room >= 24:
        return staging.database.sql.joined(f"'{staging.run[-12:]}-'", line)
    digits = staging.number(f"SELECT MAX({line}) FROM {staging.quote(staging.rows)} AS s")
    if room > len(str(digits)) and (free := _free_beginning(staging, column)):
        return staging.database.sql.joined(f"'{free}'", line)
    return None


def _free_beginning(staging: Staging, column: Column) -> str | None:
    """A character with which no text begins, neither in the table nor in the file."""
    beginning = f"SUBSTR({staging.quote(column.name)}, 1, 1)"
    held = {
        value
        for table in (staging.target.table.name, staging.rows)
        for value in values_of(
            Name,
            staging.database.query(
                f"SELECT DISTINCT {beginning} FROM {staging.quote(table)}"
                f" WHERE {beginning} IN ({', '.join(map(staging.database.sql.literal, _MARKS))})"
            ),
        )
    }
    return next((char for char in _MARKS if char not in held), None)


def let_go(staging: Staging, own: ForeignKey) -> dict[str, str]:
    """What leaves no reference among rows that go: a NULL in it, else one to a row that stays.

    None where neither can be: it is part of a key, or of several columns that must have values.
    """
    target, quote = staging.target, staging.quote
    free = [name for name in own.columns if name not in target.key]
    if nullable := [name for name in free if target.named(name).nullable]:
        return dict.fromkeys(nullable, "NULL")
    fixed = {*target.key, *chain.from_iterable(target.uniques)}
    if len(own.columns) > 1 or own.columns[0] in fixed or not staging.find_staying():
        return {}
    return {
        own.columns[0]: f"(SELECT d.parent FROM (SELECT k.{quote(own.parent_columns[0])} AS parent"
        f" FROM {quote(staging.leaves)} AS l JOIN {quote(target.table.name)} AS k"
        f" ON {staging.same_key('l', 'k')} LIMIT 1) AS d)"
    }
