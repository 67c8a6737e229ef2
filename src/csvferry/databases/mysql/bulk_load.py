"""How rows reach MySQL: the CSV that LOAD DATA reads, and the texts of INSERT."""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import pymysql

from csvferry.databases.answers.rows import Flag, Name, value_of, values_of
from csvferry.databases.bulk_load import NONE_FIXED, BulkLoader, Lines, Loaded, LoadTask
from csvferry.databases.mysql.connection import HIDDEN, MysqlConnection
from csvferry.databases.mysql.locks import is_running, run_of
from csvferry.databases.mysql.session.null_words import empty_as_null
from csvferry.databases.mysql.session.wire import FAILURES, translate_error
from csvferry.databases.sql_dialect import chained
from csvferry.errors import CsvFerryError, DatabaseError, RefusedRowError
from csvferry.model.names import LINE, OLD, STAGE_PREFIX
from csvferry.model.quoting import mysql_name, mysql_text, mysql_text_of, text
from csvferry.model.schema import Column, Kind
from csvferry.printable import get_logger
from csvferry.scratch.relations import batches
from csvferry.scratch.workspace import out_of_space, spool_folder

if TYPE_CHECKING:
    import duckdb

log = get_logger(__name__)

_LOCAL_INFILE_OFF = {1148, 3948, 4166}
_BYTES = 1 << 20  # of one INSERT, but for one long row
_ROWS = 2048  # of it: a vector of DuckDB


class MysqlLoader(BulkLoader):
    """By LOAD DATA LOCAL where server and user allow it, else by INSERT of many rows."""

    def __init__(self, connection: MysqlConnection) -> None:
        self._connection, self._sql = connection, connection.sql

    @property
    def connection(self) -> MysqlConnection:
        """What it loads over."""
        return self._connection

    def stage(
        self,
        name: str,
        columns: Sequence[Column],
        key: Sequence[Column] = (),
        marks: Sequence[str] = (),
        table: str = "",  # noqa: ARG002
    ) -> None:
        self._connection.execute(
            f"CREATE TEMPORARY TABLE {self._sql.quote(name)} ({self._staged(columns, key, marks)})"
            f"{self._sql.table_options}"
        )

    def _staged(
        self, columns: Sequence[Column], key: Sequence[Column], marks: Sequence[str]
    ) -> str:
        """SQL that declares the columns of a staging table."""
        parts = [f"{self._sql.quote(LINE)} BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY"]
        parts += [f"{self._sql.quote(mark)} BIGINT NOT NULL DEFAULT 0" for mark in marks]
        parts += [f"{self._sql.definition(column)} NULL" for column in columns]
        if key and all(self._sql.indexable(column) for column in key):
            parts.append(f"KEY ({self._sql.names([column.name for column in key])})")
        return ", ".join(parts)

    def stage_query(self, name: str, select: str) -> None:
        key = f"PRIMARY KEY ({self._sql.quote(LINE)})"  # a server may want one of every table
        self._connection.execute(
            f"CREATE TEMPORARY TABLE {self._sql.quote(name)} ({key}){self._sql.table_options}"
            f" AS {select}"
        )

    def drop_stages(self, names: Sequence[str]) -> None:
        for name in names:
            self._drop_stage(name)
        for name in self.left_over():
            if run_of(name, OLD):  # it may be what makes an entry count
                continue
            try:
                self._drop(name)
            except DatabaseError as error:
                log.warning("the staging table %s of a dead run stays: %s", name, error)

    def _drop_stage(self, name: str) -> None:
        self._connection.execute(f"DROP TEMPORARY TABLE IF EXISTS {self._sql.quote(name)}")

    def _drop(self, name: str) -> None:
        self._connection.execute(f"DROP TABLE IF EXISTS {self._sql.quote(name)}")

    def left_over(self) -> list[str]:
        return [name for name in self._stages() if not self._is_in_use(name)]

    def _stages(self) -> Sequence[str]:
        """Tables that are no temporary ones and have the name of a staging table."""
        found = self._connection.query(
            "SELECT TABLE_NAME FROM information_schema.TABLES"
            " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME LIKE %s",
            (STAGE_PREFIX.replace("_", r"\_") + "%",),
        )
        return values_of(Name, found)

    def _is_in_use(self, name: str) -> bool:
        """Whether the run whose shadow table has this name is still at work."""
        run = run_of(name)
        return run is not None and is_running(self._connection, run)

    @cached_property
    def may_load(self) -> bool:
        if not (self._sql.takes_files and self._connection.target.local_infile):
            return False
        return bool(value_of(Flag, self._connection.query("SELECT @@local_infile")))

    def load(
        self,
        table: str,
        columns: Sequence[Column],
        select: str,
        con: "duckdb.DuckDBPyConnection",
        fixed: Mapping[str, str] = NONE_FIXED,
    ) -> Loaded:
        if self.may_load:
            try:
                with spooled(con, columns, select) as spool:
                    return self.load_lines(table, columns, spool, fixed)
            except DatabaseError as error:
                if error.code not in _LOCAL_INFILE_OFF:
                    raise
                self._insert_instead()
            except Exception as error:
                if not out_of_space(error):
                    raise
                log.info("scratch space does not hold what is to be loaded; inserting instead")
        return self._insert(table, columns, select, con, fixed)

    def load_lines(
        self,
        table: str,
        columns: Sequence[Column],
        lines: Lines,
        fixed: Mapping[str, str] = NONE_FIXED,
    ) -> Loaded:
        spelled = empty_as_null(lines.delimiter.encode()) if lines.empty else None
        wire = self._connection.wire
        with wire.offering(lines.descriptor, lines.start, lines.end, spelled) as name:
            share = lines.rows / max(lines.end - lines.start, 1)
            self._connection.wire.sent = lambda size: self.sent(size * share)
            statement = load_statement(name, table, columns, lines, fixed)
            try:
                with self._connection.wire.cursor() as cursor:
                    affected = int(cursor.execute(statement))
            except FAILURES as error:
                return _refused(translate_error(error))
        return Loaded(affected, self._connection.warnings())

    def load_lines_of(self, tasks: Sequence[LoadTask]) -> Loaded | None:
        rows = 0
        try:
            for task in tasks if self.may_load else ():
                found = task(self)
                rows += found.rows
                if found.warnings:
                    return replace(found, rows=rows)
        except DatabaseError as error:
            if error.code not in _LOCAL_INFILE_OFF:
                raise
            self._insert_instead()
        return Loaded(rows, {}) if self.may_load else None

    def _insert_instead(self) -> None:
        log.info("the server takes no LOAD DATA LOCAL; inserting instead")
        self.__dict__["may_load"] = False

    def _insert(
        self,
        table: str,
        columns: Sequence[Column],
        select: str,
        con: "duckdb.DuckDBPyConnection",
        fixed: Mapping[str, str],
    ) -> Loaded:
        names = self._sql.names([*(column.name for column in columns), *fixed])
        head = f"INSERT INTO {self._sql.quote(table)} ({names}) VALUES "
        rows = 0
        for batch in value_lists(con, columns, select, fixed, bare=self._sql.bare_numbers):
            try:
                with self._batch(), self._connection.cursor() as cursor:
                    rows += int(cursor.execute(head + ",".join(batch)))
                    self.sent(len(batch))
                    if found := self._connection.warnings():
                        return Loaded(rows, found)
            except pymysql.IntegrityError as error:
                return Loaded(rows, {int(error.args[0]): 1})
            except FAILURES as error:
                return _refused(translate_error(error))
        return Loaded(rows, {})

    def _batch(self) -> AbstractContextManager[None]:
        """Around the statement of a batch and the question what it made the server warn of."""
        return nullcontext()


def _refused(error: CsvFerryError) -> Loaded:
    """A load that was refused for a row; any other error is raised."""
    if isinstance(error, RefusedRowError):
        return Loaded(0, {error.code or HIDDEN: 1})
    raise error


def copy_statement(columns: Sequence[Column], select: str, path: str) -> str:
    """DuckDB's COPY of a query into a file, in the form that `load_statement` reads.

    It puts quotes where they are needed, also around the text NULL: 4% less for MariaDB to do than
    with quotes around every text.
    """
    forced = ', FORCE_QUOTE ("0")' if len(columns) == 1 else ""  # no line is empty
    return (
        f"COPY ({_readied(columns, select)}) TO {text(path)}"
        f" (FORMAT csv, HEADER false, NULLSTR 'NULL', USE_TMP_FILE false{forced})"
    )


def load_statement(
    name: str, table: str, columns: Sequence[Column], lines: Lines, fixed: Mapping[str, str]
) -> str:
    """LOAD DATA of lines that are offered under a name.

    ESCAPED BY '' makes a backslash a backslash, and, with ENCLOSED BY, the bare word NULL a NULL
    (MySQL manual, "LOAD DATA Statement", Field and Line Handling).
    """
    enclosed = " ENCLOSED BY '\"'" if lines.quoted else ""
    fields, sets = [], [f"{mysql_name(one)} = {mysql_text(value)}" for one, value in fixed.items()]
    for number, column in enumerate(columns):
        if (taken := _taken_by_expression(column)) is None:
            fields.append(mysql_name(column.name))
        else:
            fields.append(f"@csvferry_{number}")
            sets.append(f"{mysql_name(column.name)} = " + taken % f"@csvferry_{number}")
    return (
        f"LOAD DATA LOCAL INFILE {mysql_text(name)} INTO TABLE {mysql_name(table)}"
        f" CHARACTER SET utf8mb4 FIELDS TERMINATED BY {mysql_text(lines.delimiter)}{enclosed}"
        " ESCAPED BY '' LINES TERMINATED BY '\\n'"
        f" ({', '.join(fields)})" + (f" SET {', '.join(sets)}" if sets else "")
    )


def _taken_by_expression(column: Column) -> str | None:
    """How a text becomes the column's value where MySQL would not read it from text itself."""
    if column.type.kind is Kind.BIT:
        return "CAST(%s AS UNSIGNED)"
    if column.type.kind is Kind.BINARY:
        return "UNHEX(%s)"
    return None


def _readied(columns: Sequence[Column], select: str) -> str:
    """The query with its columns numbered, bytes as hexadecimal so that text can carry them."""
    aliases = ", ".join(f'"{number}"' for number in range(len(columns)))
    fields = ", ".join(
        f'hex("{number}") AS "{number}"'
        if column.type.kind is Kind.BINARY and not column.type.hexed
        else f'"{number}"'
        for number, column in enumerate(columns)
    )
    return f"SELECT {fields} FROM ({select}) AS rows({aliases})"


@contextmanager
def spooled(
    con: "duckdb.DuckDBPyConnection", columns: Sequence[Column], select: str
) -> Iterator[Lines]:
    """A scratch file with the query's CSV.

    A pipe would save the disk, but DuckDB waits for a full pipe by spinning: it took as much of the
    processor as the server did.
    """
    with tempfile.NamedTemporaryFile(dir=spool_folder(con)) as spool:
        descriptor = spool.fileno()
        with con.cursor() as cursor:
            copied = cursor.execute(copy_statement(columns, select, spool.name)).fetchone()
        size, rows = os.fstat(descriptor).st_size, copied[0] if copied else 0
        yield Lines(descriptor, 0, size, ",", quoted=True, rows=rows)


def value_lists(
    con: "duckdb.DuckDBPyConnection",
    columns: Sequence[Column],
    select: str,
    fixed: Mapping[str, str] = NONE_FIXED,
    *,
    bare: bool = False,
) -> Iterator[list[str]]:
    """Rows of a query as MySQL's lists of values, for one INSERT each of about a megabyte.

    DuckDB writes them: in Python that takes ten times as long. `bare`: whole numbers stand without
    quotes.
    """
    literal = _bare_literal if bare else _literal
    values = [literal(number, column) for number, column in enumerate(columns)]
    values += [text(mysql_text(value)) for value in fixed.values()]
    fields = chained(values, "|| ',' ||")
    texts = _texts(con, f"SELECT '(' || {fields} || ')' FROM ({_readied(columns, select)})")
    return batches(texts, _ROWS, len, _BYTES)


def _literal(number: int, column: Column) -> str:
    """DuckDB SQL of a field as `quoting.mysql_text` would have it, or NULL."""
    quoted = mysql_text_of(f'"{number}"::VARCHAR')
    before, _, after = (_taken_by_expression(column) or "%s").partition("%s")
    return f"coalesce({text(before)} || {quoted} || {text(after)}, 'NULL')"


def _bare_literal(number: int, column: Column) -> str:
    quoted, value = _literal(number, column), f'"{number}"::VARCHAR'
    if column.type.kind is not Kind.INTEGER:
        return quoted
    shortest = f"TRY_CAST({value} AS HUGEINT)::VARCHAR"  # of several spellings
    whole = f"regexp_full_match({value}, '[-+]?[0-9]+')"
    return f"CASE WHEN {whole} THEN coalesce({shortest}, {quoted}) ELSE {quoted} END"


def _texts(con: "duckdb.DuckDBPyConnection", select: str) -> Iterator[str]:
    """The texts of a query, of which about a megabyte is in memory at a time."""
    with con.cursor() as cursor:
        cursor.execute(select)
        wanted = 1
        while rows := cursor.fetchmany(wanted):
            found = [row[0] for row in rows]
            yield from found
            wanted = min(_ROWS, wanted * _BYTES // sum(map(len, found)) + 1)
