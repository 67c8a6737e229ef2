"""Unique indexes that are no list of the file's columns: of a prefix, an expression, some rows.

Also of columns that the server computes or that the file lacks. What each staged row would have in
such an index is computed by the server itself, from the row as it would be, into a table of its
own; rows are then judged by these values as they are by unique columns.
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass

from csvferry.database import FATE, LINE, STAGE_PREFIX, Database
from csvferry.errors import DatabaseError, PassingDatabaseError
from csvferry.feed import Mode
from csvferry.schema import Column, Part, UniqueIndex
from csvferry.staging import Fate, Staging, Target

log = logging.getLogger(__name__)

_HELD = "csvferry_held"
_ENTERING = f"({int(Fate.NEW)}, {int(Fate.DIFFERS)})"


@dataclass
class Indexes:
    """The indexes of one run's target, those left out that the server alone can judge."""

    staging: Staging
    judged: tuple[tuple[str, UniqueIndex], ...] = ()

    @property
    def database(self) -> Database:
        """The server that judges."""
        return self.staging.database

    @property
    def target(self) -> Target:
        """What the rows are for."""
        return self.staging.target

    def make(self) -> None:
        """Create the tables of values, whose types are the expressions' own; DDL would commit."""
        judged = []
        for number, index in enumerate(self.target.indexes):
            name = f"{STAGE_PREFIX}{self.staging.run}_index_{number}"
            values = ", ".join(_valued(index.parts))
            try:
                self.database.execute(
                    f"CREATE TEMPORARY TABLE {self._quote(name)} AS SELECT"
                    f" 1000000000000 AS {self._quote(LINE)}, 1 AS {_HELD}, {values}"
                    f" FROM {self._table} WHERE {_where(index)} AND 1 = 0"
                )
            except PassingDatabaseError:
                raise
            except DatabaseError as error:
                # Its expression can't be asked outside the index; a conflict there ends the run.
                log.info("the index %s is left to the server: %s", index.name, error)
                continue
            self.staging.made(name)
            judged.append((name, index))
        self.judged = tuple(judged)

    def refusals(self) -> Iterator[tuple[str, str]]:
        """For each index twice: its first column or its name, and the query of line and winner."""
        for name, index in self.judged:
            self._fill(name, index)
            yield self._told(index), self._among_staged(name, index)
            yield self._told(index), self._against_table(name, index)

    def _fill(self, name: str, index: UniqueIndex) -> None:
        """What each staged row would have in the index, and whether its row has it already."""
        keys = self.database.list(self.target.key)
        values = ", ".join(_valued(index.parts))
        equal = self.database.equal(self.target.key, "h", "x")
        same = " AND ".join(_same(number, part) for number, part in enumerate(index.parts))
        given = " AND ".join(f"x.u{number} IS NOT NULL" for number, _ in enumerate(index.parts))
        listed = ", ".join(f"x.u{number}" for number, _ in enumerate(index.parts))
        table = f"(SELECT {keys}, {values} FROM {self._table} WHERE {_where(index)})"
        rows = f"(SELECT y.*, {values} FROM {self._rows_to_be(index)} AS y WHERE {_where(index)})"
        self.database.execute(f"DELETE FROM {self._quote(name)}")
        self.database.execute(
            f"INSERT INTO {self._quote(name)} SELECT x.{self._quote(LINE)},"
            f" CASE WHEN h.{self._quote(self.target.key[0])} IS NULL THEN 0 ELSE 1 END, {listed}"
            f" FROM {rows} AS x LEFT JOIN {table} AS h ON {equal} AND {same} WHERE {given}"
        )

    def _among_staged(self, name: str, index: UniqueIndex) -> str:
        """Of staged rows with the same values wins the one that holds them, else by mode."""
        line, last = self._quote(LINE), "" if self.target.mode is Mode.INSERT else " DESC"
        values = ", ".join(_collated(f"u{n}", part) for n, part in enumerate(index.parts))
        order = f"{_HELD} DESC, {line}{last}"
        winner = f"FIRST_VALUE({line}) OVER (PARTITION BY {values} ORDER BY {order})"
        return (
            f"SELECT {line}, winner FROM (SELECT {line}, {winner} AS winner"
            f" FROM {self._quote(name)}) AS ranked WHERE {line} <> winner"
        )

    def _against_table(self, name: str, index: UniqueIndex) -> str:
        """Rows whose values another row of the table holds and keeps."""
        staging, keys = self.staging, self.database.list(self.target.key)
        values = ", ".join(_valued(index.parts))
        same = " AND ".join(_same(number, part) for number, part in enumerate(index.parts))
        return (
            f"SELECT r.{staging.line}, NULL FROM {self._quote(name)} AS x"
            f" JOIN {self._quote(staging.rows)} AS r ON r.{staging.line} = x.{staging.line}"
            f" JOIN (SELECT {keys}, {values} FROM {self._table} WHERE {_where(index)}) AS h"
            f" ON {same} WHERE r.{staging.fate} IN {_ENTERING}"
            f" AND NOT ({self.database.equal(self.target.key, 'h', 'r')})"
            f" AND {staging.absent(staging.gone, 'g', 'h')}"
        )

    def _rows_to_be(self, index: UniqueIndex) -> str:
        """The staged rows that the table has or takes, as they would be."""
        staging, target = self.staging, self.target
        fate = f"r.{staging.fate}"
        takers = f"{fate} = {int(Fate.NEW)}"
        if target.mode is not Mode.INSERT:
            takers = f"({fate} IS NULL OR {fate} IN {_ENTERING})"
        on = self.database.equal(target.key, "t", "r")
        rows = (
            f"(SELECT r.{staging.line}, {', '.join(row_to_be(staging))}"
            f" FROM {self._quote(staging.rows)} AS r LEFT JOIN {self._table} AS t ON {on}"
            f" WHERE {takers})"
        )
        for column in self._computed(index):
            # One after another, as a computed column may be made of those before it.
            rows = (
                f"(SELECT c.*, ({column.expression}) AS {self._quote(column.name)}"
                f" FROM {rows} AS c)"
            )
        return rows

    def _computed(self, index: UniqueIndex) -> list[Column]:
        """The computed columns that the index is made of, in the table's order."""
        words = " ".join([part.sql for part in index.parts] + [index.where or ""])
        found: list[Column] = []
        for column in reversed(self.target.table.columns):
            if column.expression and re.search(rf"(?<!\w){re.escape(column.name)}(?!\w)", words):
                found.insert(0, column)
                words += " " + column.expression
        return found

    def _told(self, index: UniqueIndex) -> str:
        return next((part.column for part in index.parts if part.column), index.name)

    @property
    def _table(self) -> str:
        return self._quote(self.target.table.name)

    def _quote(self, name: str) -> str:
        return self.staging.quote(name)


def row_to_be(staging: Staging) -> Iterator[str]:
    """The columns of a row `r` as it would be: from the file, the table `t` or the defaults."""
    target = staging.target
    staged = {column.name for column in target.columns}
    defaults = staging.database.defaults(target.table.name)
    for column in target.table.columns:
        name = staging.quote(column.name)
        if column.name in staged:
            yield f"r.{name} AS {name}"
        elif not column.generated:
            yield (
                f"CASE WHEN r.{staging.quote(FATE)} = {int(Fate.NEW)}"
                f" THEN {defaults.get(column.name, 'NULL')} ELSE t.{name} END AS {name}"
            )


def _valued(parts: tuple[Part, ...]) -> Iterator[str]:
    return (f"{part.sql} AS u{number}" for number, part in enumerate(parts))


def _same(number: int, part: Part) -> str:
    return f"{_collated(f'h.u{number}', part)} = x.u{number}"


def _collated(value: str, part: Part) -> str:
    return f"{value} COLLATE {part.collation}" if part.collation else value


def _where(index: UniqueIndex) -> str:
    return f"({index.where})" if index.where else "1 = 1"
