"""What a real strict server does with a text: the judge that the validator is compared with."""

from dataclasses import dataclass
from urllib.parse import urlsplit

import pymysql

from csvferry.model.schema import Column, Kind
from csvferry.model.server import Server

MODE = (
    "STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,"
    "NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION"
)
DATABASE = "csvferry_test_validate"


@dataclass(frozen=True)
class Taken:
    """A value that the server took without a warning, as it gives it back."""

    value: bytes


class Judge:
    """A connection on which texts are inserted one by one into a table of one column."""

    def __init__(self, url: str, server: Server) -> None:
        parts = urlsplit(url)
        self.server = server
        self.connection = pymysql.connect(
            host=parts.hostname or "127.0.0.1",
            port=parts.port or 3306,
            user=parts.username or "root",
            password=parts.password or "",
            charset="utf8mb4",
            use_unicode=False,
        )
        self.connection.decoders = {}
        self.run(f"SET sql_mode = '{MODE}', time_zone = '+00:00'")
        self.run(f"CREATE DATABASE IF NOT EXISTS {DATABASE} CHARACTER SET utf8mb4")
        self.run(f"USE {DATABASE}")

    def run(self, sql: str, *values: object) -> list[tuple[bytes | None, ...]]:
        """All rows of one statement."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql, values or None)
            return list(cursor.fetchall())

    def make(self, column: Column) -> None:
        """A table of this one column, `v`, and the row's number, `n`."""
        charset = f" CHARACTER SET {column.charset}" if column.charset else ""
        collation = f" COLLATE {column.collation}" if column.collation else ""
        self.run("DROP TEMPORARY TABLE IF EXISTS judged")
        declared = f"{column.type.name}{charset}{collation}"
        self.run(f"CREATE TEMPORARY TABLE judged (n INT PRIMARY KEY, v {declared} NULL)")

    def judge(self, column: Column, texts: list[str]) -> list[Taken | None]:
        """For each text what the server keeps, or None where it refuses it or warns."""
        value = "CAST(%s AS UNSIGNED)" if column.type.kind is Kind.BIT else "%s"
        clean = [self._insert(value, n, text) for n, text in enumerate(texts)]
        back = {int(n or 0): v for n, v in self.run("SELECT n, v FROM judged")}
        self.connection.rollback()
        return [Taken(back[n] or b"") if good else None for n, good in enumerate(clean)]

    def _insert(self, value: str, n: int, text: str) -> bool:
        with self.connection.cursor() as cursor:
            try:
                cursor.execute(f"INSERT INTO judged VALUES ({n}, {value})", (text,))
            except pymysql.MySQLError:
                return False
            return not cursor.warning_count
