"""The SQL of SQLite."""

from collections.abc import Mapping

from csvferry.databases.sql_dialect import SqlDialect
from csvferry.databases.sqlite.checksums import SqliteChecksums
from csvferry.model.quoting import sqlite_name, sqlite_text
from csvferry.model.schema import Column
from csvferry.validation import sqlite_affinity as affinity


class SqliteDialect(SqlDialect):
    """SQLite 3.38 and later."""

    mark = "?"
    counts_unchanged = True
    deletes_own_parents = True
    words: Mapping[str, str] = {  # a constant
        "ascii": "",
        "text": "",
        "bytes": "BLOB",
        "long": "TEXT",
        "serial": "INTEGER PRIMARY KEY AUTOINCREMENT",
    }
    ddl_commits = False
    checksums = SqliteChecksums()
    hidden_key = True
    indexes_apart = True

    def quote(self, name: str) -> str:
        return sqlite_name(name)

    def literal(self, text: str) -> str:
        return sqlite_text(text)

    @property
    def bytewise_mark(self) -> str:
        return "?"

    def same_table(self, column: str) -> str:
        return f"{column} = ? COLLATE NOCASE"

    def table_comment(self, text: str) -> str:  # noqa: ARG002
        return ""

    def drop_index(self, table: str, index: str) -> str:  # noqa: ARG002
        return f"DROP INDEX {index}"

    def now(self, column: Column) -> str:  # noqa: ARG002
        return "CURRENT_TIMESTAMP"

    def computed(self, column: Column) -> str | None:
        """CAST does to a text what its affinity does, to a number perhaps more."""
        kept = affinity.keeps_text(column.type.name)
        value = f"CAST(({column.expression}) AS TEXT)" if kept else f"({column.expression})"
        return f"{value} COLLATE {self.quote(column.collation)}" if column.collation else value

    def either(self, column: Column, when: str, this: str, that: str) -> str:
        """CASE has no affinity, a query has that of its column ("Datatypes In SQLite", 3.2)."""
        name = self.quote(column.name)
        one = f"SELECT {this}.{name} WHERE {when}"
        other = f"SELECT {that}.{name} WHERE ({when}) IS NOT TRUE"
        value = f"({one} UNION ALL {other})"
        return f"{value} COLLATE {self.quote(column.collation)}" if column.collation else value

    def same(self, column: Column, left: str, right: str) -> str:
        quoted = self.quote(column.name)
        return f"{left}.{quoted} IS {right}.{quoted} COLLATE BINARY"

    def moves(self, column: Column, old: str, new: str) -> str:
        """As the column's collation compares ("SQLite Foreign Key Support", 4.3)."""
        quoted = self.quote(column.name)
        return f"{old}.{quoted} IS NOT {new}.{quoted}"

    def joined(self, *parts: str) -> str:
        return f"({' || '.join(parts)})"

    def update_from(
        self, target: str, source: str, on: str, sets: Mapping[str, str], where: str
    ) -> str:
        changes = ", ".join(f"{self.quote(name)} = {value}" for name, value in sets.items())
        return (
            f"UPDATE {self.quote(target)} AS t SET {changes} FROM {self.quote(source)} AS s"
            f" WHERE {on} AND {where}"
        )

    def delete_from(self, target: str, source: str, on: str) -> str:
        return (
            f"DELETE FROM {self.quote(target)} AS t"
            f" WHERE EXISTS (SELECT 1 FROM {self.quote(source)} AS s WHERE {on})"
        )
