"""The first load of a large file: several connections fill the table's twin, which then takes its
place. What decides is here; how it is said in SQL is behind the seam."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from csvferry.databases.base import Lane, Loaded, Twin
from csvferry.ledger.swap_recovery import RefusedError
from csvferry.model.schema import Column

if TYPE_CHECKING:
    import duckdb

LEAST = 200_000  # rows from which making and swapping a table pays
SLICE = 500_000  # rows of one LOAD DATA: what scratch holds of them at a time
Piece = Callable[[Lane], Loaded]  # loads some rows into the twin over a connection


@dataclass
class Lanes:
    """Rows on their way into a twin: each connection loads a stretch of the file, by the piece."""

    twin: Twin
    sent: Callable[[int], None]
    _over: threading.Event = field(default_factory=threading.Event)
    _telling: threading.Lock = field(default_factory=threading.Lock)

    def load(self, stretches: Sequence[Sequence[Piece]]) -> int:
        """Load the pieces of a stretch over each connection; how many rows they were.

        Raises RefusedError, and DatabaseError where a connection failed.
        """
        for lane in self.twin.lanes:
            lane.sent = self._told
        with ThreadPoolExecutor(len(stretches)) as pool:
            lanes = [
                pool.submit(self._fill, lane, pieces)
                for lane, pieces in zip(self.twin.lanes, stretches, strict=True)
            ]
            try:
                self.twin.rows = sum(lane.result() for lane in lanes)
            except BaseException:
                self._over.set()  # a run that is stopped waits for no further piece
                raise
        return self.twin.rows

    def _fill(self, lane: Lane, pieces: Sequence[Piece]) -> int:
        loaded = 0
        try:
            for piece in pieces:
                if self._over.is_set():
                    break
                found = piece(lane)
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


def queried(
    con: "duckdb.DuckDBPyConnection",
    select: Callable[[int, int], str],
    places: tuple[int, int],
    table: str,
    columns: Sequence[Column],
    number: int,
) -> list[list[Piece]]:
    """The rows of these places in `number` stretches; `select` gives the query of some places.

    All that asks `con` is done before the lanes begin, each with a cursor of its own.
    """
    stretches = []
    for stretch in shares(*places, number):
        cursor = con.cursor()
        stretches.append([_piece(table, columns, select(*s), cursor) for s in slices(*stretch)])
    return stretches


def _piece(
    table: str, columns: Sequence[Column], select: str, cursor: "duckdb.DuckDBPyConnection"
) -> Piece:
    def load(lane: Lane) -> Loaded:
        return lane.load(table, columns, select, cursor)

    return load


def shares(first: int, last: int, number: int) -> list[tuple[int, int]]:
    """The numbers from `first` to `last` in `number` stretches of about equal length."""
    total = last - first + 1
    bounds = [first + total * share // number for share in range(number + 1)]
    return [(a, b - 1) for a, b in pairwise(bounds)]


def slices(first: int, last: int) -> list[tuple[int, int]]:
    """A stretch in slices of SLICE rows at most."""
    return shares(first, last, -(-(last - first + 1) // SLICE))
