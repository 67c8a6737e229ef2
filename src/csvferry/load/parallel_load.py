"""Several connections fill one table at the same time, each with a share of the file's rows."""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING

from csvferry.databases.bulk_load import Loaded, LoaderConnection, LoadTask
from csvferry.databases.shadow_table import ShadowTable
from csvferry.model.schema import Column

if TYPE_CHECKING:
    import duckdb

SLICE = 500_000  # rows of one LOAD DATA: what scratch holds of them at a time


class _WarnedError(Exception):
    """The server raised a warning for a row."""


def load_in_parallel(
    shadow: ShadowTable, shares: Sequence[Sequence[LoadTask]], sent: Callable[[float], None]
) -> int | None:
    """Run the tasks of each share over a connection of its own; how many rows they loaded.

    `sent` is called with rows that went out, by one thread at a time. None where the server raised
    a warning for a row. Raises DatabaseError where a connection failed.
    """
    loader = _ParallelLoader(sent)
    for connection in shadow.connections:
        connection.sent = loader.tell
    with ThreadPoolExecutor(len(shares)) as pool:
        loads = [
            pool.submit(loader.run, connection, tasks)
            for connection, tasks in zip(shadow.connections, shares, strict=True)
        ]
        try:
            shadow.rows = sum(load.result() for load in loads)
        except _WarnedError:
            return None
        except BaseException:
            loader.stop()  # a run that is stopped waits for no further task
            raise
    return shadow.rows


class _ParallelLoader:
    def __init__(self, sent: Callable[[float], None]) -> None:
        self._sent = sent
        self._over = threading.Event()
        self._telling = threading.Lock()

    def stop(self) -> None:
        self._over.set()

    def run(self, connection: LoaderConnection, tasks: Sequence[LoadTask]) -> int:
        loaded = 0
        try:
            for task in tasks:
                if self._over.is_set():
                    break
                found = task(connection)
                if found.warnings:
                    raise _WarnedError
                loaded += found.rows
        except BaseException:
            self.stop()  # the others need not go on
            raise
        return loaded

    def tell(self, rows: float) -> None:
        with self._telling:
            self._sent(rows)


def query_tasks(
    con: "duckdb.DuckDBPyConnection",
    select: Callable[[int, int], str],
    places: tuple[int, int],
    table: str,
    columns: Sequence[Column],
    number: int,
    fixed: Mapping[str, str],
) -> list[list[LoadTask]]:
    """The rows of these places in `number` shares; `select` gives the query of some places.

    `fixed`: as `BulkLoader.load` has it.

    All that asks `con` is done before the connections begin, each with a cursor of its own.
    """
    shared = []
    for share in shares(*places, number):
        cursor = con.cursor()
        shared.append([_task(table, columns, select(*s), cursor, fixed) for s in slices(*share)])
    return shared


def _task(
    table: str,
    columns: Sequence[Column],
    select: str,
    cursor: "duckdb.DuckDBPyConnection",
    fixed: Mapping[str, str],
) -> LoadTask:
    def load(connection: LoaderConnection) -> Loaded:
        return connection.load(table, columns, select, cursor, fixed)

    return load


def shares(first: int, last: int, number: int) -> list[tuple[int, int]]:
    """The numbers from `first` to `last` in `number` shares of about equal length."""
    total = last - first + 1
    bounds = [first + total * share // number for share in range(number + 1)]
    return [(a, b - 1) for a, b in pairwise(bounds)]


def slices(first: int, last: int) -> list[tuple[int, int]]:
    """A share in slices of SLICE rows at most."""
    return shares(first, last, -(-(last - first + 1) // SLICE))
