"""What SQLite says of a table in its schema and pragmas, as a `schema.Table`."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from csvferry.databases.catalog import Catalog, StoredTable
from csvferry.databases.connection import Connection
from csvferry.databases.expressions import is_type_name, sqlite_expression
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
        kinds = self._connection.query(
            "SELECT type, name, sql FROM sqlite_master WHERE name = ? COLLATE NOCASE"
            " AND type IN ('table', 'view')"
            " UNION ALL SELECT type, name, sql FROM sqlite_temp_master"
            " WHERE name = ? COLLATE NOCASE AND type = 'table'",
            (table, table),
        )
        if not kinds:
            return None
        kind, name, sql = kinds[0]
        if kind == "view":
            raise TargetError(f"{table} is a view", "name the table behind it")
        columns = tuple(self._columns(name, sql or ""))
        indexes = tuple(self._indexes(columns, name))
        references = self._references_to(name)
        return Table(
            name=name,
            columns=columns,
            primary_key=self._primary_key(name),
            uniques=tuple(index.columns for index in indexes if index.columns),
            indexes=indexes,
            foreign_keys=tuple(self._foreign_keys(name)),
            checks=tuple(sqlite_words.checks(sql or "")),
            referenced=frozenset(column for column, _ in references),
            held_fast=frozenset(column for column, rule in references if rule != "CASCADE"),
        )

    def _columns(self, table: str, sql: str) -> Iterator[Column]:
        single = self._primary_key(table)
        computed = iter(sqlite_words.computed(sql))
        for _, name, declared, not_null, default, key, hidden in self._connection.query(
            f"PRAGMA table_xinfo({self._sql.quote(table)})"
        ):
            kind = _type(declared)
            alias = len(single) == 1 and key and declared.upper() == "INTEGER"
            yield Column(
                name=name,
                type=kind,
                nullable=not not_null and not key,
                has_default=default is not None,
                auto_increment=bool(alias),
                generated=hidden in (2, 3),
                charset="utf8mb4" if kind.kind is Kind.TEXT else None,
                collation=self._collation(table, name) if kind.kind is Kind.TEXT else None,
                expression=next(computed, None) if hidden in (2, 3) else None,
            )

    def _collation(self, table: str, column: str) -> str:
        """What SQLite tells in no pragma: how it compares a column, seen from what it does."""
        ((nocase, rtrim),) = self._connection.query(
            "SELECT v = 'A', v = 'a ' FROM"
            f" (SELECT {self._sql.quote(column)} AS v FROM {self._sql.quote(table)} WHERE 0"
            " UNION ALL SELECT 'a')"
        )
        return "NOCASE" if nocase else "RTRIM" if rtrim else "BINARY"

    def _primary_key(self, table: str) -> tuple[str, ...]:
        rows = self._connection.query(
            "SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", (table,)
        )
        return tuple(name for (name,) in rows)

    def _indexes(self, columns: Sequence[Column], table: str) -> Iterator[UniqueIndex]:
        """The unique indexes but that of the primary key."""
        collations = {column.name: column.collation or "BINARY" for column in columns}
        for name, sql in self._connection.query(
            "SELECT l.name, m.sql FROM pragma_index_list(?) AS l LEFT JOIN sqlite_master AS m"
            " ON m.type = 'index' AND m.name = l.name"
            " WHERE l.\"unique\" = 1 AND l.origin <> 'pk'",
            (table,),
        ):
            rows = self._connection.query(
                'SELECT name, coll FROM pragma_index_xinfo(?) WHERE "key" = 1 ORDER BY seqno',
                (name,),
            )
            words = (
                sqlite_words.parts(sql) if sql else [self._sql.quote(column) for column, _ in rows]
            )
            parts = (
                Part(word, column, coll, whole=bool(column) and collations[column] == coll)
                for word, (column, coll) in zip(words, rows, strict=True)
            )
            yield UniqueIndex(name, tuple(parts), sqlite_words.condition(sql or ""))

    def _foreign_keys(self, table: str) -> Iterator[ForeignKey]:
        rows = self._connection.query(
            'SELECT id, "table", "from", "to" FROM pragma_foreign_key_list(?) ORDER BY id, seq',
            (table,),
        )
        for number in sorted({row[0] for row in rows}):
            parts = [row for row in rows if row[0] == number]
            parent = parts[0][1]
            to = tuple(part[3] for part in parts)
            yield ForeignKey(
                name=f"foreign key {number}",
                columns=tuple(part[2] for part in parts),
                parent=parent,
                parent_columns=self._primary_key(parent) if None in to else to,
                own=parent.casefold() == table.casefold(),
            )

    def _references_to(self, table: str) -> list[tuple[str, str]]:
        """Columns to which a foreign key refers, and what it does on a change.

        None for the primary key, whose values stay.
        """
        return self._connection.query(
            'SELECT f."to", f.on_update FROM sqlite_master AS m,'
            " pragma_foreign_key_list(m.name) AS f WHERE m.type = 'table'"
            ' AND f."to" IS NOT NULL AND f."table" = ? COLLATE NOCASE',
            (table,),
        )

    def dependents(self, table: str, schema: str | None = None) -> Sequence[Dependent]:  # noqa: ARG002
        return sqlite_dependents.dependents(self._connection.query, table, self._primary_key(table))

    def rewrites(self, table: str) -> bool:
        return sqlite_dependents.rewrites(self._connection.query, table)

    def has_trigger(self, table: str) -> bool:
        return sqlite_dependents.has_trigger(self._connection.query, table)

    def defaults(self, table: str) -> Mapping[str, str]:
        return {
            name: f"({sqlite_expression(default)})"
            for name, default in self._connection.query(
                "SELECT name, dflt_value FROM pragma_table_info(?) WHERE dflt_value IS NOT NULL",
                (table,),
            )
        }

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

    def maker(self, table: str) -> str | None:
        rows = self._connection.query(
            "SELECT sql FROM sqlite_master WHERE name = ? COLLATE NOCASE", (table,)
        )
        found = _MAKER.search(rows[0][0] or "") if rows else None
        return found[1] if found else None


def _type(declared: str) -> Type:
    """The type as it may be declared again: what is not known, by its affinity alone."""
    found = parse_type(declared)
    if found.kind is Kind.UNSERVED and not is_type_name(declared):
        return replace(found, name="TEXT" if affinity.keeps_text(declared) else "NUMERIC")
    return found
