"""How rows reach MySQL: the CSV that LOAD DATA reads, and the texts of INSERT."""

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from csvferry.databases.base import Lines
from csvferry.databases.sql_dialect import chained
from csvferry.model.quoting import mysql_text, mysql_text_of, text
from csvferry.model.schema import Column, Kind
from csvferry.scratch.relations import batches
from csvferry.scratch.workspace import spool_folder

if TYPE_CHECKING:
    import duckdb

_BYTES = 1 << 20  # of one INSERT, but for one long row
_ROWS = 2048  # of it: a vector of DuckDB


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
    name: str, table: str, columns: Sequence[Column], lines: Lines, quote: Callable[[str], str]
) -> str:
    """LOAD DATA of lines that are offered under a name.

    ESCAPED BY '' makes a backslash a backslash, and, with ENCLOSED BY, the bare word NULL a NULL
    (MySQL manual, "LOAD DATA Statement", Field and Line Handling).
    """
    enclosed = " ENCLOSED BY '\"'" if lines.quoted else ""
    fields, sets = [], []
    for number, column in enumerate(columns):
        if (taken := _taken_by_expression(column)) is None:
            fields.append(quote(column.name))
        else:
            fields.append(f"@csvferry_{number}")
            sets.append(f"{quote(column.name)} = " + taken % f"@csvferry_{number}")
    return (
        f"LOAD DATA LOCAL INFILE {mysql_text(name)} INTO TABLE {quote(table)} CHARACTER SET utf8mb4"
        f" FIELDS TERMINATED BY {mysql_text(lines.delimiter)}{enclosed} ESCAPED BY ''"
        " LINES TERMINATED BY '\\n'"
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
    con: "duckdb.DuckDBPyConnection", columns: Sequence[Column], select: str
) -> Iterator[list[str]]:
    """Rows of a query as MySQL's lists of values, for one INSERT each of about a megabyte.

    DuckDB writes them: in Python that takes ten times as long.
    """
    fields = chained([_literal(number, c) for number, c in enumerate(columns)], "|| ',' ||")
    texts = _texts(con, f"SELECT '(' || {fields} || ')' FROM ({_readied(columns, select)})")
    return batches(texts, _ROWS, len, _BYTES)


def _literal(number: int, column: Column) -> str:
    """DuckDB SQL of a field as `quoting.mysql_text` would have it, or NULL."""
    quoted = mysql_text_of(f'"{number}"::VARCHAR')
    before, _, after = (_taken_by_expression(column) or "%s").partition("%s")
    return f"coalesce({text(before)} || {quoted} || {text(after)}, 'NULL')"


def _texts(con: "duckdb.DuckDBPyConnection", select: str) -> Iterator[str]:
    """The texts of a query, of which about a megabyte is in memory at a time."""
    with con.cursor() as cursor:
        cursor.execute(select)
        wanted = 1
        while rows := cursor.fetchmany(wanted):
            found = [row[0] for row in rows]
            yield from found
            wanted = min(_ROWS, wanted * _BYTES // sum(map(len, found)) + 1)
