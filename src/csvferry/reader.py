"""DuckDB's CSV reader, told everything and left to guess nothing.

A row's line number is its row number and something: `rowid` gives it without work, and leaves
DuckDB free to read with several threads (five million rows on two cores: 0.5 s; with a window
function that numbers them 0.8 s).
"""

from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from csvferry.records import LIMIT

_LINE = 2 * LIMIT + 200_000  # quotes doubled and a number in front
_BUFFER = 2 * _LINE
_WIDE = 50  # columns from which a second thread costs more memory than it saves time


@dataclass(frozen=True)
class Job:
    """A file that DuckDB reads into the table `incoming`.

    With `numbered` each row's first field is what its line number exceeds its row number by,
    else that is `shift` in every row. `skip` is a number of lines. `parallel` only where there is
    no quote: a thread that begins in the middle would have to guess whether it stands within two.
    """

    path: Path
    width: int
    delimiter: str
    quote: str
    null: tuple[str, ...]
    newline: str = "\n"
    skip: int = 0
    shift: int = 0
    numbered: bool = False
    parallel: bool = False


def read(con: duckdb.DuckDBPyConnection, job: Job) -> int:
    """Make `incoming(line, c0, c1, ...)` in the file's order; the number of its rows.

    It is a view of the table `incoming_rows`. A wide file leaves the connection with one thread:
    each holds vectors of 2,048 rows for every column, and with two threads 500 columns took three
    times as long and 150 MB more. Raises duckdb.InvalidInputException where DuckDB
    finds a row that does not fit.
    """
    _spare(con, job)
    try:
        con.execute(f"CREATE OR REPLACE TABLE incoming_rows AS SELECT * FROM {_call(job)}")
    except duckdb.NotImplementedException:  # its threads do not agree on where rows begin
        if not job.parallel:
            raise
        return read(con, replace(job, parallel=False))
    return _shown(con, job)


def read_pieces(con: duckdb.DuckDBPyConnection, job: Job) -> "Pieces":
    """The same from numbered pieces of a file that come one after the other."""
    _spare(con, job)
    columns = ", ".join(f"{name} VARCHAR" for name in _names(job))
    con.execute(f"CREATE OR REPLACE TABLE incoming_rows ({columns})")
    return Pieces(con, job)


@dataclass(frozen=True)
class Pieces:
    """The table, on its way."""

    con: duckdb.DuckDBPyConnection
    job: Job

    def take(self, path: Path) -> None:
        """Read the next piece."""
        call = _call(replace(self.job, path=path))
        self.con.execute(f"INSERT INTO incoming_rows SELECT * FROM {call}")

    def finish(self) -> int:
        """There are no more; the number of rows."""
        return _shown(self.con, self.job)


def _spare(con: duckdb.DuckDBPyConnection, job: Job) -> None:
    if job.width > _WIDE:
        con.execute("SET threads = 1")


def _shown(con: duckdb.DuckDBPyConnection, job: Job) -> int:
    """The view, made; the number of its rows."""
    line = f"rowid + {job.shift + 1}" + (" + CAST(shift AS BIGINT)" if job.numbered else "")
    columns = ", ".join(f"c{number}" for number in range(job.width))
    con.execute(
        f"CREATE OR REPLACE VIEW incoming AS SELECT {line} AS line, {columns} FROM incoming_rows"
    )
    row = con.execute("SELECT count(*) FROM incoming_rows").fetchone()
    return int(row[0]) if row else 0


def _names(job: Job) -> list[str]:
    return (["shift"] if job.numbered else []) + [f"c{number}" for number in range(job.width)]


def _call(job: Job) -> str:
    columns = ", ".join(f"{name}: 'VARCHAR'" for name in _names(job))
    nulls = ", ".join(_text(token) for token in dict.fromkeys(job.null))
    return (
        f"read_csv({_text(_literal(job.path))}, auto_detect = false, header = false, "
        f"columns = {{{columns}}}, delim = {_text(job.delimiter)}, quote = {_text(job.quote)}, "
        f"escape = {_text(job.quote)}, nullstr = [{nulls}], allow_quoted_nulls = false, "
        f"new_line = {_text(_escaped(job.newline))}, skip = {job.skip}, comment = '', "
        f"strict_mode = true, null_padding = false, ignore_errors = false, "
        f"compression = 'none', max_line_size = {_LINE}, buffer_size = {_BUFFER}, "
        f"parallel = {str(job.parallel).lower()})"
    )


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _escaped(newline: str) -> str:
    return newline.replace("\r", "\\r").replace("\n", "\\n")


def _literal(path: Path) -> str:
    """The path with characters that DuckDB takes for a pattern put in brackets."""
    return "".join(f"[{char}]" if char in "*?[" else char for char in str(path))
