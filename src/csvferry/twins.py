"""The first load of a large file: several connections fill the table's twin, which then takes its
place. What decides is here; how it is said in SQL is behind the seam."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from csvferry.database import Database, Twin
from csvferry.schema import Column
from csvferry.swapped import RefusedError

if TYPE_CHECKING:
    import duckdb

LEAST = 200_000  # rows from which making and swapping a table pays
SLICE = 250_000  # rows of one LOAD DATA: what scratch holds of them at a time


@dataclass
class Lanes:
    """Rows on their way into a twin: each connection loads a stretch of the file, by the slice."""

    twin: Twin
    columns: tuple[Column, ...]
    cursor: "Callable[[], duckdb.DuckDBPyConnection]"
    select: Callable[[int, int], str]  # the query of the rows of lines `first` to `last`
    sent: Callable[[int], None]
    _over: threading.Event = field(default_factory=threading.Event)
    _telling: threading.Lock = field(default_factory=threading.Lock)

    def load(self, first: int, last: int) -> int:
        """Load the rows of these lines; how many they were.

        Raises RefusedError, and DatabaseError where a connection failed.
        """
        for lane in self.twin.lanes:
            lane.sent = self._told
        stretches = shares(first, last, len(self.twin.lanes))
        with ThreadPoolExecutor(len(self.twin.lanes)) as pool:
            work = [
                pool.submit(self._fill, lane, *stretch)
                for lane, stretch in zip(self.twin.lanes, stretches, strict=True)
            ]
        return sum(lane.result() for lane in work)

    def _fill(self, lane: Database, first: int, last: int) -> int:
        loaded, con = 0, self.cursor()
        try:
            for begin, end in shares(first, last, -(-(last - first + 1) // SLICE)):
                if self._over.is_set():
                    break
                found = lane.load(self.twin.name, self.columns, self.select(begin, end), con)
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
    return [(a, b - 1) for a, b in zip(bounds, bounds[1:], strict=False)]
