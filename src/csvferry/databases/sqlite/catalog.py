"""What SQLite says of a table in its schema and pragmas, as a `schema.Table`."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from csvferry.databases.answers.expressions import is_type_name, sqlite_expression
from csvferry.databases.answers.rows import (
    Flag,
    Name,
    Sql,
    SqliteColumnRow,
    SqliteDefaultRow,
    SqliteForeignKeyRow,
    SqliteIndexRow,
    SqlitePartRow,
    SqliteReferenceRow,
    SqliteTableRow,
    rows_of,
    values_of,
)
from csvferry.databases.catalog import Catalog, StoredTable
from csvferry.databases.connection import Connection
from csvferry.databases.sqlite import ddl_parser as sqlite_words
from csvferry.databases.sqlite import dependents as sqlite_dependents
from csvferry.errors import TargetError
from csvferry.model.schema import (
    Column,
    Dependent,
    ForeignKey,
    Kind,
    Part,
    Table,
    Type,
    UniqueIndex,
    parse_type,
)
from csvferry.validation import sqlite_affinity as affinity

_MAKER = re.compile(r"/\* made by csvferry ([0-9a-f]{26}) \*/")


class SqliteCatalog(Catalog):
    """The tables of a file."""

    def __init__(self, connection: Connection) -> None:
        self._connection, self._sql = connection, connection.sql

    def has(self, table: str) -> bool:
        found = self._connection.query(
            "SELECT 1 FROM sqlite_master WHERE name = ? COLLATE NOCASE", (table,)
        )
        return bool(found)

    def has_index(self, table: str, index: str) -> bool:
        found = self._connection.query(
            "SELECT 1 FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND name = ?",
            (table, index),
        )
        return bool(found)

    def stored(self, tables: Collection[str]) -> Mapping[str, StoredTable]:  # noqa: ARG002
        return {}

    def describe(self, table: str) -> Table | None:
        rows = self._connection.query(
            "SELECT type, name, sql FROM sqlite_master WHERE name = ? COLLATE NOCASE"
            " AND type IN ('table', 'view')"
            " UNION ALL SELECT type, name, sql FROM sqlite_temp_master"
            " WHERE name = ? COLLATE NOCASE AND type = 'table'",
            (table, table),
        )
        if not rows:
            return None
        kind, name, sql = rows_of(SqliteTableRow, rows)[0]
        if kind == "view":
            raise TargetError(f"{table} is a view", "name the table behind it")
        columns = tuple(self._columns(name, sql or ""))
        indexes = tuple(self._indexes(columns, name))
        references = rows_of(SqliteReferenceRow, self._references_to(name))
        return Table(
            name=name,
            columns=columns,
            primary_key=self._primary_key(name),
            uniques=tuple(index.columns for index in indexes if index.columns),
            indexes=indexes,
            foreign_keys=tuple(self._foreign_keys(name)),
            checks=tuple(sqlite_words.checks(sql or "")),
            referenced=frozenset(one.column for one in references),
            held_fast=frozenset(one.column for one in references if one.on_update != "CASCADE"),
        )

    def _columns(self, table: str, sql: str) -> Iterator[Column]:
        single = self._primary_key(table)
        computed = iter(sqlite_words.computed(sql))
        rows = self._connection.query(f"PRAGMA table_xinfo({self._sql.quote(table)})")
        for row in rows_of(SqliteColumnRow, rows):
            kind = _type(row.declared)
            alias = len(single) == 1 and row.key and row.declared.upper() == "INTEGER"
            yield Column(
                name=row.name,
                type=kind,
                nullable=not row.not_null and not row.key,
                has_default=row.default is not None,
                auto_increment=bool(alias),
                generated=row.hidden in (2, 3),
                charset="utf8mb4" if kind.kind is Kind.TEXT else None,
                collation=self._collation(table, row.name) if kind.kind is Kind.TEXT else None,
                expression=next(computed, None) if row.hidden in (2, 3) else None,
            )

    def _collation(self, table: str, column: str) -> str:
        """What SQLite tells in no pragma: how it compares a column, seen from what it does."""
        compared = self._connection.query(
            "SELECT v = 'A', v = 'a ' FROM"
            f" (SELECT {self._sql.quote(column)} AS v FROM {self._sql.quote(table)} WHERE 0"
            " UNION ALL SELECT 'a')"
        )
        ((nocase, rtrim),) = rows_of(tuple[Flag, Flag], compared)
        return "NOCASE" if nocase else "RTRIM" if rtrim else "BINARY"

    def _primary_key(self, table: str) -> tuple[str, ...]:
        rows = self._connection.query(
            "SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", (table,)
        )
        return tuple(values_of(Name, rows))

    def _indexes(self, columns: Sequence[Column], table: str) -> Iterator[UniqueIndex]:
        """The unique indexes but that of the primary key."""
        collations = {column.name: column.collation or "BINARY" for column in columns}
        indexes = self._connection.query(
            "SELECT l.name, m.sql FROM pragma_index_list(?) AS l LEFT JOIN sqlite_master AS m"
            " ON m.type = 'index' AND m.name = l.name"
            " WHERE l.\"unique\" = 1 AND l.origin <> 'pk'",
            (table,),
        )
        for name, sql in rows_of(SqliteIndexRow, indexes):
            listed = self._connection.query(
                'SELECT name, coll FROM pragma_index_xinfo(?) WHERE "key" = 1 ORDER BY seqno',
                (name,),
            )
            rows = rows_of(SqlitePartRow, listed)
            names = [self._sql.quote(row.column) for row in rows if row.column is not None]
            words = sqlite_words.parts(sql) if sql else names
            parts = (
                Part(
                    word,
                    row.column,
                    row.collation,
                    whole=row.column is not None and collations[row.column] == row.collation,
                )
                for word, row in zip(words, rows, strict=True)
            )
            yield UniqueIndex(name, tuple(parts), sqlite_words.condition(sql or ""))

    def _foreign_keys(self, table: str) -> Iterator[ForeignKey]:
        listed = self._connection.query(
            'SELECT id, "table", "from", "to" FROM pragma_foreign_key_list(?) ORDER BY id, seq',
            (table,),
        )
        rows = rows_of(SqliteForeignKeyRow, listed)
        for number in sorted({row.number for row in rows}):
            parts = [row for row in rows if row.number == number]
            parent = parts[0].parent
            to = tuple(part.parent_column for part in parts if part.parent_column is not None)
            yield ForeignKey(
                name=f"foreign key {number}",
                columns=tuple(part.column for part in parts),
                parent=parent,
                parent_columns=to if len(to) == len(parts) else self._primary_key(parent),
                own=parent.casefold() == table.casefold(),
            )

    def _references_to(self, table: str) -> list[tuple[Any, ...]]:
        """Columns to which a foreign key refers, and what it does on a change.

        A foreign key that names none refers to the primary key.
        """
        return self._connection.query(
            'SELECT COALESCE(f."to", k.name), f.on_update FROM sqlite_master AS m'
            " JOIN pragma_foreign_key_list(m.name) AS f LEFT JOIN pragma_table_info(?) AS k"
            " ON k.pk = f.seq + 1"
            " WHERE m.type = 'table' AND f.\"table\" = ? COLLATE NOCASE"
            ' AND COALESCE(f."to", k.name) IS NOT NULL',
            (table, table),
        )

    def dependents(self, table: str, schema: str | None = None) -> Sequence[Dependent]:  # noqa: ARG002
        return sqlite_dependents.dependents(self._connection.query, table, self._primary_key(table))

    def rewrites(self, table: str) -> bool:
        return sqlite_dependents.rewrites(self._connection.query, table)

    def has_trigger(self, table: str) -> bool:
        return sqlite_dependents.has_trigger(self._connection.query, table)

    def defaults(self, table: str) -> Mapping[str, str]:
        rows = self._connection.query(
            "SELECT name, dflt_value FROM pragma_table_info(?) WHERE dflt_value IS NOT NULL",
            (table,),
        )
        found = rows_of(SqliteDefaultRow, rows)
        return {row.name: f"({sqlite_expression(row.default)})" for row in found}

    def create(self, table: Table, run: str, *, temporary: bool = False) -> None:
        parts = [
            f"{self._sql.quote(column.name)} {sqlite_words.declared(column.type.name)}"
            + ("" if column.nullable else " NOT NULL")
            for column in table.columns
        ]
        if table.primary_key:
            parts.append(f"PRIMARY KEY ({self._sql.names(table.primary_key)})")
        parts += [f"UNIQUE ({self._sql.names(names)})" for names in table.uniques]
        kind = "TEMP TABLE" if temporary else "TABLE"
        self._connection.execute(
            f"CREATE {kind} {self._sql.quote(table.name)} /* made by csvferry {run} */"
            f" ({', '.join(parts)})"
        )

    def discard(self, table: str, run: str) -> None:
        if self.maker(table) == run and not self._connection.query(
            f"SELECT 1 FROM {self._sql.quote(table)} LIMIT 1"
        ):
            self._connection.execute(f"DROP TABLE {self._sql.quote(table)}")

    def add_columns(self, table: str, columns: Sequence[Column]) -> None:
        for column in columns:
            declared = sqlite_words.declared(column.type.name)
            self._connection.execute(
                f"ALTER TABLE {self._sql.quote(table)}"
                f" ADD COLUMN {self._sql.quote(column.name)} {declared}"
            )

    def drop_columns(self, table: str, columns: Sequence[Column]) -> None:
        for column in columns:
            self._connection.execute(
                f"ALTER TABLE {self._sql.quote(table)} DROP COLUMN {self._sql.quote(column.name)}"
            )

    def comment(self, table: str) -> str:  # noqa: ARG002
        return ""

    def maker(self, table: str) -> str | None:
        rows = self._connection.query(
            "SELECT sql FROM sqlite_master WHERE name = ? COLLATE NOCASE", (table,)
        )
        found = _MAKER.search(values_of(Sql | None, rows)[0] or "") if rows else None
        return found[1] if found else None


def _type(declared: str) -> Type:
    """The type as it may be declared again: what is not known, by its affinity alone."""
    found = parse_type(declared)
    if found.kind is Kind.UNSERVED and not is_type_name(declared):
        return replace(found, name="TEXT" if affinity.keeps_text(declared) else "NUMERIC")
    return found
