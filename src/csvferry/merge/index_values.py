"""Unique indexes that are no list of the file's columns: of a prefix, an expression, some rows.

Also of columns that the server computes or that the file lacks. What each staged row would have in
such an index is computed by the server itself, from the row as it would be, into a table of its
own; rows are then judged by these values as they are by unique columns.
"""

from dataclasses import dataclass

from csvferry.databases.base import LINE, STAGE_PREFIX
from csvferry.errors import DatabaseError, PassingDatabaseError
from csvferry.merge.projected_rows import rows_to_be
from csvferry.merge.staging import ENTERING, Fate, Staging
from csvferry.model.mapping import Mode
from csvferry.model.schema import Part, UniqueIndex
from csvferry.printable import get_logger

log = get_logger(__name__)

_HELD = "csvferry_held"


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
    def told(self) -> str:
        return next((part.column for part in self.index.parts if part.column), self.index.name)

    def make(self) -> None:
        """Create the table of values. Raises DatabaseError."""
        self.staging.database.execute(
            f"CREATE TEMPORARY TABLE {self._quote(self.name)} AS SELECT"
            f" 1000000000000 AS {self._quote(LINE)}, 1 AS {_HELD}, {self._values}"
            f" FROM {self._table} WHERE {self._where} AND 1 = 0"
        )

    def fill(self) -> None:
        """What each staged row would have in the index, and whether its row has it already."""
        staging, parts = self.staging, self.index.parts
        equal = staging.database.equal(staging.target.key, "h", "x")
        given = " AND ".join(f"x.{_value(number)} IS NOT NULL" for number, _ in enumerate(parts))
        listed = ", ".join(f"x.{_value(number)}" for number, _ in enumerate(parts))
        key = staging.database.list((LINE, *staging.target.key))
        rows = f"(SELECT {key}, {self._values} FROM {self._rows_to_be()} AS y WHERE {self._where})"
        staging.database.execute(f"DELETE FROM {self._quote(self.name)}")
        staging.database.execute(
            f"INSERT INTO {self._quote(self.name)} SELECT x.{self._quote(LINE)},"
            f" CASE WHEN h.{self._quote(staging.target.key[0])} IS NULL THEN 0 ELSE 1 END, {listed}"
            f" FROM {rows} AS x LEFT JOIN {self._there} AS h ON {equal} AND {self._same}"
            f" WHERE {given}"
        )

    def losers(self) -> str:
        values = ", ".join(
            self._collated(_value(n), part) for n, part in enumerate(self.index.parts)
        )
        return self.staging.losers(self._quote(self.name), values, _HELD)

    def lost_to_table(self) -> str:
        staging = self.staging
        return (
            f"SELECT r.{staging.line}, NULL FROM {self._quote(self.name)} AS x"
            f" JOIN {self._quote(staging.rows)} AS r ON r.{staging.line} = x.{staging.line}"
            f" JOIN {self._there} AS h ON {self._same} WHERE r.{staging.fate} IN {ENTERING}"
            f" AND NOT ({staging.database.equal(staging.target.key, 'h', 'r')})"
            f" AND {staging.absent(staging.gone, 'g', 'h')}"
        )

    @property
    def _there(self) -> str:
        """The table's rows in the index: their keys and values."""
        keys = self.staging.database.list(self.staging.target.key)
        return f"(SELECT {keys}, {self._values} FROM {self._table} WHERE {self._where})"

    def _rows_to_be(self) -> str:
        """The staged rows that the table has or takes, as they would be."""
        fate, words = f"r.{self.staging.fate}", [part.sql for part in self.index.parts]
        takers = f"{fate} = {int(Fate.NEW)}"
        if self.staging.target.mode is not Mode.INSERT:
            takers = f"({fate} IS NULL OR {fate} IN {ENTERING})"
        return rows_to_be(self.staging, takers, " ".join([*words, self.index.where or ""]))

    @property
    def _values(self) -> str:
        return ", ".join(
            f"{part.sql} AS {_value(number)}" for number, part in enumerate(self.index.parts)
        )

    @property
    def _same(self) -> str:
        return " AND ".join(
            f"{self._collated(f'h.{_value(number)}', part)} = x.{_value(number)}"
            for number, part in enumerate(self.index.parts)
        )

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
