"""A sharded keyspace of Vitess as a database of tests, with an unsharded one for the ledger."""

import os
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import pymysql
import pytest

from targets import connect
from vitess.keyspaces import Keyspace, emptied_keyspace

# Of a sharded keyspace whose shards have a MySQL each, with `?ledger=` an unsharded one: shards of
# one MySQL have one redo log, and no commit over more than two of them is prepared.
CLUSTER = os.environ.get("CSVFERRY_TEST_VITESS_CLUSTER", "")
_OF_LEDGER = re.compile(r"\bcsvferry_(runs|rejects|schema)\b")
_MADE = re.compile(r"CREATE TABLE `?(\w+)`? ?\((.*)", re.DOTALL)
_KEY = re.compile(r"PRIMARY KEY ?\(`?(\w+)|`?(\w+)`? [^,]*?PRIMARY KEY", re.DOTALL)
_NO_COLUMN = 1054
_UNPLACED = 1815  # the error of a table that lies on no shard by rule


@dataclass(frozen=True)
class Sharded(Keyspace):
    """A keyspace of several shards; a table lies on them by its primary key, if that is whole."""

    ledger: Keyspace | None = None

    def run(self, *statements: str) -> None:
        for statement in statements:
            super().run(statement)
            if (found := _MADE.match(statement)) and self.place(found[1], found[2]):
                self._await_columns(found[1])

    def place(self, table: str, definition: str) -> bool:
        """Say that rows lie by the first column of the key, where its values are whole numbers."""
        key = _KEY.search(definition)
        name = (key[1] or key[2]) if key else ""
        if not re.search(rf"`?\b{name}`? (\w*INT)\b", definition):
            return False
        vindex = f"{self.name}.{table} ADD VINDEX csvferry_hash({name}) USING hash"
        super().run(f"ALTER VSCHEMA ON {vindex}")
        return True

    def _await_columns(self, table: str) -> None:
        """The gate knows the columns of a table some time after they are there."""
        made = [name for name, *_ in self.rows(f"SHOW COLUMNS FROM `{table}`")]
        with closing(self.connect()) as connection:
            for _ in range(100):
                try:
                    cursor = connection.cursor()
                    cursor.execute(f"SELECT * FROM `{table}` ORDER BY 1 LIMIT 0")
                    if [column[0] for column in cursor.description] == made:
                        return
                except pymysql.Error:
                    pass
                Event().wait(0.1)
        raise TimeoutError(table)

    def shards(self) -> list[str]:
        """The addresses of the shards."""
        found = (word.split("/") for (word,) in self.rows("SHOW VITESS_SHARDS"))
        return [f"{keyspace}:{shard}" for keyspace, shard in found if keyspace == self.name]

    def on(self, shard: str, statement: str) -> list[tuple[Any, ...]]:
        """Send a statement to one shard; its rows."""
        with closing(self.connect()) as connection:
            cursor = connection.cursor()
            cursor.execute(f"USE `{shard}`")
            cursor.execute(statement)
            return [tuple(row) for row in cursor.fetchall()]

    @property
    def name(self) -> str:
        """The keyspace's."""
        return urlsplit(self.url).path.strip("/")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        if self.ledger and _OF_LEDGER.search(query):
            return self.ledger.rows(query)
        for _ in range(50):
            try:
                return super().rows(query)
            except pymysql.Error as error:  # the gate does not know the columns as they are now
                if error.args[0] != _NO_COLUMN:
                    raise
            Event().wait(0.1)
        return super().rows(query)


@contextmanager
def emptied_shards() -> Iterator[Sharded]:
    """Both keyspaces without a table, before and after."""
    if not CLUSTER:
        pytest.skip("CSVFERRY_TEST_VITESS_CLUSTER is not set")
    place, _, ledger = CLUSTER.partition("?ledger=")
    with emptied_keyspace(f"{place.rpartition('/')[0]}/{ledger}") as beside:
        _empty()
        try:
            yield Sharded("mysql", CLUSTER, beside)
        finally:
            _empty()


def _empty() -> None:
    with closing(connect(CLUSTER, autocommit=True, init_command=None)) as connection:
        cursor = connection.cursor()
        cursor.execute("SET foreign_key_checks = 0")
        cursor.execute("SHOW TABLES")
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TABLE `{name}`")
        cursor.execute("SHOW VSCHEMA TABLES")
        for (name,) in cursor.fetchall():
            try:
                cursor.execute(f"ALTER VSCHEMA DROP TABLE `{name}`")
            except pymysql.OperationalError as error:
                if error.args[0] != _UNPLACED:
                    raise
