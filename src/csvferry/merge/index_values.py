"""Unique indexes that are no list of the file's columns: of a prefix, an expression, some rows.

Also of columns that the server computes or that the file lacks. What each staged row would have in
such an index is computed by the server itself, from the row as it would be, into a table of its
own; rows are then judged by these values as they are by unique columns.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from csvferry.errors import DatabaseError, PassingDatabaseError
from csvferry.merge.projected_rows import mentions, rows_to_be
from csvferry.merge.staging import ENTERING, Staging
from csvferry.model.names import LINE, STAGE_PREFIX
from csvferry.model.schema import Part, UniqueIndex
from csvferry.printable import get_logger

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

log = get_logger(__name__)


@dataclass
class Indexes:
    """The indexes of one run's target, those left out that the server alone can judge."""

    staging: Staging
    judged: "tuple[Index, ...]" = ()

    def make(self) -> None:
        """Create the tables of values, whose types are the expressions' own; DDL would commit."""
        judged = []
        for number, unique in enumerate(self.staging.target.indexes):
            index = Index(self.staging, f"{STAGE_PREFIX}{self.staging.run}_index_{number}", unique)
            try:
                index.make()
            except PassingDatabaseError:
                raise
            except DatabaseError as error:
                # Its expression can't be asked outside the index; a conflict there ends the run.
                log.info("the index %s is left to the server: %s", unique.name, error)
                continue
            self.staging.made(index.name)
            judged.append(index)
        self.judged = tuple(judged)

    def fill(self) -> None:
        """Compute what the staged rows would have in each, as their fates are now."""
        self.judged = tuple(index for index in self.judged if self._filled(index))

    def _filled(self, index: "Index") -> bool:
        try:
            index.fill()
        except PassingDatabaseError:
            raise
        except DatabaseError as error:
            log.info("the index %s is left to the server: %s", index.index.name, error)
            return False
        return True


@dataclass(frozen=True)
class Index:
    """One index, and the staging table of its values."""

    staging: Staging
    name: str
    index: UniqueIndex

    @property
    def label(self) -> str:
        return next((part.column for part in self.index.parts if part.column), self.index.name)

    def make(self) -> None:
        """Create the table of values. Raises DatabaseError."""
        self.staging.database.loader.stage_query(
            self.name,
            f"SELECT 1000000000000 AS {self._quote(LINE)}, {self._values}"
            f" FROM {self._table} WHERE {self._where} AND 1 = 0",
        )

    def fill(self) -> None:
        """What each entering row would have in the index."""
        parts = self.index.parts
        given = " AND ".join(f"x.{_value(number)} IS NOT NULL" for number, _ in enumerate(parts))
        line = self._quote(LINE)
        rows = f"SELECT {line}, {self._values} FROM {self._rows_to_be()} AS y WHERE {self._where}"
        self.staging.database.execute(f"DELETE FROM {self._quote(self.name)}")
        self.staging.database.execute(
            f"INSERT INTO {self._quote(self.name)} SELECT * FROM ({rows}) AS x WHERE {given}"
        )

    @property
    def frees_marked(self) -> bool:
        """Whether what a row has in it may be another's once the row is marked as deleted."""
        table, mark = self.staging.target.table, self.staging.target.marks.deleted
        return mark is not None and mentions(table.columns, self._words, mark.name)

    def claims(self) -> str:
        values = ", ".join(
            self._collated(_value(n), part) for n, part in enumerate(self.index.parts)
        )
        return self.staging.repeated(self._quote(self.name), values)

    def holders(self) -> str:
        staging = self.staging
        keys = staging.database.sql.names(staging.target.key)
        there = f"(SELECT {keys}, {self._values} FROM {self._table} WHERE {self._where})"
        return (
            f"SELECT r.{staging.line}, {staging.database.sql.names(staging.target.key, 'h')}"
            f" FROM {self._quote(self.name)} AS x"
            f" JOIN {self._quote(staging.rows)} AS r ON r.{staging.line} = x.{staging.line}"
            f" JOIN {there} AS h ON {self._same} WHERE {staging.other_key('h', 'r')}"
        )

    def comparing(self) -> "AbstractContextManager[None]":
        return self.staging.database.joining_by_hash()

    def _rows_to_be(self) -> str:
        """The staged rows that the table takes, as they would be."""
        return rows_to_be(self.staging, f"r.{self.staging.fate} IN {ENTERING}", self._words)

    @property
    def _words(self) -> str:
        return " ".join([*(part.sql for part in self.index.parts), self.index.where or ""])

    @property
    def _values(self) -> str:
        return ", ".join(
            f"{part.sql} AS {_value(number)}" for number, part in enumerate(self.index.parts)
        )

    @property
    def _same(self) -> str:
        return " AND ".join(
            " = ".join(
                self._hash_safe(value, part)
                for value in (self._collated(f"h.{_value(number)}", part), f"x.{_value(number)}")
            )
            for number, part in enumerate(self.index.parts)
        )

    def _hash_safe(self, value: str, part: Part) -> str:
        column = self.staging.target.table.column(part.column) if part.column else None
        return self.staging.database.sql.hash_safe(value, column.collation if column else None)

    def _collated(self, value: str, part: Part) -> str:
        return f"{value} COLLATE {self._quote(part.collation)}" if part.collation else value

    @property
    def _where(self) -> str:
        return f"({self.index.where})" if self.index.where else "1 = 1"

    @property
    def _table(self) -> str:
        return self._quote(self.staging.target.table.name)

    def _quote(self, name: str) -> str:
        return self.staging.quote(name)


def _value(number: int) -> str:
    """The column of what a row has in a part of the index."""
    return f"csvferry_value_{number}"
