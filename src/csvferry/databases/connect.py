"""Which server an address names, and the way to it; its driver is imported when it is needed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from csvferry.databases.base import Database
from csvferry.errors import UsageError

_DIALECTS = {"sqlite": "sqlite", "mysql": "mysql", "mariadb": "mysql"}  # by an address's scheme


def dialect_of(url: str) -> str:
    """What reports call the database at an address: mysql, sqlite, or nothing for another."""
    return _DIALECTS.get(url.partition("://")[0], "")


def driver(url: str) -> Callable[[str, bool, bool], Database]:
    """Load what connects to an address. Raises UsageError for one that is none."""
    dialect = dialect_of(url)
    if dialect == "sqlite":
        from csvferry.databases.sqlite.database import SqliteDatabase

        return lambda url, read_only, _: SqliteDatabase(url, read_only=read_only)
    if dialect == "mysql":
        from csvferry.databases.mysql.database import MysqlDatabase

        return lambda url, read_only, untested: MysqlDatabase.from_url(
            url, read_only=read_only, untested=untested
        )
    raise UsageError(
        "the target is no address that csvferry knows", "use mysql://HOST/DB or sqlite:///FILE"
    )


def check_found_target(url: str) -> None:
    """Raises UsageError where a file that was only found may not name this target."""
    if dialect_of(url) == "mysql":
        from csvferry.databases.mysql.session.url import check_found_url

        check_found_url(url)


def open_database(url: str, *, read_only: bool = False, untested: bool = False) -> Database:
    """Connect. Raises UsageError for an address that is none, DatabaseError when refused.

    `untested`: to a server too that csvferry was not tried on.
    """
    return driver(url)(url, read_only, untested)


@dataclass
class KeptConnection:
    """Opens a connection when it is first needed, and keeps it between runs."""

    open: Callable[[], Database]
    _kept: Database | None = None

    @contextmanager
    def lease(self) -> Iterator[Database]:
        """The connection, in turn; after an error it is given up. Raises DatabaseError."""
        database, self._kept = self._kept or self.open(), None
        try:
            yield database
        except BaseException:
            database.close()
            raise
        self.close()  # of two that were lent at once, one is kept
        self._kept = database

    def close(self) -> None:
        """Give the connection up: a database with a connection is not paused."""
        if self._kept:
            self._kept.close()
        self._kept = None
