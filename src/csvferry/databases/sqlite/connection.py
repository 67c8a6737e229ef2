"""A connection to a SQLite file."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from csvferry.databases.connection import Connection
from csvferry.databases.sqlite.functions import add_functions
from csvferry.databases.sqlite.sql_dialect import SqliteDialect
from csvferry.errors import (
    BusyError,
    CsvFerryError,
    DatabaseError,
    RefusedRowError,
    UsageError,
)
from csvferry.model.column_type import UTC, Zone
from csvferry.model.server import Server
from csvferry.scratch.private_files import PLANTED, is_planted, make_private_file

_REFUSED = {
    "SQLITE_CONSTRAINT_CHECK",
    "SQLITE_CONSTRAINT_DATATYPE",
    "SQLITE_CONSTRAINT_NOTNULL",
    "SQLITE_CONSTRAINT_TRIGGER",
}


class SqliteConnection(Connection):
    """One connection to a file; staging tables are TEMP and die with it."""

    server = Server.SQLITE
    sql = SqliteDialect()

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        self.path = _path(url)
        self.handle = _connect(self.path, read_only=read_only)
        self.handle.execute("PRAGMA foreign_keys = ON")
        self.handle.execute("PRAGMA temp_store = FILE")
        # Nobody knows who made the file (SQLite, "Defense Against The Dark Arts").
        self.handle.execute("PRAGMA trusted_schema = OFF")
        self.handle.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        add_functions(self.handle)

    # Statements

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        try:
            return max(self.handle.execute(sql, parameters).rowcount, 0)
        except sqlite3.Error as error:
            raise translate_error(error) from None

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        try:
            return self.handle.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise translate_error(error) from None

    def stream(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        try:
            for row in self.handle.execute(sql, parameters):  # noqa: UP028  # closed later
                yield row
        except sqlite3.Error as error:
            raise translate_error(error) from None

    def change(self, sql: str) -> int:
        return self.execute(sql)

    # Transaction and lock

    @contextmanager
    def transaction(self, rows: int = 0) -> Iterator[None]:  # noqa: ARG002
        if not self.handle.in_transaction:
            self.execute("BEGIN IMMEDIATE")
        self.execute("SAVEPOINT csvferry")
        try:
            yield
        except BaseException:
            if not self.handle.in_transaction:
                raise
            # Back to the lock's own transaction, which keeps other writers out.
            self.execute("ROLLBACK TO csvferry")
            self.execute("RELEASE csvferry")
            raise
        self.execute("COMMIT")

    @contextmanager
    def lock(
        self,
        table: str,  # noqa: ARG002  # the whole file is locked, by its own rights
        wait: float,
        secret: Callable[[], str] = str,  # noqa: ARG002
    ) -> Iterator[None]:
        self.execute(f"PRAGMA busy_timeout = {int(wait * 1000)}")
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            if self.handle.in_transaction:
                self.execute("ROLLBACK")

    def zone(self) -> Zone:
        """SQLite has no zones; its CURRENT_TIMESTAMP is in UTC ("Date And Time Functions")."""
        return UTC

    def joining_by_hash(self) -> AbstractContextManager[None]:
        """SQLite makes an index of its own for such a join ("The SQLite Query Optimizer", 12)."""
        return nullcontext()

    def close(self) -> None:
        self.handle.close()


def _path(url: str) -> str:
    path = url.removeprefix("sqlite://")
    if not path.startswith("/") or path == "/":
        raise UsageError("the SQLite address names no file", "write sqlite:///FILE")
    return path[1:]


def _connect(path: str, *, read_only: bool) -> sqlite3.Connection:
    if read_only and not Path(path).exists() and Path(path).absolute().parent.is_dir():
        path = ":memory:"  # as empty as the file that a run would make
    if path != ":memory:":
        _check_file(Path(path), read_only=read_only)
    try:
        return sqlite3.connect(path, isolation_level=None, timeout=10, check_same_thread=False)
    except sqlite3.Error as error:
        raise translate_error(error) from None


def _check_file(path: Path, *, read_only: bool) -> None:
    """SQLite makes a file with the rights of the umask: csvferry makes it first, for its owner.

    Raises DatabaseError where another user has put something there.
    """
    if is_planted(path):
        raise DatabaseError(f"{path}: {PLANTED}", "remove it, or name a file in a folder of yours")
    if not read_only:
        with suppress(OSError):  # SQLite tells it better
            make_private_file(path)


def translate_error(error: sqlite3.Error) -> CsvFerryError:
    """SQLite's error by its name: its own text can hold a value."""
    # Errors of the driver have no such name; of text that is no UTF-8 its words hold that text.
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return BusyError(
            "another run or program is writing to the SQLite file", "let it end, then try again"
        )
    hints = {
        "SQLITE_CONSTRAINT_FOREIGNKEY": "other rows refer to rows that this would delete or change",
        "SQLITE_CANTOPEN": "does its folder exist, and may you write there?",
        "SQLITE_FULL": "the disk is full",
        "SQLITE_NOTADB": "that file is no SQLite database",
        "SQLITE_READONLY": "you may not write to that file",
    }
    # The text of a unique index that is broken names the index or its columns, and no value.
    text = str(error) if name in ("SQLITE_ERROR", "SQLITE_CONSTRAINT_UNIQUE") else ""
    message = f"SQLite answered {name}" + (f": {text}" if text else "")
    if name in _REFUSED:
        hint = "a trigger, or a constraint that only SQLite can judge, refuses a row"
        return RefusedRowError(message, hint, getattr(error, "sqlite_errorcode", None))
    return DatabaseError(message, hints.get(name), getattr(error, "sqlite_errorcode", None))
