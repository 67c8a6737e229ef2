"""Unique values that several staged rows want, or that a row of the table has: as the server says.

What is equal and who has what is gathered from the server; `disputes` settles it.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from csvferry.databases.answers.rows import Count, HeldRow, stream_of
from csvferry.merge.conflicts.disputes import Disputes
from csvferry.merge.index_values import Indexes
from csvferry.merge.placeholders import Park, find_parks
from csvferry.merge.staging import CHANGING, ENTERING, Fate, Staging
from csvferry.model.mapping import Mode
from csvferry.model.names import HOLDS

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from typing import Any

Holder = tuple[int, int, int | None, bool]


class Unique(Protocol):
    """What no two rows may have alike: columns, or an index."""

    @property
    def label(self) -> str:
        """Its first column or its name."""

    def claims(self) -> str:
        """SQL of line and value (a number for it), where several entering rows have the value."""

    def holders(self) -> str:
        """SQL of line and key: entering rows and the other row of the table that has the value."""

    def comparing(self) -> "AbstractContextManager[None]":
        """How the server is to compare meanwhile."""


@dataclass
class Uniques:
    """All that is unique in one run's target."""

    staging: Staging
    indexes: Indexes
    parks: tuple[Park | None, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.staging.target.uniques or self.indexes.judged)

    def gather(self, disputes: Disputes) -> None:
        """Ask the server who wants and who has which value."""
        self.indexes.fill()
        self.staging.database.execute(f"DELETE FROM {self.staging.quote(self.staging.holders)}")
        database, uniques = self.staging.database, self.all
        for number, unique in enumerate(uniques):
            with unique.comparing():
                claims = database.stream(unique.claims())
                disputes.claim(number, stream_of(tuple[Count, Count], claims))
                self._note_holders(number, unique)
        self._free_gone()
        self._find_parks()
        disputes.hold(map(self._holder, stream_of(HeldRow, database.stream(self._held_by()))))

    def _free_gone(self) -> None:
        """Rows that mirror deletes hold nothing; those that it marks hold what they have."""
        if not self.staging.target.marks.deleted:
            self.staging.leave_gone(self.staging.holders)
            return
        first = len(self.staging.target.uniques)
        judged = enumerate(self.indexes.judged, first)
        if freed := [str(number) for number, index in judged if index.frees_marked]:
            self.staging.leave_gone(self.staging.holders, f" AND t.number IN ({', '.join(freed)})")

    @property
    def all(self) -> "list[Unique]":
        """The unique sets of columns, then the other indexes."""
        uniques = self.staging.target.uniques
        return [*(_Columns(self.staging, names) for names in uniques), *self.indexes.judged]

    def _note_holders(self, number: int, unique: Unique) -> None:
        staging = self.staging
        columns = staging.database.sql.names(("row_line", "number", *staging.target.key))
        keys = staging.database.sql.names(staging.target.key, "x")
        staging.database.execute(
            f"INSERT INTO {staging.quote(staging.holders)} ({columns})"
            f" SELECT x.{staging.line}, {number}, {keys} FROM ({unique.holders()}) AS x"
        )

    def _held_by(self) -> str:
        """SQL of line, unique set, and the holder's line, fate and what it keeps, if in the file.

        Of a row that is there already, insert does not know whether the file has it so.
        """
        staging = self.staging
        holders = f"SELECT h.row_line, h.number, {{}} FROM {staging.quote(staging.holders)} AS h"
        if staging.target.mode is Mode.INSERT:
            return holders.format("NULL, NULL, NULL")
        on = staging.database.sql.equal(staging.target.key, "r", "h")
        return (
            holders.format(f"r.{staging.line}, r.{staging.fate}, r.{staging.quote(HOLDS)}")
            + f" LEFT JOIN {staging.quote(staging.rows)} AS r ON {on}"
            f" AND (r.{staging.same} OR r.{staging.fate} IN {ENTERING})"
        )

    def _holder(self, found: "tuple[Any, ...]") -> Holder:
        line, number, holder, fate, holds = found
        if fate not in (Fate.DIFFERS, Fate.RETURNS):
            return line, number, holder, False
        if number >= len(self.staging.target.uniques):  # what it has in the end is not known
            return line, number, None, False
        moves = not holds & 1 << number
        has_room = bool(self.parks and self.parks[number])
        return line, number, None if moves and not has_room else holder, moves and has_room

    def _find_parks(self) -> None:
        """Look for room, where a row that has a value which another wants may give it up."""
        staging = self.staging
        if staging.target.mode is Mode.INSERT or self.parks:
            return
        on = staging.database.sql.equal(staging.target.key, "r", "h")
        if staging.database.query(
            f"SELECT 1 FROM {staging.quote(staging.holders)} AS h"
            f" JOIN {staging.quote(staging.rows)} AS r ON {on}"
            f" WHERE r.{staging.fate} IN {CHANGING} LIMIT 1"
        ):
            self.parks = find_parks(staging)


@dataclass(frozen=True)
class _Columns:
    """A unique set of the file's columns."""

    staging: Staging
    names: Sequence[str]

    @property
    def label(self) -> str:
        return self.names[0]

    def claims(self) -> str:
        staging = self.staging
        given = " AND ".join(f"{staging.quote(name)} IS NOT NULL" for name in self.names)
        rows = f"{staging.quote(staging.rows)} WHERE {given} AND {staging.fate} IN {ENTERING}"
        return staging.repeated(rows, staging.database.sql.names(self.names))

    def holders(self) -> str:
        staging, target = self.staging, self.staging.target
        columns = [target.named(name) for name in self.names]
        same = staging.database.sql.equal(self.names, "t", "r")
        if self._by_hash:
            same = " AND ".join(staging.database.sql.equal_by_hash(c, "t", "r") for c in columns)
        return (
            f"SELECT r.{staging.line}, {staging.database.sql.names(target.key, 't')}"
            f" FROM {staging.quote(staging.rows)} AS r"
            f" JOIN {staging.quote(target.table.name)} AS t ON {same}"
            f" WHERE r.{staging.fate} IN {ENTERING} AND {staging.other_key('t', 'r')}"
        )

    def comparing(self) -> "AbstractContextManager[None]":
        return self.staging.database.joining_by_hash() if self._by_hash else nullcontext()

    @property
    def _by_hash(self) -> bool:
        return not self.staging.target.indexed(self.names)
