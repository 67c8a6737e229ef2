"""Rows that nothing but writing them can judge: a trigger or a constraint refuses them then.

A statement that is refused is tried again in halves, down to the rows that are refused alone. What
was tried is undone.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from csvferry.databases.answers.rows import Count, rows_of
from csvferry.errors import RefusedRowError
from csvferry.merge.merge import Merge, Outcome
from csvferry.merge.staging import Fate


def apply_without_refused(
    merge: Merge,
    expected: Outcome,
    without: Callable[[list[int]], Outcome],
    enough: Callable[[int], bool],
) -> tuple[Outcome, Outcome]:
    """Apply a merge of which `expected` is to come, but for rows that the server refuses then.

    What came, and what was to come at last: `without` takes lines that are refused and says what is
    left;
    `enough` says whether so many further rows are too many. Raises RefusedRowError where no staged
    row is refused by itself.
    """
    while True:
        try:
            with merge.database.savepoint("csvferry_merge"):
                return merge.apply(), expected
        except RefusedRowError:
            lines = RefusedRows(merge).lines(enough)
            if not lines:
                raise
            expected = without(lines)


class _UndoneError(Exception):
    """The end of what was only tried."""


@dataclass(frozen=True)
class RefusedRows:
    """The rows of one merge, tried in the order in which they are written."""

    merge: Merge

    def lines(self, enough: Callable[[int], bool]) -> list[int]:
        """Lines of rows that the server refuses one by one; no more than are `enough`.

        Those that wait for others, as they refer to them, are left for the next time.

        Raises RefusedRowError where rows are refused that are no staged ones: of the table, to be
        deleted or to give up a unique value for a while.
        """
        merge, found = self.merge, list[int]()
        try:
            with merge.database.savepoint("csvferry_trial"):
                merge.make_way()
                for line in self._refused():
                    found.append(line)
                    if enough(len(found)):
                        break
                raise _UndoneError
        except _UndoneError:
            return found

    def _refused(self) -> Iterator[int]:
        found = False
        for depth in self.merge.depths():
            for line in self._halved(self.merge.insert, Fate.NEW, depth):
                found = True
                yield line
            if found:
                return
        if self.merge.target.values:
            yield from self._halved(self.merge.update, Fate.DIFFERS, "")
        if self.merge.target.marks.deleted:
            yield from self._halved(self.merge.bring_back, Fate.RETURNS, "")

    def _halved(self, write: Callable[[str], int], fate: Fate, among: str) -> Iterator[int]:
        staging = self.merge.staging
        ends = staging.database.query(
            f"SELECT MIN({staging.line}), MAX({staging.line}) FROM {staging.quote(staging.rows)}"
            f" AS s WHERE {staging.fate} = {int(fate)}{among}"
        )
        ((first, last),) = rows_of(tuple[Count | None, Count | None], ends)
        stretches = [] if first is None or last is None else [(int(first), int(last))]
        while stretches:
            first, last = stretches.pop()
            if self._goes(write, f"{among} AND s.{staging.line} BETWEEN {first} AND {last}"):
                continue
            if first == last:
                yield first
            else:
                middle = (first + last) // 2
                stretches += [(middle + 1, last), (first, middle)]

    def _goes(self, write: Callable[[str], int], among: str) -> bool:
        try:
            with self.merge.database.savepoint("csvferry_half"):
                write(among)
        except RefusedRowError:
            return False
        return True
