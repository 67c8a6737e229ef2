"""How the table follows the file: the mode, and the file's columns in the table."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from csvferry.model.names import fold
from csvferry.model.schema import Column, ForeignKey, Table, UniqueIndex


class Mode(StrEnum):
    """How the table follows the file."""

    INSERT = "insert"
    UPSERT = "upsert"
    MIRROR = "mirror"


@dataclass(frozen=True)
class RowMarks:
    """Columns of the table that csvferry itself fills; none of them counts as a change of its row.

    `run` gets the id of the run that last wrote the row. `deleted` gets the time, in UTC, at which
    mirror would have deleted the row; it is NULL in every other row.
    """

    run: Column | None = None
    deleted: Column | None = None

    @property
    def columns(self) -> tuple[Column, ...]:
        """Those that there are."""
        return tuple(column for column in (self.run, self.deleted) if column)


@dataclass(frozen=True)
class Target:
    """The table, the file's columns in it, and what identifies a row.

    `uniques` are the columns of the file that may not repeat, `indexes` the other unique indexes;
    `equals`: the mode by which of equal rows one wins, where that is another.
    """

    table: Table
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    uniques: tuple[tuple[str, ...], ...]
    mode: Mode
    indexes: tuple[UniqueIndex, ...] = ()
    equals: Mode | None = None
    marks: RowMarks = RowMarks()

    @property
    def first_wins(self) -> bool:
        """Whether of equal rows of the file the first one counts, else the last."""
        return (self.equals or self.mode) is Mode.INSERT

    @property
    def key_columns(self) -> tuple[Column, ...]:
        """The key's columns, in the key's order."""
        return tuple(self.named(name) for name in self.key)

    @property
    def values(self) -> tuple[Column, ...]:
        """The file's columns that are no part of the key."""
        keys = {fold(name) for name in self.key}
        return tuple(c for c in self.columns if fold(c.name) not in keys)

    @property
    def lacking(self) -> tuple[Column, ...]:
        """Columns that the file does not have, and that neither server nor csvferry computes."""
        present = {column.name for column in (*self.columns, *self.marks.columns)}
        return tuple(c for c in self.table.columns if c.name not in present and not c.generated)

    @property
    def required(self) -> tuple[str, ...]:
        """Columns that a new row needs and the file does not have."""
        return tuple(column.name for column in self.lacking if not column.optional)

    @property
    def references(self) -> tuple[ForeignKey, ...]:
        """References whose columns are all in the file, to other tables and to this one."""
        return tuple(k for k in self.table.foreign_keys if self.has(k.columns))

    @property
    def preset_references(self) -> tuple[ForeignKey, ...]:
        """The other references to other tables: by columns of which the file lacks some."""
        own = self.own_references
        return tuple(k for k in self.table.foreign_keys if k not in (*self.references, *own))

    @property
    def own_references(self) -> tuple[ForeignKey, ...]:
        """References of the table to itself, in the file or not."""
        return tuple(key for key in self.table.foreign_keys if key.own)

    @property
    def own_parents(self) -> tuple[ForeignKey, ...]:
        """References to rows that can come in the same file."""
        own = self.own_references
        return tuple(k for k in self.references if k in own and self.has(k.parent_columns))

    @property
    def changes_references(self) -> bool:
        """Whether other rows refer to a column that a change of a row may change."""
        changing = {fold(column.name) for column in self.values}
        return any(fold(name) in changing for name in self.table.referenced)

    def indexed(self, names: Sequence[str]) -> bool:
        """Whether a unique index of the table is of just these columns."""
        found = {frozenset(names) for names in (self.table.primary_key, *self.table.uniques)}
        return frozenset(names) in found

    def has(self, names: Sequence[str]) -> bool:
        """Whether the file has all of these columns."""
        present = {fold(column.name) for column in self.columns}
        return all(fold(name) in present for name in names)

    def named(self, name: str) -> Column:
        """A column of the table that is known to be there, as the file's values are for it."""
        own = next((c for c in self.columns if fold(c.name) == fold(name)), None)
        column = own or self.table.column(name)
        if column is None:
            raise KeyError(name)
        return column
