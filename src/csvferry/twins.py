"""The first load of a large file: several connections fill the table's twin, which then takes its
place. What decides is here; how it is said in SQL is behind the seam."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from csvferry.database import Database, Twin
from csvferry.schema import Column
from csvferry.swapped import RefusedError

if TYPE_CHECKING:
    import duckdb

LEAST = 200_000  # rows from which making and swapping a table pays
SLICE = 500_000  # rows of one LOAD DATA: what scratch holds of them at a time


@dataclass
class Lanes:
    """Rows on their way into a twin: each connection loads a stretch of the file, by the slice."""

    twin: Twin
    columns: tuple[Column, ...]
    con: "duckdb.DuckDBPyConnection"
    select: Callable[[int, int], str]  # the query of the rows of places `first` to `last`
    sent: Callable[[int], None]
    _over: threading.Event = field(default_factory=threading.Event)
    _telling: threading.Lock = field(default_factory=threading.Lock)

    def load(self, first: int, last: int) -> int:
        """Load the rows of these places; how many they were.

        Raises RefusedError, and DatabaseError where a connection failed.
        """
        for lane in self.twin.lanes:
            lane.sent = self._told
        number = len(self.twin.lanes)
        # All that asks `con` is done before the lanes begin, each with a cursor of its own.
        work = [
            (lane, self.con.cursor(), [self.select(*slice_) for slice_ in slices(*stretch)])
            for lane, stretch in zip(self.twin.lanes, shares(first, last, number), strict=True)
        ]
        with ThreadPoolExecutor(number) as pool:
            lanes = [pool.submit(self._fill, *each) for each in work]
            try:
                self.twin.rows = sum(lane.result() for lane in lanes)
            except BaseException:
                self._over.set()  # a run that is stopped waits for no further slice
                raise
        return self.twin.rows

    def _fill(self, lane: Database, cursor: "duckdb.DuckDBPyConnection", selects: list[str]) -> int:
        loaded = 0
        try:
            for select in selects:
                if self._over.is_set():
                    break
                found = lane.load(self.twin.name, self.columns, select, cursor)
                if found.warnings:
                    raise RefusedError
                loaded += found.rows
        except BaseException:
            self._over.set()  # the others need not go on
            raise
        return loaded

    def _told(self, size: int) -> None:
        with self._telling:
            self.sent(size)


def shares(first: int, last: int, number: int) -> list[tuple[int, int]]:
    """The numbers from `first` to `last` in `number` stretches of about equal length."""
    total = last - first + 1
    bounds = [first + total * share // number for share in range(number + 1)]
    return [(a, b - 1) for a, b in pairwise(bounds)]


def slices(first: int, last: int) -> list[tuple[int, int]]:
    """A stretch in slices of SLICE rows at most."""
    return shares(first, last, -(-(last - first + 1) // SLICE))
