"""Keyspaces of a real Vitess as databases of tests: each test empties the one that there is."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import pymysql
import pytest

from targets import Target, connect

ADDRESS = os.environ.get("CSVFERRY_TEST_VITESS", "")  # of an unsharded keyspace
VITESS = ("vitess",) if ADDRESS else ()  # beside the other kinds of servers
_NOT_OF_VITESS = ("CREATE TRIGGER",)  # what its parser does not know


@dataclass(frozen=True)
class Keyspace(Target):
    """A keyspace, whose SQL is MySQL's; a test that begins with what Vitess lacks is skipped."""

    def connect(self) -> Any:
        return connect(self.url, init_command=None)  # Vitess knows no sql_require_primary_key

    def run(self, *statements: str) -> None:
        with closing(self.connect()) as connection:
            cursor = connection.cursor()
            for statement in statements:
                try:
                    cursor.execute(statement)
                except pymysql.Error as error:
                    if not statement.startswith(_NOT_OF_VITESS):
                        raise
                    pytest.skip(f"Vitess answers {error.args[0]} to {statement.split(' ON ')[0]}")
            connection.commit()


@contextmanager
def emptied_keyspace(url: str = ADDRESS) -> Iterator[Keyspace]:
    """An unsharded keyspace without a table, before and after."""
    _empty(url)
    try:
        yield Keyspace("mysql", url)
    finally:
        _empty(url)


def _empty(url: str) -> None:
    with closing(connect(url, autocommit=True, init_command=None)) as connection:
        cursor = connection.cursor()
        cursor.execute("SET foreign_key_checks = 0")
        cursor.execute(
            "SELECT TABLE_NAME, TABLE_TYPE FROM information_schema.TABLES"
            " WHERE TABLE_SCHEMA = DATABASE()"
        )
        for name, kind in cursor.fetchall():
            if kind == "VIEW":  # DROP VIEW by the gate ends in VT09005
                cursor.execute("SHOW VITESS_SHARDS")
                keyspace = connection.db.decode()
                ours = [s for (s,) in cursor.fetchall() if s.startswith(f"{keyspace}/")]
                cursor.execute(f"USE `{ours[0].replace('/', ':')}`")
            cursor.execute(f"DROP {kind.removeprefix('BASE ')} `{name.replace('`', '``')}`")
            cursor.execute(f"USE `{connection.db.decode()}`")
