"""Tables, columns and types as plain values: what validation decides from, without I/O."""

from dataclasses import dataclass, field

from csvferry.model.column_type import Kind, Type, parse_type
from csvferry.model.names import fold

__all__ = [
    "Check",
    "Column",
    "Dependent",
    "ForeignKey",
    "Kind",
    "Part",
    "Table",
    "Type",
    "UniqueIndex",
    "parse_type",
]


@dataclass(frozen=True)
class Column:
    """A column of the target table. `charset` and `collation` are None where text is not meant."""

    name: str
    type: Type
    nullable: bool = True
    has_default: bool = False
    auto_increment: bool = False
    generated: bool = False
    charset: str | None = None
    collation: str | None = None
    expression: str | None = None  # SQL of the server's own wording, of a generated column

    @property
    def optional(self) -> bool:
        """Whether a new row may leave the column out."""
        return self.nullable or self.has_default or self.auto_increment or self.generated


@dataclass(frozen=True)
class ForeignKey:
    """`columns` refer to `parent_columns` of the table `parent` (in `parent_schema`).

    `own`: that is the table itself, as the server tells names apart.
    """

    name: str
    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]
    parent_schema: str | None = None
    own: bool = False


@dataclass(frozen=True)
class Dependent:
    """Columns of another table whose rows follow when rows they refer to are deleted or changed.

    Rules: CASCADE deletes or changes them likewise, SET NULL and SET DEFAULT change them.
    """

    schema: str | None
    table: str
    columns: tuple[str, ...]
    parent_columns: tuple[str, ...]
    on_delete: str
    on_update: str


@dataclass(frozen=True)
class Check:
    """A CHECK constraint; `clause` is SQL of the server's own wording."""

    name: str
    clause: str


@dataclass(frozen=True)
class Part:
    """A part of an index: SQL of its value, the column if it is of one, SQLite's collation.

    `whole`: the part is the column as it is, compared as the column is.
    """

    sql: str
    column: str | None = None
    collation: str | None = None
    whole: bool = False


@dataclass(frozen=True)
class UniqueIndex:
    """A unique index of the rows for which `where` is true."""

    name: str
    parts: tuple[Part, ...]
    where: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it is a list of; none where it is more than that."""
        whole = [part.column for part in self.parts if part.whole and part.column]
        return tuple(whole) if len(whole) == len(self.parts) and not self.where else ()


@dataclass(frozen=True)
class Table:
    """The target table as its server describes it.

    `uniques` are the unique indexes that are lists of columns, `indexes` all of them.
    `referenced` are columns to which some table's foreign key refers; `held_fast` are those of them
    of which not every reference follows a change (ON UPDATE CASCADE).
    """

    name: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ()
    uniques: tuple[tuple[str, ...], ...] = ()
    indexes: tuple[UniqueIndex, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    checks: tuple[Check, ...] = ()
    referenced: frozenset[str] = frozenset()
    held_fast: frozenset[str] = frozenset()
    _by_name: dict[str, Column] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        names = {fold(column.name): column for column in self.columns}
        names |= {column.name: column for column in self.columns}
        object.__setattr__(self, "_by_name", names)

    def column(self, name: str) -> Column | None:
        """The column of that name; where none is spelled so, without regard to case."""
        return self._by_name.get(name) or self._by_name.get(fold(name))
