"""The columns of a file: where each stands, what it is called in the table, what is declared of it.

Decided from names alone, before a row is read.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from csvferry.config.columns.rules import PLAIN, ColumnFields, ColumnRule, Extra
from csvferry.errors import FileError, UsageError
from csvferry.model.names import fold
from csvferry.model.quoting import text
from csvferry.model.schema import Kind, Table, Type
from csvferry.text.columns.conversions import Conversion, conversion, numeric, worded

_NUMERIC = (Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT, Kind.DOUBLE)


@dataclass(frozen=True)
class FileColumn:
    """A column that is taken. `place`: from 0; None for a constant, which no field has.

    `name`: in the table; `said`: in the file, where an `unnamed` one is called by its place.
    """

    place: int | None
    name: str
    said: str
    rule: ColumnRule = PLAIN
    unnamed: bool = False


@dataclass(frozen=True)
class Header:
    """The names of a file's columns, or None; `unnamed`: places (from 1) of those without a name,
    which are called by their place."""

    names: tuple[str, ...] | None
    width: int
    unnamed: tuple[int, ...] = ()


@dataclass(frozen=True)
class FileNulls:
    """What means NULL in the whole file; `quoted`: within quotes too."""

    tokens: tuple[str, ...]
    quoted: bool = False


@dataclass(frozen=True)
class ColumnNulls:
    """What means NULL in the column at a place; `quoted`: within quotes too."""

    place: int
    tokens: tuple[str, ...]
    quoted: bool


@dataclass(frozen=True)
class Columns:
    """The columns that are taken, and how their values are read.

    `left_out`: names of columns that the table lacks and that are not taken; `added`: of those for
    which it gets a column.
    """

    taken: tuple[FileColumn, ...]
    conversions: tuple[Conversion, ...] = ()
    nulls: tuple[ColumnNulls, ...] = ()
    left_out: tuple[str, ...] = ()
    added: frozenset[str] = field(default_factory=frozenset)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names in the table."""
        return tuple(column.name for column in self.taken)

    @property
    def fields(self) -> tuple[str, ...]:
        """SQL of the columns' values in the rows that are read."""
        return tuple(
            f"c{column.place}" if column.place is not None else text(column.rule.constant or "")
            for column in self.taken
        )

    @property
    def hashed(self) -> bool:
        """Whether the file has values that must not be kept anywhere."""
        return any(column.rule.hash for column in self.taken)

    def without_added(self) -> "Columns":
        """Those for which the table has a column already."""
        taken = tuple(column for column in self.taken if column.name not in self.added)
        return replace(self, taken=taken, added=frozenset())

    def conversion(self, column: FileColumn) -> Conversion | None:
        """The conversion of a column that has one."""
        return next((c for c in self.conversions if c.place == column.place), None)

    def digest(self, seal: str) -> str:
        """Of all that values become in reading, keys too; of no use without the feed's secret."""
        digest = hashlib.sha256(seal.encode())
        for found in self.conversions:
            digest.update(f"{found.place}:{found.sql}".encode())
            digest.update(found.secret or b"")
        digest.update(repr((self.nulls, self.fields)).encode())
        return digest.hexdigest()


def declared_columns(
    said: ColumnFields,
    header: Header,
    table: Table | None,
    nulls: FileNulls,
    types: Mapping[str, Type],
) -> Columns:
    """The columns of a file, as the user declares them.

    `nulls`: of columns that declare none; `types`: declared, by the folded names of columns that
    the table lacks. Raises UsageError, FileError.
    """
    add = said.extra_columns is Extra.ADD
    found = file_columns(header, said.column_rules, table, add=add)
    extra = [column for column in found if table and table.column(column.name) is None]
    left_out: tuple[str, ...] = ()
    if said.extra_columns is Extra.IGNORE:
        left_out = tuple(column.said for column in extra)
        found = tuple(column for column in found if column not in extra)
    added = frozenset(c.name for c in extra) if add else frozenset()
    conversions = [_conversion(said, column, table, types) for column in found]
    return Columns(
        found,
        tuple(found for found in conversions if found),
        tuple(own for column in found if (own := _nulls(column, nulls))),
        left_out,
        added,
    )


def _conversion(
    said: ColumnFields, column: FileColumn, table: Table | None, types: Mapping[str, Type]
) -> Conversion | None:
    """What is declared of a column itself, else of all columns of its type."""
    place = column.place
    if place is None:
        return None
    if own := conversion(column.rule, place, place):
        return own
    there = table.column(column.name) if table else None
    target = there.type if there else types.get(fold(column.name))
    if target is None:
        return None
    if target.boolean and (said.true or said.false):
        return worded(said.true, said.false, place, usual=True)
    if target.kind in _NUMERIC and (said.decimal or said.thousands):
        return numeric(said.decimal, said.thousands, place)
    return None


def _nulls(column: FileColumn, nulls: FileNulls) -> ColumnNulls | None:
    rule = column.rule
    if column.place is None or (rule.null is None and rule.null_quoted is None):
        return None
    tokens = nulls.tokens if rule.null is None else rule.null
    quoted = nulls.quoted if rule.null_quoted is None else rule.null_quoted
    return ColumnNulls(column.place, tokens, quoted)


def file_columns(
    header: Header,
    rules: Mapping[str, ColumnRule],
    table: Table | None,
    *,
    add: bool = False,
) -> tuple[FileColumn, ...]:
    """The columns in the file's order, then the constants.

    `add`: the table gets those that it lacks.

    Raises UsageError for a declared column that is not there, or two of one name; FileError where
    the columns of a file without a header are not as many as the table's.
    """
    names, width = header.names, header.width
    said = list(names) if names is not None else [str(place) for place in range(1, width + 1)]
    constants = {name: rule for name, rule in rules.items() if rule.constant is not None}
    ruled = _placed({n: r for n, r in rules.items() if n not in constants}, said)
    if there := [name for name in constants if fold(name) in map(fold, said)]:
        raise UsageError(f"{there[0]}: the file has that column; a constant is for one it lacks")
    kept = [place for place in range(width) if not ruled.get(place, PLAIN).ignore]
    called = {place: rule.to for place, rule in ruled.items() if rule.to and not rule.ignore}
    further = [rule.to or name for name, rule in constants.items()]
    nameless = [place - 1 for place in header.unnamed if place - 1 not in called]
    called |= _by_place(nameless, table, add=add)
    if names is None:
        open_places = [place for place in kept if place not in called]
        called |= _by_order(open_places, table, [*called.values(), *further], width)
    columns = [
        FileColumn(
            place,
            called.get(place) or said[place],
            said[place],
            ruled.get(place, PLAIN),
            place in nameless,
        )
        for place in kept
    ]
    columns += [
        FileColumn(None, n, name, constants[name])
        for n, name in zip(further, constants, strict=True)
    ]
    _distinct(columns)
    return tuple(columns)


def _placed(rules: Mapping[str, ColumnRule], said: Sequence[str]) -> dict[int, ColumnRule]:
    """The rules by the place of their column. Raises UsageError for one that is not there."""
    exact = {name: place for place, name in enumerate(said)}
    alike = {fold(name): place for place, name in enumerate(said)}
    placed = {}
    for name, rule in rules.items():
        place = exact.get(name, alike.get(fold(name)))
        if place is None:
            raise UsageError(f"the file has no column {name}, of which something is declared")
        placed[place] = rule
    return placed


def _by_place(nameless: Sequence[int], table: Table | None, *, add: bool) -> dict[int, str]:
    """`column1` and so on for columns without a name, where the table has or gets such columns."""
    names = {place: f"column{place + 1}" for place in nameless}
    if table is None:
        return names
    return {
        place: name
        for place, name in names.items()
        if table.column(str(place + 1)) is None and (add or table.column(name))
    }


def _by_order(
    places: Sequence[int], table: Table | None, taken: Sequence[str], width: int
) -> dict[int, str]:
    """Names for columns of a file without a header: the table's others, in its order."""
    if table is None:
        return _by_place(places, None, add=False)
    folded = {fold(name) for name in taken}
    names = [
        column.name
        for column in table.columns
        if not column.generated and fold(column.name) not in folded
    ]
    if len(names) != len(places):
        whole = len(names) + len(folded)
        raise FileError(
            f"the file has {width} columns and no header; {table.name} has {whole}",
            "without a header the columns are the table's, in its order",
        )
    return dict(zip(places, names, strict=True))


def _distinct(columns: Sequence[FileColumn]) -> None:
    seen: dict[str, FileColumn] = {}
    for column in columns:
        if other := seen.get(fold(column.name)):
            raise UsageError(
                f"two columns, {other.said} and {column.said}, become {column.name}",
                "leave one out with --ignore, or rename it",
            )
        seen[fold(column.name)] = column
