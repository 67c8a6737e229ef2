"""Rows that lie in their file as LOAD DATA is to read them: they are sent from there, uncopied.

A plain file (`screen`) has no quote, so each line is a row, and its fields are what stands between
the delimiters. Without ENCLOSED BY and ESCAPED BY the server reads it so too, with no word for NULL
(MySQL manual, "LOAD DATA Statement", Field and Line Handling).
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from csvferry import validate
from csvferry.database import Database, Lines, Loaded
from csvferry.records import LIMIT
from csvferry.schema import Column
from csvferry.sift import Field
from csvferry.twins import Piece

if TYPE_CHECKING:
    import duckdb

_PIECE = 32 << 20  # bytes of one LOAD DATA


@dataclass(frozen=True)
class Verbatim:
    """The rows of a plain file whose lines end with LF, from byte `start` to its end."""

    path: Path
    start: int
    delimiter: str

    def serves(self, con: "duckdb.DuckDBPyConnection", fields: Sequence[Field]) -> bool:
        """Whether the server is to be given each field of `incoming` as it stands; none is NULL."""
        asked = [validate.verbatim(field.column, field.name) for field in fields]
        told = [sql for sql in asked if sql is not None]
        if len(told) < len(asked) or not (len(self.delimiter) == 1 and self.delimiter.isascii()):
            return False
        each = " AND ".join(f"coalesce({sql}, FALSE)" for sql in told)
        return con.execute(f"SELECT bool_and({each}) FROM incoming").fetchone() == (True,)

    @contextmanager
    def pieces(
        self, table: str, columns: Sequence[Column], number: int
    ) -> Iterator[list[list[Piece]]]:
        """The file in `number` stretches of about equal size, each in pieces; it is open within."""
        with self.path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            count = number * -(-(size - self.start) // (number * _PIECE))
            cuts = [self._cut(file.fileno(), size, n / count) for n in range(count + 1)]
            pieces = [
                _piece(table, columns, Lines(file.fileno(), *ends, self.delimiter))
                for ends in pairwise(cuts)
            ]
            share = count // number
            yield [pieces[n : n + share] for n in range(0, count, share)]

    def _cut(self, descriptor: int, size: int, part: float) -> int:
        """The beginning of the line that follows on this part of the rows."""
        at = self.start + int((size - self.start) * part)
        if part in (0, 1):
            return at
        end = os.pread(descriptor, LIMIT, at).find(b"\n")
        return size if end < 0 else at + end + 1


def _piece(table: str, columns: Sequence[Column], lines: Lines) -> Piece:
    def load(lane: Database) -> Loaded:
        return lane.load_lines(table, columns, lines)

    return load
