"""Unique values: of staged rows that would hold the same one wins, whatever makes it unique.

A row that lost wins nothing: whom it beat by another value is looked at again. So no row is refused
for the sake of one that is refused itself.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from csvferry.databases.base import HOLDS, LINE
from csvferry.merge.index_values import Indexes
from csvferry.merge.placeholders import Park, find_parks
from csvferry.merge.staging import ENTERING, Fate, Staging
from csvferry.model.mapping import Mode


class Unique(Protocol):
    """What no two rows may have alike: columns, or an index."""

    @property
    def told(self) -> str:
        """Its first column or its name."""

    def losers(self) -> str:
        """SQL of line, winner and held: staged rows whose value another staged row gets.

        That is the one whose row in the table has it already (then `held` is 1), else one by mode.
        """

    def lost_to_table(self) -> str:
        """SQL of line and NULL: rows whose value another row of the table holds and keeps."""


@dataclass
class Uniques:
    """All that is unique in one run's target."""

    staging: Staging
    indexes: Indexes
    parks: tuple[Park | None, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.staging.target.uniques or self.indexes.judged)

    def refusals(self) -> Iterator[tuple[str, str]]:
        """By what rows lose, and the query of their lines and those that they lost to.

        Each is to be refused before the next is asked for, and all again until no row is.
        """
        if self._note_moving() and not self.parks:
            self.parks = find_parks(self.staging)
        self.indexes.fill()
        uniques = self._all()
        contested = self._note_contests(uniques)
        if contested:
            yield from self._lost(uniques, "held = 1")
        for unique in uniques:
            yield unique.told, unique.lost_to_table()
        if contested:
            self._keep_settled()
            yield from self._lost(uniques, "held = 0")

    def _all(self) -> "list[Unique]":
        staging, parks = self.staging, self.parks
        columns = [
            _Columns(staging, bit, names, parked=bool(parks and parks[bit]))
            for bit, names in enumerate(staging.target.uniques)
        ]
        return [*columns, *self.indexes.judged]

    def _note_moving(self) -> int:
        """Rows that give up a unique value they hold now; how many they are."""
        staging, target = self.staging, self.staging.target
        if not target.uniques:
            return 0
        all_held = (1 << len(target.uniques)) - 1
        return staging.refill(
            staging.moving,
            (LINE, HOLDS, *target.key),
            f"SELECT {staging.database.list((LINE, HOLDS, *target.key))}"
            f" FROM {staging.quote(staging.rows)} WHERE {staging.fate} = {int(Fate.DIFFERS)}"
            f" AND {staging.quote(HOLDS)} <> {all_held}",
        )

    def _note_contests(self, uniques: "Sequence[Unique]") -> int:
        """Who lost to whom, by each of them; how often."""
        staging, contests = self.staging, self.staging.quote(self.staging.contests)
        staging.database.execute(f"DELETE FROM {contests}")
        return sum(
            staging.database.execute(
                f"INSERT INTO {contests} (row_line, winner, held, number)"
                f" SELECT x.*, {number} FROM ({unique.losers()}) AS x"
            )
            for number, unique in enumerate(uniques)
        )

    def _keep_settled(self) -> None:
        """Leave the contests of rows that are not refused yet with rows that lost none."""
        staging, database, contests = self.staging, self.staging.database, self.staging.contests
        refused = database.delete_from(contests, staging.faults, "t.row_line = s.row_line")
        database.execute(refused)
        lines = f"SELECT DISTINCT row_line FROM {staging.quote(contests)}"
        staging.refill(staging.losing, ("row_line",), lines)
        for others in (staging.faults, staging.losing):
            database.execute(database.delete_from(contests, others, "t.winner = s.row_line"))

    def _lost(self, uniques: "Sequence[Unique]", where: str) -> Iterator[tuple[str, str]]:
        """Each line once, by the first that it lost by."""
        first = "ROW_NUMBER() OVER (PARTITION BY row_line ORDER BY number)"
        contests = self.staging.quote(self.staging.contests)
        for number, unique in enumerate(uniques):
            yield (
                unique.told,
                f"SELECT row_line, winner FROM (SELECT row_line, winner, number, {first} AS nth"
                f" FROM {contests} WHERE {where}) AS lost WHERE nth = 1 AND number = {number}",
            )


@dataclass(frozen=True)
class _Columns:
    """A unique set of the file's columns."""

    staging: Staging
    bit: int
    names: Sequence[str]
    parked: bool  # rows that give their value up do so before others take it

    @property
    def told(self) -> str:
        return self.names[0]

    def losers(self) -> str:
        staging, insert = self.staging, self.staging.target.mode is Mode.INSERT
        fate, rows = staging.fate, staging.quote(staging.rows)
        takers = (
            f"{fate} = {int(Fate.NEW)}" if insert else f"({fate} IS NULL OR {fate} IN {ENTERING})"
        )
        holds = f"COALESCE({staging.quote(HOLDS)}, 0) & {1 << self.bit}"
        given = " AND ".join(f"{staging.quote(name)} IS NOT NULL" for name in self.names)
        return staging.losers(
            f"{rows} WHERE {given} AND {takers}",
            staging.database.list(self.names),
            f"CASE WHEN {fate} IS NULL OR {holds} THEN 1 ELSE 0 END",
        )

    def lost_to_table(self) -> str:
        staging, target = self.staging, self.staging.target
        leaving = f" AND {staging.absent(staging.gone, 'g', 't')}"
        if self.parked:
            leaving += f" AND {staging.absent(staging.moving, 'm', 't')}"
        return (
            f"SELECT r.{staging.line}, NULL FROM {staging.quote(staging.rows)} AS r"
            f" JOIN {staging.quote(target.table.name)} AS t"
            f" ON {staging.database.equal(self.names, 't', 'r')}"
            f" WHERE r.{staging.fate} IN {ENTERING}"
            f" AND NOT ({staging.database.equal(target.key, 't', 'r')}){leaving}"
        )
