"""A database to test on, seen past csvferry: through its own driver."""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pymysql

# A server may require a primary key of csvferry's tables; what a test makes as root may have none.
_ANY_TABLES = "SET @csvferry = 0 /*!80013 , SESSION sql_require_primary_key = 0 */"


@dataclass(frozen=True)
class Target:
    """A fresh database: `kind` is sqlite, mariadb or mysql, `url` what csvferry is given."""

    kind: str
    url: str

    def run(self, *statements: str) -> None:
        """Run statements and commit."""
        with closing(self.connect()) as connection:
            cursor = connection.cursor()
            for statement in statements:
                cursor.execute(statement)
            connection.commit()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with closing(self.connect()) as connection:
            cursor = connection.cursor()
            cursor.execute(query)
            return [tuple(row) for row in cursor.fetchall()]

    def tables(self) -> set[str]:
        """Names of the tables there are."""
        listing = (
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
            if self.kind == "sqlite"
            else "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()"
        )
        return {str(name) for (name,) in self.rows(listing)}

    def connect(self) -> Any:
        """A connection of the driver's own."""
        if self.kind == "sqlite":
            return sqlite3.connect(self.url.removeprefix("sqlite:///"))
        return connect(self.url)


def connect(url: str, **options: Any) -> Any:
    """A PyMySQL connection to an address."""
    parts = urlsplit(url)
    user = parts.username or "root"
    return pymysql.connect(
        host=parts.hostname,
        port=parts.port or 3306,
        user=user,
        password=parts.password or "",
        database=parts.path.strip("/") or None,
        charset="utf8mb4",
        ssl_disabled=not parts.password,  # its handshake costs more than most tests' statements
        **{"init_command": _ANY_TABLES if user == "root" else None, **options},
    )


@contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """The address of a new database on a server, dropped at the end."""
    name = f"csvferry_{secrets.token_hex(6)}"
    _execute(server, f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    try:
        yield f"{server.rstrip('/')}/{name}"
    finally:
        _execute(server, f"DROP DATABASE {name}")


def _execute(server: str, statement: str) -> None:
    with closing(connect(server, autocommit=True)) as connection:
        connection.cursor().execute(statement)
