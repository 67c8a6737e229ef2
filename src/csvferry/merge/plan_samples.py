"""Samples of what a merge changes, for a plan: some rows of each kind, their lines first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from csvferry.databases.answers.rows import Count, stream_of
from csvferry.databases.base import Database
from csvferry.merge.staging import Fate, Staging
from csvferry.model.mapping import Target

Row = tuple[Any, ...]


@dataclass(frozen=True)
class PlanSamples:
    """Asks once the rows are judged, before they are applied."""

    staging: Staging

    def rows(self, limit: int, *fates: Fate) -> list[Row]:
        """Staged rows of some fates: line and values."""
        among = ", ".join(str(int(fate)) for fate in fates)
        return self._database.query(
            f"SELECT {self.staging.line}, {self._columns()} FROM {self._rows}"
            f" WHERE {self.staging.fate} IN ({among}) ORDER BY {self.staging.line} LIMIT {limit}"
        )

    def unchanged_among(self, lines: Sequence[int]) -> list[int]:
        """Which of these lines are staged rows that are in the table as they are, in order."""
        unchanged = f"FROM {self._rows} WHERE {self.staging.same}"
        rows = self._database.stream(f"SELECT {self.staging.line} {unchanged}")
        return sorted(set(lines).intersection(line for (line,) in stream_of(tuple[Count], rows)))

    def rows_of(self, lines: Sequence[int]) -> list[Row]:
        """Staged rows of some lines: line and values."""
        if not lines:
            return []
        return self._database.query(
            f"SELECT {self.staging.line}, {self._columns()} FROM {self._rows}"
            f" WHERE {self.staging.line} IN ({', '.join(map(str, lines))})"
            f" ORDER BY {self.staging.line}"
        )

    def before(self, limit: int) -> list[Row]:
        """The table's values of the rows that `rows` of DIFFERS shows."""
        line, on = f"r.{self.staging.line}", self._database.sql.equal(self._target.key, "t", "r")
        return self._database.query(
            f"SELECT {line}, {self._columns('t')} FROM {self._rows} AS r"
            f" JOIN {self._table} AS t ON {on}"
            f" WHERE r.{self.staging.fate} = {int(Fate.DIFFERS)} ORDER BY {line} LIMIT {limit}"
        )

    def gone(self, limit: int) -> list[Row]:
        """Rows of the table that mirror deletes or marks."""
        gone = self.staging.quote(self.staging.gone)
        return self._database.query(
            f"SELECT NULL, {self._columns('t')} FROM {self._table} AS t"
            f" JOIN {gone} AS g ON {self.staging.same_key('t', 'g')} LIMIT {limit}"
        )

    @property
    def _database(self) -> Database:
        return self.staging.database

    @property
    def _target(self) -> Target:
        return self.staging.target

    @property
    def _rows(self) -> str:
        return self.staging.quote(self.staging.rows)

    @property
    def _table(self) -> str:
        return self.staging.quote(self._target.table.name)

    def _columns(self, alias: str = "") -> str:
        return self._database.sql.names([column.name for column in self._target.columns], alias)
