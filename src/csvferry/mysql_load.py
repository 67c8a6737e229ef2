"""How rows reach MySQL: the CSV that LOAD DATA reads, and the texts of INSERT."""

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from csvferry.rows import fetched
from csvferry.schema import Column, Kind

if TYPE_CHECKING:
    import duckdb

_BATCH_BYTES = 1 << 20


def copy_statement(columns: Sequence[Column], select: str, path: str) -> str:
    """DuckDB's COPY of a query into a file, in the form that `load_statement` reads.

    It puts quotes where they are needed, also around the text NULL: 4% less for MariaDB to do than
    with quotes around every text.
    """
    forced = ', FORCE_QUOTE ("0")' if len(columns) == 1 else ""  # no line is empty
    return (
        f"COPY ({readied(columns, select)}) TO '{path}'"
        f" (FORMAT csv, HEADER false, NULLSTR 'NULL', USE_TMP_FILE false{forced})"
    )


def load_statement(
    name: str, table: str, columns: Sequence[Column], quote: Callable[[str], str]
) -> str:
    """LOAD DATA of what `copy_statement` writes, offered under a name.

    ESCAPED BY '' makes a backslash a backslash and the bare word NULL a NULL (MySQL manual, "LOAD
    DATA Statement", Field and Line Handling).
    """
    fields, sets = [], []
    for number, column in enumerate(columns):
        if (taken := taken_by_expression(column)) is None:
            fields.append(quote(column.name))
        else:
            fields.append(f"@csvferry_{number}")
            sets.append(f"{quote(column.name)} = " + taken % f"@csvferry_{number}")
    return (
        f"LOAD DATA LOCAL INFILE '{name}' INTO TABLE {quote(table)} CHARACTER SET utf8mb4"
        " FIELDS TERMINATED BY ',' ENCLOSED BY '\"' ESCAPED BY '' LINES TERMINATED BY '\\n'"
        f" ({', '.join(fields)})" + (f" SET {', '.join(sets)}" if sets else "")
    )


def taken_by_expression(column: Column) -> str | None:
    """How a text becomes the column's value where MySQL would not read it from text itself."""
    if column.type.kind is Kind.BIT:
        return "CAST(%s AS UNSIGNED)"
    if column.type.kind is Kind.BINARY:
        return "UNHEX(%s)"
    return None


def readied(columns: Sequence[Column], select: str) -> str:
    """The query with its columns numbered, bytes as hexadecimal so that text can carry them."""
    aliases = ", ".join(f'"{number}"' for number in range(len(columns)))
    fields = ", ".join(
        f'hex("{number}") AS "{number}"' if column.type.kind is Kind.BINARY else f'"{number}"'
        for number, column in enumerate(columns)
    )
    return f"SELECT {fields} FROM ({select}) AS rows({aliases})"


@contextmanager
def spooled(
    con: "duckdb.DuckDBPyConnection", columns: Sequence[Column], select: str
) -> Iterator[int]:
    """A nameless scratch file with the query's CSV, open at its beginning.

    A pipe would save the disk, but DuckDB waits for a full pipe by spinning: it took as much of the
    processor as the server did.
    """
    with tempfile.TemporaryFile() as spool:
        descriptor = spool.fileno()
        with con.cursor() as cursor:
            cursor.execute(copy_statement(columns, select, f"/dev/fd/{descriptor}"))
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield descriptor


def batches(con: "duckdb.DuckDBPyConnection", select: str, say: Any) -> Iterator[list[str]]:
    """Rows of a query as texts for one INSERT each of about a megabyte."""
    batch: list[str] = []
    size = 0
    for row in fetched(con, select):
        batch.append(say(row))
        size += len(batch[-1])
        if size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
