"""SQLite behind the seam: the embedded default, judged by the same rules as MySQL."""

import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from csvferry.databases.base import LINE, Database, Loaded
from csvferry.databases.expressions import is_type_name, sqlite_expression
from csvferry.databases.sqlite import ddl_parser as sqlite_words
from csvferry.databases.sqlite import dependents as sqlite_dependents
from csvferry.databases.sqlite.functions import add_functions
from csvferry.databases.sqlite.sql_dialect import SqliteDialect
from csvferry.errors import (
    BusyError,
    CsvFerryError,
    DatabaseError,
    RefusedRowError,
    TargetError,
    UsageError,
)
from csvferry.model.column_type import UTC, Zone
from csvferry.model.reserved import STAGE_PREFIX
from csvferry.model.schema import (
    Column,
    Dependent,
    ForeignKey,
    Kind,
    Part,
    Server,
    Table,
    Type,
    UniqueIndex,
    parse_type,
)
from csvferry.scratch.private_files import PLANTED, is_planted, make_private_file
from csvferry.scratch.relations import counted, fetched
from csvferry.validation import sqlite_affinity as affinity

if TYPE_CHECKING:
    import duckdb

_MAKER = re.compile(r"/\* made by csvferry ([0-9a-f]{26}) \*/")
_REFUSED = {
    "SQLITE_CONSTRAINT_CHECK",
    "SQLITE_CONSTRAINT_DATATYPE",
    "SQLITE_CONSTRAINT_NOTNULL",
    "SQLITE_CONSTRAINT_TRIGGER",
}


class SqliteDatabase(Database):
    """One connection to a file; staging tables are TEMP and die with it."""

    server = Server.SQLITE
    sql = SqliteDialect()

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        self.path = _path(url)
        self._connection = _connect(self.path, read_only=read_only)
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.execute("PRAGMA temp_store = FILE")
        # Nobody knows who made the file (SQLite, "Defense Against The Dark Arts").
        self._connection.execute("PRAGMA trusted_schema = OFF")
        self._connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        add_functions(self._connection)

    # Statements

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        try:
            return max(self._connection.execute(sql, parameters).rowcount, 0)
        except sqlite3.Error as error:
            raise _told(error) from None

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise _told(error) from None

    def stream(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        try:
            for row in self._connection.execute(sql, parameters):  # noqa: UP028  # closed later
                yield row
        except sqlite3.Error as error:
            raise _told(error) from None

    def change(self, sql: str) -> int:
        return self.execute(sql)

    # Tables

    def has(self, table: str) -> bool:
        found = self.query("SELECT 1 FROM sqlite_master WHERE name = ? COLLATE NOCASE", (table,))
        return bool(found)

    def describe(self, table: str) -> Table | None:
        kinds = self.query(
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
        for _, name, declared, not_null, default, key, hidden in self.query(
            f"PRAGMA table_xinfo({self.sql.quote(table)})"
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
        ((nocase, rtrim),) = self.query(
            "SELECT v = 'A', v = 'a ' FROM"
            f" (SELECT {self.sql.quote(column)} AS v FROM {self.sql.quote(table)} WHERE 0"
            " UNION ALL SELECT 'a')"
        )
        return "NOCASE" if nocase else "RTRIM" if rtrim else "BINARY"

    def _primary_key(self, table: str) -> tuple[str, ...]:
        rows = self.query(
            "SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", (table,)
        )
        return tuple(name for (name,) in rows)

    def _indexes(self, columns: Sequence[Column], table: str) -> Iterator[UniqueIndex]:
        """The unique indexes but that of the primary key."""
        collations = {column.name: column.collation or "BINARY" for column in columns}
        for name, sql in self.query(
            "SELECT l.name, m.sql FROM pragma_index_list(?) AS l LEFT JOIN sqlite_master AS m"
            " ON m.type = 'index' AND m.name = l.name"
            " WHERE l.\"unique\" = 1 AND l.origin <> 'pk'",
            (table,),
        ):
            rows = self.query(
                'SELECT name, coll FROM pragma_index_xinfo(?) WHERE "key" = 1 ORDER BY seqno',
                (name,),
            )
            words = (
                sqlite_words.parts(sql) if sql else [self.sql.quote(column) for column, _ in rows]
            )
            parts = (
                Part(word, column, coll, whole=bool(column) and collations[column] == coll)
                for word, (column, coll) in zip(words, rows, strict=True)
            )
            yield UniqueIndex(name, tuple(parts), sqlite_words.condition(sql or ""))

    def _foreign_keys(self, table: str) -> Iterator[ForeignKey]:
        rows = self.query(
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
        return self.query(
            'SELECT f."to", f.on_update FROM sqlite_master AS m,'
            " pragma_foreign_key_list(m.name) AS f WHERE m.type = 'table'"
            ' AND f."to" IS NOT NULL AND f."table" = ? COLLATE NOCASE',
            (table,),
        )

    def dependents(self, table: str, schema: str | None = None) -> Sequence[Dependent]:  # noqa: ARG002
        return sqlite_dependents.dependents(self.query, table, self._primary_key(table))

    def rewrites(self, table: str) -> bool:
        return sqlite_dependents.rewrites(self.query, table)

    def defaults(self, table: str) -> Mapping[str, str]:
        return {
            name: f"({sqlite_expression(default)})"
            for name, default in self.query(
                "SELECT name, dflt_value FROM pragma_table_info(?) WHERE dflt_value IS NOT NULL",
                (table,),
            )
        }

    def create(self, table: Table, run: str, *, temporary: bool = False) -> None:
        parts = [
            f"{self.sql.quote(column.name)} {sqlite_words.declared(column.type.name)}"
            + ("" if column.nullable else " NOT NULL")
            for column in table.columns
        ]
        if table.primary_key:
            parts.append(f"PRIMARY KEY ({self.sql.names(table.primary_key)})")
        parts += [f"UNIQUE ({self.sql.names(names)})" for names in table.uniques]
        kind = "TEMP TABLE" if temporary else "TABLE"
        self.execute(
            f"CREATE {kind} {self.sql.quote(table.name)} /* made by csvferry {run} */"
            f" ({', '.join(parts)})"
        )

    def discard(self, table: str, run: str) -> None:
        if self.maker(table) == run and not self.query(
            f"SELECT 1 FROM {self.sql.quote(table)} LIMIT 1"
        ):
            self.execute(f"DROP TABLE {self.sql.quote(table)}")

    def add_columns(self, table: str, columns: Sequence[Column]) -> None:
        for column in columns:
            declared = sqlite_words.declared(column.type.name)
            self.execute(
                f"ALTER TABLE {self.sql.quote(table)}"
                f" ADD COLUMN {self.sql.quote(column.name)} {declared}"
            )

    def drop_columns(self, table: str, columns: Sequence[Column]) -> None:
        for column in columns:
            self.execute(
                f"ALTER TABLE {self.sql.quote(table)} DROP COLUMN {self.sql.quote(column.name)}"
            )

    def maker(self, table: str) -> str | None:
        rows = self.query("SELECT sql FROM sqlite_master WHERE name = ? COLLATE NOCASE", (table,))
        found = _MAKER.search(rows[0][0] or "") if rows else None
        return found[1] if found else None

    def stage(self, name: str, columns: Sequence[Column], key: Sequence[Column] = ()) -> None:
        parts = [f"{self.sql.quote(LINE)} INTEGER PRIMARY KEY"]
        parts += [
            f"{self.sql.quote(column.name)} {column.type.name}"
            + (f" COLLATE {self.sql.quote(column.collation)}" if column.collation else "")
            for column in columns
        ]
        self.execute(f"CREATE TEMP TABLE {self.sql.quote(name)} ({', '.join(parts)})")
        if key:
            index = self.sql.quote(name + "_key")
            names = self.sql.names([column.name for column in key])
            self.execute(f"CREATE INDEX temp.{index} ON {self.sql.quote(name)} ({names})")

    def stage_query(self, name: str, select: str) -> None:
        self.execute(f"CREATE TEMP TABLE {self.sql.quote(name)} AS {select}")

    def drop_stages(self, names: Sequence[str]) -> None:
        left = self.query(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB ?",
            (STAGE_PREFIX + "*",),
        )
        for name in [*names, *(name for (name,) in left)]:
            self.execute(f"DROP TABLE IF EXISTS {self.sql.quote(name)}")

    # Loading

    def load(
        self,
        table: str,
        columns: Sequence[Column],
        select: str,
        con: "duckdb.DuckDBPyConnection",
    ) -> Loaded:
        places = ", ".join("?" for _ in columns)
        names = self.sql.names([column.name for column in columns])
        statement = f"INSERT INTO {self.sql.quote(table)} ({names}) VALUES ({places})"
        try:
            given = affinity.given(columns, counted(fetched(con, select), self.sent))
            rows = self._connection.executemany(statement, given).rowcount
        except sqlite3.IntegrityError as error:
            return Loaded(0, {error.sqlite_errorcode: 1})
        except sqlite3.Error as error:
            raise _told(error) from None
        return Loaded(max(rows, 0), {})

    # Transaction and lock

    @contextmanager
    def transaction(self) -> Iterator[None]:
        if not self._connection.in_transaction:
            self.execute("BEGIN IMMEDIATE")
        self.execute("SAVEPOINT csvferry")
        try:
            yield
        except BaseException:
            if not self._connection.in_transaction:
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
            if self._connection.in_transaction:
                self.execute("ROLLBACK")

    def zone(self) -> Zone:
        """SQLite has no zones; its CURRENT_TIMESTAMP is in UTC ("Date And Time Functions")."""
        return UTC

    def joining_by_hash(self) -> AbstractContextManager[None]:
        """SQLite makes an index of its own for such a join ("The SQLite Query Optimizer", 12)."""
        return nullcontext()

    def close(self) -> None:
        self._connection.close()


def _type(declared: str) -> Type:
    """The type as it may be declared again: what is not known, by its affinity alone."""
    found = parse_type(declared)
    if found.kind is Kind.UNSERVED and not is_type_name(declared):
        return replace(found, name="TEXT" if affinity.keeps_text(declared) else "NUMERIC")
    return found


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
        raise _told(error) from None


def _check_file(path: Path, *, read_only: bool) -> None:
    """SQLite makes a file with the rights of the umask: csvferry makes it first, for its owner.

    Raises DatabaseError where another user has put something there.
    """
    if is_planted(path):
        raise DatabaseError(f"{path}: {PLANTED}", "remove it, or name a file in a folder of yours")
    if not read_only:
        with suppress(OSError):  # SQLite tells it better
            make_private_file(path)


def _told(error: sqlite3.Error) -> CsvFerryError:
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
