"""The seam between csvferry and a database: what the merge needs, and nothing of a driver.

Two back ends stand behind it, `mysql.py` and `sqlite.py`; the tests run on
each. A back end decides how a thing is said; `merge.py` decides what is said.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from csvferry.databases.sql_dialect import SqlDialect
from csvferry.errors import CsvFerryError
from csvferry.model.column_type import Zone
from csvferry.model.schema import Column, Dependent, Server, Table

if TYPE_CHECKING:
    import duckdb

LINE = "csvferry_line"
FATE = "csvferry_fate"
HOLDS = "csvferry_holds"
DEPTH = "csvferry_depth"
OLD = "_old"  # ends the name of a table whose place another took
MARKS = (LINE, FATE, HOLDS, DEPTH)  # staging's own columns beside those of the file


@dataclass(frozen=True)
class Loaded:
    """Rows that a load put in, and how many warnings the server raised for it, by code."""

    rows: int
    warnings: Mapping[int, int]


@dataclass(frozen=True)
class Lines:
    """Bytes of an open file from `start` to `end`: lines that end with LF; `quoted` as in CSV.

    `rows`: about how many rows they are, for progress alone.
    """

    descriptor: int
    start: int
    end: int
    delimiter: str
    quoted: bool = False
    rows: float = 0


class Lane(Protocol):
    """A connection over which a twin is filled."""

    sent: Callable[[float], None]

    def load(
        self,
        table: str,
        columns: Sequence[Column],
        select: str,
        con: "duckdb.DuckDBPyConnection",
    ) -> Loaded:
        """As `Database.load`."""

    def load_lines(self, table: str, columns: Sequence[Column], lines: Lines) -> Loaded:
        """The same with lines of a file as they are."""


class Twin(ABC):
    """An empty table made like the target, to be filled by several connections and take its place.

    To be closed: what was not exchanged is dropped then.
    """

    name: str
    lanes: Sequence[Lane]
    rows: int  # that were put into it

    @abstractmethod
    def exchange(self, record: Callable[[], None]) -> bool:
        """Let it take the target's place, which no other writer can reach from `record` on.

        False, and nothing was done, where the target has a row by now. Raises DatabaseError where
        it can't be told whether it was done: `Database.was_swapped` says.
        """

    @abstractmethod
    def close(self) -> None:
        """Give back what is left."""


class Database(ABC):
    """A connection to one database. Statements are autocommitted outside `transaction`."""

    server: Server
    sql: SqlDialect
    sent: Callable[[float], None] = staticmethod(lambda _: None)  # told rows on their way in

    @abstractmethod
    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run a statement; the number of rows it affected. Raises DatabaseError."""

    @abstractmethod
    def change(self, sql: str) -> int:
        """Like `execute`, for the merge. Raises RefusedRowError, and AccountError at a warning."""

    @abstractmethod
    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query, all at once: for few rows."""

    @abstractmethod
    def stream(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of a query one by one, in bounded memory."""

    @abstractmethod
    def has(self, table: str) -> bool:
        """Whether there is a table of that name."""

    @abstractmethod
    def describe(self, table: str) -> Table | None:
        """The table as the server knows it, or None where there is none."""

    @abstractmethod
    def dependents(self, table: str, schema: str | None = None) -> Sequence[Dependent]:
        """What refers to a table (of this database, or `schema`) and follows its deleted rows."""

    @abstractmethod
    def rewrites(self, table: str) -> bool | None:
        """Whether a trigger may change rows as they are written; None: this user can't see."""

    @abstractmethod
    def create(self, table: Table, run: str, *, temporary: bool = False) -> None:
        """Create the target. `temporary`: seen by this connection alone, gone with it."""

    @abstractmethod
    def add_columns(self, table: str, columns: Sequence[Column]) -> None:
        """Give a table further columns, all nullable. On MySQL this commits."""

    @abstractmethod
    def drop_columns(self, table: str, columns: Sequence[Column]) -> None:
        """Take away what `add_columns` gave."""

    @abstractmethod
    def maker(self, table: str) -> str | None:
        """The run that created the table, or None where csvferry did not."""

    @abstractmethod
    def discard(self, table: str, run: str) -> None:
        """Drop a table that run `run` created and did not fill."""

    @abstractmethod
    def stage(self, name: str, columns: Sequence[Column], key: Sequence[Column] = ()) -> None:
        """Create a temporary table of these columns, all nullable; an index on `key`."""

    @abstractmethod
    def stage_query(self, name: str, select: str) -> None:
        """Create a temporary table of a query's columns, of which LINE identifies a row."""

    @abstractmethod
    def load(
        self,
        table: str,
        columns: Sequence[Column],
        select: str,
        con: "duckdb.DuckDBPyConnection",
    ) -> Loaded:
        """Fill `columns` of `table` with the rows of a DuckDB query, in its order."""

    # The base has no twins.

    def twin(self, table: str, run: str, *, new: bool) -> Twin | None:  # noqa: ARG002
        """A twin of an empty table, where that loads faster and loses nothing; else None.

        `new`: this run made the table.
        """
        return None

    def was_swapped(self, run: str) -> str:  # noqa: ARG002
        """SQL: the table of a run (an SQL expression) was exchanged for its twin, unsettled yet."""
        return "0 = 1"

    def alive(self, run: str) -> bool:  # noqa: ARG002
        """Whether a run with a twin is still at work somewhere."""
        return False

    def left_over(self) -> list[str]:
        """Names of staging tables that dead runs left."""
        return []

    @abstractmethod
    def drop_stages(self, names: Sequence[str]) -> None:
        """Drop temporary tables of this run, and staging tables that dead runs left."""

    @abstractmethod
    def transaction(self) -> AbstractContextManager[None]:
        """Commit at the end of the block, roll back when it raises."""

    @contextmanager
    def savepoint(self, name: str) -> Iterator[None]:
        """Within a transaction: undo the block alone when it raises."""
        self.execute(f"SAVEPOINT {name}")
        try:
            yield
        except BaseException:
            with suppress(CsvFerryError):  # it went with its transaction
                self.execute(f"ROLLBACK TO SAVEPOINT {name}")
            raise
        self.execute(f"RELEASE SAVEPOINT {name}")

    @abstractmethod
    def lock(
        self, table: str, wait: float, secret: Callable[[], str] = str
    ) -> AbstractContextManager[None]:
        """Be the only run on this table. Raises BusyError after `wait` seconds.

        `secret` gives what others can't know, so that they can't hold the lock; '' until a first
        run is done.
        """

    @abstractmethod
    def zone(self) -> Zone:
        """The time zone in which the session reads and shows a TIMESTAMP. Raises TargetError."""

    @abstractmethod
    def joining_by_hash(self) -> AbstractContextManager[None]:
        """Join by hash within the block, where no index serves: else each row would meet each.

        What is compared there is to be `hash_safe`.
        """

    @abstractmethod
    def close(self) -> None:
        """Give everything back; what was not committed is undone."""

    @abstractmethod
    def defaults(self, table: str) -> Mapping[str, str]:
        """SQL of each column's default, for columns that have one."""
