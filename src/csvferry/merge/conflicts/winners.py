"""Which rows get in where several want the same unique value: the rule of decision record 6.

Pure, and linear in rows, claims and needs; about 100 bytes for each row that is in dispute. Rows
are numbered in the order in which they win: 0 is the first of the file's lines with `insert`, the
last one with `upsert` and `mirror`.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from heapq import heapify, heappop, heappush
from itertools import accumulate

Pair = tuple[int, int]
_IN, _OUT = 1, 2  # 0: not decided


def winners(
    rows: int, claims: Iterable[Pair], needs: Iterable[Pair], lost: Iterable[int]
) -> Sequence[bool]:
    """Whether each of so many rows gets in.

    `claims`: (value, row), sorted: the row would have the value; values are numbered from 0.
    `needs`: (row, other): the row gets in only if the other does, as it takes a value that the
    other gives up, or refers to it. `lost`: rows for which a row of the table is in the way.

    A row is out if it is lost, if a row that is in has one of its values, or if a row that it needs
    is out. It is in if all rows before it that claim one of its values are out, and all that it
    needs are in; rows that need each other are in or out together. Where that decides nothing, the
    first row that needs no undecided one is in.
    """
    return _Dispute(rows, claims, needs).settled(lost)


class _Dispute:
    """Rows that need each other form a bundle, which has the number of its first row."""

    def __init__(self, rows: int, claims: Iterable[Pair], needs: Iterable[Pair]) -> None:
        values, claimants = _columns(claims)
        count = values[-1] + 1 if values else 0
        needing, needed = _columns(needs)
        self.claimants = _Lists(count, values, claimants)
        self.values = _Lists(rows, claimants, values)
        self.bundle, self.members = _bundles(rows, _Lists(rows, needing, needed))
        self.fate = bytearray(rows)  # of each bundle
        self.first = array("q", (self.claimants.start[value] for value in range(count)))
        self.behind = array("q", bytes(8 * rows))  # values that a bundle is not first to claim
        self.waits = array("q", bytes(8 * rows))  # undecided needs of a bundle
        self.ready: list[int] = []
        self.free: list[int] | None = None  # a heap of bundles that need no undecided one
        self._count(needing, needed)

    def _count(self, needing: Sequence[int], needed: Sequence[int]) -> None:
        bundle = self.bundle
        for value in range(len(self.claimants)):
            for row in self.claimants[value][1:]:
                self.behind[bundle[row]] += 1
        outer = [(bundle[a], bundle[b]) for a, b in zip(needing, needed, strict=True)]
        outer = [(a, b) for a, b in outer if a != b]
        for one, _ in outer:
            self.waits[one] += 1
        others, waiting = _columns((other, one) for one, other in outer)
        self.needed_by = _Lists(len(bundle), others, waiting)

    def settled(self, lost: Iterable[int]) -> list[bool]:
        for row in lost:
            self._drop(self.bundle[row])
        for bundle in self._at_odds():
            self._drop(bundle)
        for bundle in self._bundles():
            self._look_at(bundle)
        while (following := self._next()) is not None:
            self._let_in(following)
        return [self.fate[bundle] == _IN for bundle in self.bundle]

    def _bundles(self) -> Iterator[int]:
        return (row for row, bundle in enumerate(self.bundle) if row == bundle)

    def _at_odds(self) -> Iterator[int]:
        """Bundles of which two rows claim one value: they can't be in together."""
        for value in range(len(self.claimants) if self.members else 0):
            met: set[int] = set()
            for row in self.claimants[value]:
                if (bundle := self.bundle[row]) in met:
                    yield bundle
                met.add(bundle)

    def _next(self) -> int | None:
        while self.ready:
            if not self.fate[bundle := self.ready.pop()]:
                return bundle
        if self.free is None:
            self.free = [one for one in self._bundles() if not (self.fate[one] or self.waits[one])]
            heapify(self.free)
        while self.free:
            if not self.fate[bundle := heappop(self.free)]:
                return bundle
        return None

    def _let_in(self, bundle: int) -> None:
        self.fate[bundle] = _IN
        for row in self._rows(bundle):
            for value in self.values[row]:
                for rival in self.claimants[value]:
                    if self.bundle[rival] != bundle:
                        self._drop(self.bundle[rival])
        for waiting in self.needed_by[bundle]:
            self.waits[waiting] -= 1
            self._look_at(waiting)
            if self.free is not None and not self.waits[waiting]:
                heappush(self.free, waiting)

    def _drop(self, bundle: int) -> None:
        """Take a bundle out of the dispute, and those that need it."""
        todo = [bundle]
        while todo:
            if self.fate[one := todo.pop()]:
                continue
            self.fate[one] = _OUT
            for row in self._rows(one):
                for value in self.values[row]:
                    self._pass_on(value)
            todo.extend(self.needed_by[one])

    def _pass_on(self, value: int) -> None:
        """A row that claims a value is out: who is the first now?"""
        claimants, end = self.claimants.items, self.claimants.start[value + 1]
        before = place = self.first[value]
        while place < end and self.fate[self.bundle[claimants[place]]] == _OUT:
            place += 1
        self.first[value] = place
        if before < place < end:
            bundle = self.bundle[claimants[place]]
            self.behind[bundle] -= 1
            self._look_at(bundle)

    def _look_at(self, bundle: int) -> None:
        if not (self.fate[bundle] or self.behind[bundle] or self.waits[bundle]):
            self.ready.append(bundle)

    def _rows(self, bundle: int) -> Sequence[int]:
        return self.members.get(bundle) or (bundle,)


class _Lists:
    """Lists of numbers, by number, in two arrays."""

    def __init__(self, count: int, owners: Sequence[int], items: Sequence[int]) -> None:
        sizes = array("q", bytes(8 * count))
        for owner in owners:
            sizes[owner] += 1
        self.start = array("q", accumulate(sizes, initial=0))
        self.items = array("q", bytes(8 * len(items)))
        place = array("q", self.start)
        for owner, item in zip(owners, items, strict=True):
            self.items[place[owner]] = item
            place[owner] += 1

    def __len__(self) -> int:
        return len(self.start) - 1

    def __getitem__(self, number: int) -> "array[int]":
        return self.items[self.start[number] : self.start[number + 1]]


def _columns(pairs: Iterable[Pair]) -> "tuple[array[int], array[int]]":
    left, right = array("q"), array("q")
    for one, other in pairs:
        left.append(one)
        right.append(other)
    return left, right


def _bundles(rows: int, needs: _Lists) -> "tuple[array[int], dict[int, list[int]]]":
    """The bundle of each row, and the rows of bundles that have more than one."""
    bundle, members = array("q", range(rows)), {}
    for found in _circles(rows, needs):
        members[min(found)] = found
        for row in found:
            bundle[row] = min(found)
    return bundle, members


def _circles(rows: int, needs: _Lists) -> Iterator[list[int]]:
    """Rows that need each other: strongly connected components, as Gabow finds them in one walk."""
    number = array("q", bytes(8 * rows))  # in the order in which rows are met; 0: not yet
    closed = bytearray(rows)
    walked: list[int] = []
    roots: list[int] = []
    met = 0
    for start in range(rows if len(needs.items) else 0):
        todo = [] if number[start] else [(start, 0)]
        while todo:
            row, place = todo.pop()
            if not place:
                met += 1
                number[row] = met
                walked.append(row)
                roots.append(row)
            others = needs[row]
            if place < len(others):
                todo.append((row, place + 1))
                if not number[other := others[place]]:
                    todo.append((other, 0))
                elif not closed[other]:
                    while number[roots[-1]] > number[other]:
                        roots.pop()
            elif roots[-1] == row:
                roots.pop()
                circle = []
                while not closed[row]:
                    circle.append(walked.pop())
                    closed[circle[-1]] = 1
                if len(circle) > 1:
                    yield circle
