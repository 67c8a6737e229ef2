"""The types of a table that csvferry makes, from every row of the file.

A type is chosen where it gives every field back as it is: `007`, `+7` and `1e3` stay text.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from csvferry.errors import FileError, TargetError, UsageError
from csvferry.model.names import fold, unusable, visible
from csvferry.model.schema import Column, Kind, Type, parse_type
from csvferry.model.server import Server
from csvferry.scratch.relations import INCOMING
from csvferry.text.columns.conversions import is_bad
from csvferry.validation.predicates import matches

if TYPE_CHECKING:
    import duckdb

# Bits of what a column's fields were seen to be.
WHOLE, EXACT, DATE, DATETIME, TIME, BOOLEAN, OTHER = (1 << bit for bit in range(7))

USUAL_KEY, WIDEST_KEY = 255, 768  # characters; an index of InnoDB holds 3,072 bytes
TEXT_CHARACTERS = 16_383  # what TEXT's 65,535 bytes hold whatever the characters are
WHOLE_DIGITS = 18  # room before the point, so that the next file fits too
_AT_ONCE = 128  # columns a query

_CLOCK = r"(:[0-5][0-9]){2}(\.[0-9]{1,6})?"
_NUMBER = r"-?(0|[1-9][0-9]*)(\.[0-9]+)?"
_DATETIME = rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[ T]([01][0-9]|2[0-3]){_CLOCK}"
_TIME = rf"-?(([0-9]{{2}}|[1-7][0-9]{{2}}|8[0-2][0-9]|83[0-7]){_CLOCK}|838(:[0-5][0-9]){{2}})"
_MEASURED = (EXACT, EXACT | WHOLE, DATETIME, TIME)  # whose digits matter


@dataclass(frozen=True)
class Seen:
    """What the fields of a column are: the bits, and the greatest sizes."""

    kinds: int
    characters: int
    before: int  # digits before the decimal point
    after: int  # digits after it, or of a second's fraction


def infer(
    con: "duckdb.DuckDBPyConnection",
    names: Sequence[str],
    key: Sequence[str],
    unique: Iterable[Sequence[str]],
    server: Server,
    types: Mapping[str, Type],
    fields: Sequence[str] | None = None,
) -> tuple[Column, ...]:
    """The columns of a new table that hold every row of `incoming`; `types` are the user's own.

    `fields`: SQL of the columns' values where they are not c0, c1, ...

    Raises `TargetError` where a key is too long for an index, `FileError` where a name is none that
    a table can have, `UsageError` where `types`, the key or a unique group names no column.
    """
    _check_usable(names)
    groups = [[fold(name) for name in group] for group in (key, *unique) if group]
    own = {fold(name): type_ for name, type_ in types.items()}
    _known(names, [*types, *key, *(name for group in groups for name in group)])
    keys = {fold(name) for name in key}
    widths = _widths(groups)
    columns = []
    fields = fields or [f"c{at}" for at in range(len(names))]
    for name, seen in zip(names, survey(con, fields), strict=True):
        folded = fold(name)
        type_ = own.get(folded) or type_of(seen, server)
        if folded in widths and type_.kind is Kind.TEXT and folded not in own:
            type_ = _key_text(name, seen, widths[folded])
        columns.append(_column(name, type_, server, key=folded in keys))
    return tuple(columns)


def survey(con: "duckdb.DuckDBPyConnection", fields: Sequence[str]) -> list[Seen]:
    """What fields of `incoming`, SQL of theirs, hold in all rows."""
    kinds = _ask(con, fields, lambda field: (f"bit_or({_kind(field)})", f"max(length({field}))"))
    measured = [field for field in fields if kinds[field][0] in _MEASURED]
    digits = _ask(con, measured, _digits)
    return [Seen(*kinds[field], *digits.get(field, (0, 0))) for field in fields]


def _ask(
    con: "duckdb.DuckDBPyConnection",
    fields: Sequence[str],
    pair: Callable[[str], tuple[str, str]],
) -> dict[str, tuple[int, int]]:
    """Two aggregates a column over all rows."""
    found: dict[str, tuple[int, int]] = {}
    for start in range(0, len(fields), _AT_ONCE):
        some = fields[start : start + _AT_ONCE]
        asked = ", ".join(value for field in some for value in pair(field))
        row = [int(v or 0) for v in con.execute(f"SELECT {asked} FROM {INCOMING}").fetchone() or ()]
        found |= {field: (row[2 * at], row[2 * at + 1]) for at, field in enumerate(some)}
    return found


_WORDS = {
    WHOLE: "whole numbers",
    EXACT: "numbers",
    DATE: "dates",
    DATETIME: "dates and times",
    TIME: "times",
    BOOLEAN: "true or false",
}
_FEW = 100  # one in so many values is told


def forced(
    con: "duckdb.DuckDBPyConnection", columns: Sequence[Column], fields: Sequence[str]
) -> tuple[str, ...]:
    """What to tell of columns that are text because of a single value, or of few of many."""
    texts = [
        (column, field)
        for column, field in zip(columns, fields, strict=True)
        if column.type.kind is Kind.TEXT
    ]
    kinds = _ask(con, [field for _, field in texts], lambda field: (f"bit_or({_kind(field)})", "0"))
    notes = (_forced(con, column, field) for column, field in texts if _several(kinds[field][0]))
    return tuple(note for note in notes if note)


def _several(kinds: int) -> bool:
    """Whether more than one bit is set."""
    return bool(kinds & (kinds - 1))


def _forced(con: "duckdb.DuckDBPyConnection", column: Column, field: str) -> str | None:
    found = con.execute(
        "SELECT kind, count(*), min(line)"
        f" FROM (SELECT line, {_kind(field)} AS kind FROM {INCOMING})"
        " WHERE kind <> 0 GROUP BY kind"
    ).fetchall()
    counts = {int(kind): int(count) for kind, count, _ in found}
    if WHOLE in counts and EXACT in counts:
        counts[EXACT] += counts.pop(WHOLE)
    total = sum(counts.values())
    most = max(counts, key=lambda kind: counts[kind], default=OTHER)
    odd = total - counts.get(most, 0)
    if most == OTHER or not odd or not (odd * _FEW < total or (odd == 1 and total > 2)):
        return None
    same = {WHOLE, EXACT} if most == EXACT else {most}
    line = min(int(first) for kind, _, first in found if int(kind) not in same)
    because = f"line {line}" if odd == 1 else f"{odd} values, the first in line {line}"
    return (
        f"{column.name} is {column.type.name} because of {because}"
        f" ({total - odd} of {total} values are {_WORDS[most]})"
    )


def all_are(
    con: "duckdb.DuckDBPyConnection", fields: Sequence[str], kinds: Sequence[int]
) -> list[bool]:
    """Of which fields, SQL of theirs, each value is of these kinds; of none where all are NULL."""
    wanted = ", ".join(str(kind) for kind in (0, *kinds))
    found = _ask(
        con,
        fields,
        lambda field: (
            f"count(*) FILTER (({_kind(field)}) NOT IN ({wanted}) OR {is_bad(field)})",
            f"count({field})",
        ),
    )
    return [not found[field][0] and bool(found[field][1]) for field in fields]


def type_of(seen: Seen, server: Server) -> Type:
    """The narrowest type that gives back every field that was seen."""
    fraction = f"({seen.after})" if seen.after else ""
    match seen.kinds:
        case 1:  # WHOLE
            return parse_type("BIGINT")
        case 2 | 3:  # EXACT, with or without WHOLE
            return _decimal(seen, server) or _text(seen)
        case 4:  # DATE
            return parse_type("DATE")
        case 8:  # DATETIME
            return parse_type(f"DATETIME{fraction}")
        case 16:  # TIME
            return parse_type(f"TIME{fraction}")
        case 32:  # BOOLEAN
            return parse_type("TINYINT(1)")
        case _:
            return _text(seen)


def _kind(field: str) -> str:
    """SQL of the one bit that a field is."""
    moment = f"TRY_CAST({field} AS TIMESTAMP) IS NOT NULL AND {matches(field, _DATETIME)}"
    first = f"({field})[1]"
    return f"""CASE WHEN {field} IS NULL OR {is_bad(field)} THEN 0
        WHEN NOT ({first} BETWEEN '-' AND '9' OR {first} IN ('t', 'T', 'f', 'F')) THEN {OTHER}
        WHEN TRY_CAST({field} AS BIGINT)::VARCHAR = {field} THEN {WHOLE}
        WHEN strlen({field}) = 10 AND TRY_CAST({field} AS DATE)::VARCHAR = {field} THEN {DATE}
        WHEN strlen({field}) > 67 THEN {OTHER}
        WHEN {matches(field, _NUMBER)} THEN {EXACT}
        WHEN {moment} AND left({field}, 10) <> '0000-02-29' THEN {DATETIME}
        WHEN {matches(field, _TIME)} THEN {TIME}
        WHEN lower({field}) IN ('true', 'false') THEN {BOOLEAN}
        ELSE {OTHER} END"""


def _digits(field: str) -> tuple[str, str]:
    """SQL of the most digits before and after the point."""
    after = f"CASE WHEN contains({field}, '.') THEN strlen({field}) - instr({field}, '.') END"
    return f"max(strlen(ltrim(split_part({field}, '.', 1), '-')))", f"max({after})"


def _decimal(seen: Seen, server: Server) -> Type | None:
    """DECIMAL with room before the point; in SQLite as text where a REAL would lose digits."""
    if not seen.after or seen.after > 30 or seen.before + seen.after > 65:
        return None
    precision = min(65, max(WHOLE_DIGITS, seen.before) + seen.after)
    kept = server.traits.exact_digits
    textual = kept is not None and seen.before + seen.after > kept
    return parse_type(f"DECIMAL{' TEXT' if textual else ''}({precision},{seen.after})")


def _text(seen: Seen) -> Type:
    return parse_type("LONGTEXT" if seen.characters > TEXT_CHARACTERS else "TEXT")


def _widths(groups: Iterable[Sequence[str]]) -> dict[str, int]:
    """How many characters each column may have for the indexes that it is in."""
    widths: dict[str, int] = {}
    for group in groups:
        for name in group:
            widths[name] = min(WIDEST_KEY // len(group), widths.get(name, WIDEST_KEY))
    return widths


def _key_text(name: str, seen: Seen, widest: int) -> Type:
    if seen.characters > widest:
        raise TargetError(
            f"column {name} has {seen.characters} characters, an index takes {widest}",
            "choose another key, or make the table yourself",
        )
    usual = min(USUAL_KEY, widest)
    return parse_type(f"VARCHAR({usual if seen.characters <= usual else widest})")


def _column(name: str, type_: Type, server: Server, *, key: bool) -> Column:
    words = type_.kind in (Kind.TEXT, Kind.ENUM, Kind.SET)
    return Column(
        name,
        type_,
        nullable=not key,
        charset="utf8mb4" if words and server.traits.charsets else None,
        collation=server.traits.bytewise if words else None,
    )


def _check_usable(names: Sequence[str]) -> None:
    for name in names:
        if reason := unusable(name):
            raise FileError(
                f"no table can have a column {visible(name)}: {reason}",
                "give it another name in the table with --rename",
            )


def _known(names: Iterable[str], wanted: Iterable[str]) -> None:
    there = {fold(name) for name in names}
    missing = sorted({name for name in wanted if fold(name) not in there})
    if missing:
        raise UsageError(f"the file has no column {', '.join(missing)}")
