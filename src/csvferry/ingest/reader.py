"""DuckDB's CSV reader with every option set, so that it guesses nothing.

A row's line number is its row number and something: `rowid` gives it without work, and leaves
DuckDB free to read with several threads (five million rows on two cores: 0.5 s; with a window
function that numbers them 0.8 s).
"""

from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from csvferry.model.quoting import file, text
from csvferry.scratch.relations import WHOLE, FileRelations
from csvferry.text.columns.matching import ColumnNulls
from csvferry.text.scanner import LIMIT

_LINE = 2 * LIMIT + 200_000  # quotes doubled and a number in front
_BUFFER = 2 * _LINE


@dataclass(frozen=True)
class Job:
    """A file that DuckDB reads, and the relations that it becomes.

    With `numbered` each row's first field is what its line number exceeds its row number by,
    else that is `shift` in every row. `skip` is a number of lines. `parallel` only where there is
    no quote: a thread that begins in the middle would have to guess whether it stands within two.
    `trailing`: a delimiter ends each record. `null_quoted`: a quoted field may be NULL too.
    `nulls`: columns with tokens of their own. `values`: SQL of the value of a column, by its place,
    where that is not the field itself. `then`: files whose rows follow those of `path`.
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
    trailing: bool = False
    null_quoted: bool = False
    nulls: tuple[ColumnNulls, ...] = ()
    values: tuple[tuple[int, str], ...] = ()
    into: FileRelations = WHOLE
    then: tuple[Path, ...] = ()


def read(con: duckdb.DuckDBPyConnection, job: Job) -> int:
    """Make `into.rows` (line, c0, c1, ...) in the file's order; the number of its rows.

    It is a view of `into.table`; in `into.placed` each row has a `place` too, by which a stretch of
    them is found without a look at the others. Raises duckdb.InvalidInputException where
    DuckDB finds a row that does not fit.
    """
    try:
        con.execute(f"CREATE OR REPLACE TABLE {job.into.table} AS SELECT * FROM {call(job)}")
    except duckdb.NotImplementedException:  # its threads do not agree on where rows begin
        if not job.parallel:
            raise
        return read(con, replace(job, parallel=False))
    return _shown(con, job)


def read_pieces(con: duckdb.DuckDBPyConnection, job: Job) -> "Pieces":
    """The same from numbered pieces of a file that come one after the other."""
    columns = ", ".join(f"{name} VARCHAR" for name in _names(job))
    con.execute(f"CREATE OR REPLACE TABLE {job.into.table} ({columns})")
    return Pieces(con, job)


@dataclass(frozen=True)
class Pieces:
    """The table, on its way."""

    con: duckdb.DuckDBPyConnection
    job: Job

    def take(self, path: Path, shift: int | None) -> None:
        """Read the next piece."""
        rows = call_piece(self.job, path, shift)
        self.con.execute(f"INSERT INTO {self.job.into.table} SELECT * FROM {rows}")

    def finish(self) -> int:
        """There are no more; the number of rows."""
        return _shown(self.con, self.job)


def _shown(con: duckdb.DuckDBPyConnection, job: Job) -> int:
    """The view, made; the number of its rows."""
    into = job.into
    con.execute(f"DROP VIEW IF EXISTS {into.parts}")
    line = f"rowid + {job.shift + 1}" + (" + CAST(shift AS BIGINT)" if job.numbered else "")
    columns = ", ".join(f"c{number}" for number in range(job.width))
    con.execute(
        f"CREATE OR REPLACE VIEW {into.rows} AS SELECT {line} AS line, {columns} FROM {into.table}"
    )
    # Only `rowid` itself lets DuckDB skip the rows of the table that are elsewhere.
    con.execute(
        f"CREATE OR REPLACE VIEW {into.placed} AS"
        f" SELECT rowid AS place, {line} AS line, {columns} FROM {into.table}"
    )
    row = con.execute(f"SELECT count(*) FROM {into.table}").fetchone()
    return int(row[0]) if row else 0


def _names(job: Job) -> list[str]:
    columns = [f"c{number}" for number in range(job.width)]
    return ["shift"] * job.numbered + columns + ["beyond"] * job.trailing


def call_piece(job: Job, path: Path, shift: int | None) -> str:
    """SQL of the rows of a piece, `shift` first: one number, or (None) what stands in front."""
    if shift is None:
        return call(replace(job, path=path, numbered=True))
    return f"(SELECT '{shift}' AS shift, * FROM {call(replace(job, path=path, numbered=False))})"


def call(job: Job) -> str:
    """SQL of the rows that the file has, as a table."""
    rows = _with_own_nulls(job) if job.nulls else _call(job)
    if not job.values:
        return rows
    values = {f"c{place}": f"{value} AS c{place}" for place, value in job.values}
    fields = ", ".join(values.get(name, name) for name in _names(job))
    return f"(SELECT {fields} FROM {rows})"


def _with_own_nulls(job: Job) -> str:
    """The file is read once for each rule of what is NULL; the readings stand side by side."""
    groups: dict[tuple[tuple[str, ...], bool], list[int]] = {}
    for nulls in job.nulls:
        groups.setdefault((nulls.tokens, nulls.quoted), []).append(nulls.place)
    own: dict[str, str] = {}
    rows = f"{_call(job)} AS r"
    for number, ((tokens, quoted), places) in enumerate(groups.items()):
        chosen = ", ".join(f"c{place} AS g{place}" for place in places)
        reading = _call(replace(job, null=tokens, null_quoted=quoted))
        rows += f" POSITIONAL JOIN (SELECT {chosen} FROM {reading}) AS r{number}"
        own |= {f"c{place}": f"g{place} AS c{place}" for place in places}
    fields = ", ".join(own.get(name, f"r.{name}") for name in _names(job))
    return f"(SELECT {fields} FROM {rows})"


def _call(job: Job) -> str:
    """SQL of the call that reads the file."""
    columns = ", ".join(f"{name}: 'VARCHAR'" for name in _names(job))
    files = ", ".join(map(file, (job.path, *job.then)))
    # DuckDB wants one token at least; no file that is read has a NUL character.
    nulls = ", ".join(text(token) for token in dict.fromkeys(job.null)) or "chr(0)"
    return (
        f"read_csv([{files}], auto_detect = false, header = false, "
        f"columns = {{{columns}}}, delim = {text(job.delimiter)}, quote = {text(job.quote)}, "
        f"escape = {text(job.quote)}, nullstr = [{nulls}], "
        f"allow_quoted_nulls = {str(job.null_quoted).lower()}, "
        f"new_line = {text(_escaped(job.newline))}, skip = {job.skip}, comment = '', "
        f"strict_mode = true, null_padding = false, ignore_errors = false, "
        f"compression = 'none', max_line_size = {_LINE}, buffer_size = {_BUFFER}, "
        f"parallel = {str(job.parallel).lower()})"
    )


def _escaped(newline: str) -> str:
    return newline.replace("\r", "\\r").replace("\n", "\\n")
