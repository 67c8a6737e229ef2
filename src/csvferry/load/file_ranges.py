"""Rows that lie in their file as LOAD DATA is to read them: they are sent from there, uncopied.

A plain file (`screen`) has no quote, so each line is a row, and its fields are what stands between
the delimiters. Without ENCLOSED BY and ESCAPED BY the server reads it so too, with no word for NULL
(MySQL manual, "LOAD DATA Statement", Field and Line Handling).

Of a file with quotes it is known where some records begin. With ENCLOSED BY the server reads them
as we do, and the word NULL without quotes as NULL: it is put where a field is empty on the way.
"""

import os
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from csvferry import validation as validate
from csvferry.databases.bulk_load import Lines, Loaded, LoaderConnection, LoadTask
from csvferry.errors import SourceChangedError
from csvferry.ingest.row_validation import Field
from csvferry.model.schema import Column
from csvferry.scratch.relations import INCOMING
from csvferry.text.scanner import LIMIT

if TYPE_CHECKING:
    import duckdb

_PIECE = 32 << 20  # bytes of one LOAD DATA


@dataclass(frozen=True)
class FileRanges:
    """The rows of a file whose lines end with LF, from byte `start` to its end.

    `begins`: where some of its records begin, in their order; else it is plain.
    """

    path: Path
    start: int
    delimiter: str
    begins: tuple[int, ...] | None = None

    def serves(self, con: "duckdb.DuckDBPyConnection", fields: Sequence[Field]) -> bool:
        """Whether each field of a plain file is what the server is to be given; none is NULL."""
        asked = [validate.verbatim(field.column, field.name) for field in fields]
        conditions = [sql for sql in asked if sql is not None]
        if len(conditions) < len(asked) or not (
            len(self.delimiter) == 1 and self.delimiter.isascii()
        ):
            return False
        each = " AND ".join(f"coalesce({sql}, FALSE)" for sql in conditions)
        return con.execute(f"SELECT bool_and({each}) FROM {INCOMING}").fetchone() == (True,)

    @contextmanager
    def tasks(
        self,
        table: str,
        columns: Sequence[Column],
        number: int,
        rows: int,
        fixed: Mapping[str, str],
    ) -> Iterator[list[list[LoadTask]]]:
        """The file's `rows` in `number` shares of about equal size; it is open within.

        `fixed`: as `BulkLoader.load` has it. Raises SourceChangedError where the file is gone.
        """
        with self._opened() as file:
            size = max(os.fstat(file.fileno()).st_size - self.start, 0)
            count = number * max(1, -(-size // (number * _PIECE)))
            cuts = [self._cut(file, size * n // count) for n in range(count)]
            cuts.append(self.start + size)
            told, some = self.begins is not None, rows / count
            tasks = [
                _task(
                    table,
                    columns,
                    Lines(file.fileno(), *ends, self.delimiter, quoted=told, empty=told, rows=some),
                    fixed,
                )
                for ends in pairwise(cuts)
            ]
            share = count // number
            yield [tasks[n : n + share] for n in range(0, count, share)]

    def _opened(self) -> BinaryIO:
        try:
            return self.path.open("rb")
        except OSError as error:
            raise SourceChangedError(f"{self.path} is gone: {error.strerror}") from None

    def _cut(self, file: BinaryIO, at: int) -> int:
        """Where a record begins, about at this byte of the rows; at 0 the first."""
        if self.begins is not None:
            known = bisect_right(self.begins, self.start + at)
            return self.begins[known - 1] if known and at else self.start
        file.seek(self.start + at)
        if at:
            file.readline(LIMIT)
        return file.tell()


def _task(
    table: str, columns: Sequence[Column], lines: Lines, fixed: Mapping[str, str]
) -> LoadTask:
    def load(connection: LoaderConnection) -> Loaded:
        return connection.load_lines(table, columns, lines, fixed)

    return load
