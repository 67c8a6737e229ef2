"""A connection to one database: statements, transactions and the lock of a table."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

from csvferry.databases.sql_dialect import END, RECORD, SqlDialect
from csvferry.errors import CsvFerryError
from csvferry.model.column_type import Zone
from csvferry.model.server import Server

PROMISES = (
    "nothing_coerced",
    "every_row_accounted",
    "all_or_nothing",
    "exactly_once",
    "one_run_at_a_time",
)
"""What a run can rely on: the contract's first points, and the lock."""
KEPT = "kept"


class Connection(ABC):
    """A connection to one database. Statements are autocommitted outside `transaction`."""

    server: Server
    sql: SqlDialect

    @property
    def guarantees(self) -> dict[str, str]:
        """Of each promise that it is `kept`, or in words what a run has instead."""
        return dict.fromkeys(PROMISES, KEPT)

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

    def stream_parts(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """Like `stream`, of groups: of a table on several servers each gives those of its rows."""
        return self.stream(sql)

    def texts(self, sql: str) -> Generator[bytes]:
        """The rows of a query of one `row_text` each, some bytes at a time; RECORD ends a row.

        A row that is longer than a packet of the server may end them. Raises DatabaseError.
        """
        for (text,) in self.stream(sql):
            yield bytes(text).removesuffix(END) + RECORD

    @abstractmethod
    def transaction(self, rows: int = 0) -> AbstractContextManager[None]:
        """Commit at the end of the block, roll back when it raises.

        `rows`: how many it looks at or writes. A server that ends transactions by their age is
        asked for the time that they need.
        """

    def outlast(self, rows: int) -> None:  # noqa: ARG002
        """Keep the session's temporary tables while so many rows are made ready for them.

        Some servers end a session that is silent for half a minute.
        """
        return

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

        `secret` gives what others can't know, so that they can't hold the lock; '' until there is
        such a thing.
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
