"""Rows into SQLite: one INSERT for all, and TEMP tables for staging."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from csvferry.databases.answers.rows import Name, values_of
from csvferry.databases.bulk_load import NONE_FIXED, BulkLoader, Loaded
from csvferry.databases.sqlite.connection import SqliteConnection, translate_error
from csvferry.model.names import LINE, STAGE_PREFIX
from csvferry.model.schema import Column
from csvferry.scratch.relations import counted, fetched
from csvferry.validation import sqlite_affinity as affinity

if TYPE_CHECKING:
    import duckdb


class SqliteLoader(BulkLoader):
    """Loads over one connection."""

    def __init__(self, connection: SqliteConnection) -> None:
        self._connection, self._sql = connection, connection.sql

    def stage(
        self,
        name: str,
        columns: Sequence[Column],
        key: Sequence[Column] = (),
        marks: Sequence[str] = (),
        table: str = "",  # noqa: ARG002
    ) -> None:
        parts = [f"{self._sql.quote(LINE)} INTEGER PRIMARY KEY"]
        parts += [f"{self._sql.quote(mark)} INTEGER NOT NULL DEFAULT 0" for mark in marks]
        parts += [
            f"{self._sql.quote(column.name)} {column.type.name}"
            + (f" COLLATE {self._sql.quote(column.collation)}" if column.collation else "")
            for column in columns
        ]
        self._connection.execute(f"CREATE TEMP TABLE {self._sql.quote(name)} ({', '.join(parts)})")
        if key:
            index = self._sql.quote(name + "_key")
            names = self._sql.names([column.name for column in key])
            self._connection.execute(
                f"CREATE INDEX temp.{index} ON {self._sql.quote(name)} ({names})"
            )

    def stage_query(self, name: str, select: str) -> None:
        self._connection.execute(f"CREATE TEMP TABLE {self._sql.quote(name)} AS {select}")

    def drop_stages(self, names: Sequence[str]) -> None:
        left = self._connection.query(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB ?",
            (STAGE_PREFIX + "*",),
        )
        for name in [*names, *values_of(Name, left)]:
            self._connection.execute(f"DROP TABLE IF EXISTS {self._sql.quote(name)}")

    def load(
        self,
        table: str,
        columns: Sequence[Column],
        select: str,
        con: "duckdb.DuckDBPyConnection",
        fixed: Mapping[str, str] = NONE_FIXED,
    ) -> Loaded:
        places = ", ".join((*("?" for _ in columns), *map(self._sql.literal, fixed.values())))
        names = self._sql.names([*(column.name for column in columns), *fixed])
        statement = f"INSERT INTO {self._sql.quote(table)} ({names}) VALUES ({places})"
        try:
            given = affinity.given(columns, counted(fetched(con, select), self.sent))
            rows = self._connection.handle.executemany(statement, given).rowcount
        except sqlite3.IntegrityError as error:
            return Loaded(0, {error.sqlite_errorcode: 1})
        except sqlite3.Error as error:
            raise translate_error(error) from None
        return Loaded(max(rows, 0), {})
