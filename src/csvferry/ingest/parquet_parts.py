"""Rows too wide or too long for DuckDB's tables: Parquet files, each a slice of the CSV file.

DuckDB works on vectors of 2,048 rows for every column, and a table of it takes blocks of 256 KB for
every column: 200 MB of 500 columns need a gigabyte so, and 2,048 rows of a megabyte need two. A
slice has so few rows that its vectors stay all but empty; memory that is not touched costs nothing,
but counts against DuckDB's limit, which is raised by it.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from csvferry.ingest.reader import Job, call, call_piece
from csvferry.model.quoting import file, text
from csvferry.scratch.relations import CHECKED, HASHED, WHOLE, FileRelations, sliced

WIDE = 6  # columns above which a file is sliced
_SLICE = 8_000_000  # bytes of a slice
_CELLS = 1_000_000  # fields of a slice: each takes 16 bytes in each vector that holds it
_STRETCH = 4_000_000  # bytes over which records are weighed
_LONG = 100  # bytes of a record on average, above which a stretch is heavy
_FEW = 32  # columns whose vectors are small enough for each thread to have its own
_ROW = 1_000  # bytes of a record on average, above which they are not
_ONE = "SET GLOBAL threads = 1"
_SETTINGS = (
    "read_ahead_depth = 0",  # of row groups
    "enable_external_file_cache = false",
)
# To look for values that repeat takes a third of the time of writing.
_QUICK = "COMPRESSION uncompressed, DICTIONARY_SIZE_LIMIT 0"
_FIRST = 20_000  # rows of a plain file that are looked at before all of them are
_GROUP = 20_480  # rows that are in memory while they are written
_VECTORS = 10 * 2_048 * 16  # bytes for a column: what a query's vectors count for


def share(con: duckdb.DuckDBPyConnection) -> None:
    """From now on several queries of slices run at a time: a thread for each is enough memory."""
    if sliced(con):
        con.execute(_ONE)


@dataclass
class Weight:
    """Records weighed stretch by stretch."""

    size: int = 0
    records: int = 0

    def heavy(self, size: int, records: int) -> bool:
        """Add `records` of `size` bytes; whether they end a stretch of long ones."""
        self.size += size
        self.records += records
        if self.size < _STRETCH:
            return False
        heavy = self.size > _LONG * self.records
        self.size = self.records = 0
        return heavy


@dataclass
class Slices:
    """The slices of one file: `take` each, then `finish` makes a view of them.

    `kept`: SQL of what is to be kept of each row in `HASHED`, beside its line.
    """

    con: duckdb.DuckDBPyConnection
    job: Job
    folder: Path
    scarce: bool = False  # there is little room for them
    kept: tuple[str, ...] = ()
    begun: bool = False
    rows: int = 0
    _paths: list[Path] = field(default_factory=list)

    def due(self, size: int, rows: int) -> bool:
        """Whether so many bytes and rows are a slice."""
        return self.begun and (size >= _SLICE or rows * self.job.width >= _CELLS)

    def begin(self) -> None:
        """From now on the file is sliced; what was read of it so far becomes the first slice."""
        self.begun = True
        if not sliced(self.con):
            self._spare()
        if self.con.execute(f"SELECT 1 FROM {self.job.into.table} LIMIT 1").fetchone():
            self._write("rowid + 1", self.job.into.table.name)
            self.con.execute(f"TRUNCATE {self.job.into.table}")

    def _spare(self) -> None:
        (limit,) = self.con.execute(
            "SELECT parse_formatted_bytes(current_setting('memory_limit'))"
        ).fetchone() or (0,)
        self.con.execute(f"SET memory_limit = '{limit + _VECTORS * self.job.width}B'")
        if self.job.width > _FEW:
            self.con.execute(_ONE)
        for setting in _SETTINGS:
            self.con.execute(f"SET GLOBAL {setting}")
        with suppress(duckdb.CatalogException):  # gathers small vectors until they are large
            self.con.execute("SET GLOBAL debug_enable_caching_operators = false")

    def take(self, path: Path, shift: int | None) -> None:
        """Turn a CSV file into the next slice."""
        before, size = self.rows, path.stat().st_size
        self._write(f"row_number() OVER () + {self.rows}", call_piece(self.job, path, shift))
        if size > _ROW * (self.rows - before):
            self.con.execute(_ONE)

    def _write(self, line: str, rows: str) -> None:
        target = self.folder / f"slice-{len(self._paths)}.parquet"
        columns = ", ".join((self._columns, *self.kept))
        form = "COMPRESSION zstd" if self.scarce else _QUICK
        (count,) = self.con.execute(
            f"COPY (SELECT {line} + CAST(shift AS BIGINT) AS line, {columns} FROM {rows})"
            f" TO {text(str(target))} (FORMAT parquet, {form})"
        ).fetchone() or (0,)
        self.rows += count
        self._paths.append(target)

    def finish(self) -> int:
        """Make `into.rows` (line, c0, c1, ...) in the file's order; the number of its rows."""
        rows = _parquet(self._paths)
        if self.kept:
            hashed = f"SELECT * EXCLUDE ({self._columns}) FROM {rows}"
            self.con.execute(f"CREATE OR REPLACE VIEW {HASHED} AS {hashed}")
            rows = f"(SELECT line, {self._columns} FROM {rows})"
        _show_rows(self.con, self.job.into, rows)
        return self.rows

    @property
    def _columns(self) -> str:
        return ", ".join(f"c{number}" for number in range(self.job.width))


@dataclass(frozen=True)
class RowCheck:
    """What is asked of each row while it is read, and kept of it in `CHECKED` beside its line.

    `plain`: SQL, TRUE where each field that is not NULL is what the server is to be given. `kept`:
    SQL of further columns.
    """

    plain: str
    kept: tuple[str, ...]


@dataclass
class CheckedSlices:
    """Slices that stay CSV as long as each row passes the check: perhaps nobody reads them again.

    With the first row that does not pass all of them become Parquet, which is quick to read.
    """

    slices: Slices
    check: RowCheck | None
    rows: int = 0
    _pieces: list[tuple[Path, int]] = field(default_factory=list)
    _kept: list[Path] = field(default_factory=list)

    def take(self, path: Path, shift: int | None) -> None:
        """Turn a CSV file into the next slice."""
        if self.check and shift is not None and self._passes(self.check, path, shift):
            piece = path.rename(path.with_name(f"piece-{len(self._pieces)}.csv"))
            self._pieces.append((piece, shift))
        else:
            self.give_up()
            self.slices.take(path, shift)

    def give_up(self) -> None:
        """What was checked does not count: the slices become Parquet."""
        self.check = None
        for piece, shift in self._pieces:
            self.slices.take(piece, shift)
            piece.unlink()
        for kept in self._kept:
            kept.unlink()
        self._pieces, self._kept = [], []

    def finish(self) -> int:
        """As that of `slices`; where each row passed also `CHECKED`."""
        if self.check is None:
            self.give_up()
            return self.slices.finish()
        (first, shift), *others = self._pieces
        job = replace(self.slices.job, path=first, then=tuple(path for path, _ in others))
        line = f"row_number() OVER () + {int(shift)} AS line"
        con, rows = self.slices.con, call(replace(job, numbered=False))
        _show_rows(con, job.into, f"(SELECT {line}, * FROM {rows})")
        kept = f"CREATE OR REPLACE VIEW {CHECKED} AS SELECT * FROM {_parquet(self._kept)}"
        con.execute(kept)
        return self.rows

    def _passes(self, check: RowCheck, path: Path, shift: int) -> bool:
        """Keep what is to be kept of a slice's rows; whether all of them are plain."""
        kept = path.with_name(f"checked-{len(self._kept)}.parquet")
        columns = f"row_number() OVER () + {self.rows + shift} AS line, {check.plain} AS plain"
        con, rows = self.slices.con, call_piece(self.slices.job, path, shift)
        con.execute(
            f"COPY (SELECT {', '.join((columns, *check.kept))} FROM {rows})"
            f" TO {text(str(kept))} (FORMAT parquet, {_QUICK})"
        )
        self._kept.append(kept)
        told = f"SELECT count(*), bool_and(plain) IS NOT FALSE FROM {_parquet([kept])}"
        count, plain = con.execute(told).fetchone() or (0, False)
        self.rows += count
        if path.stat().st_size > _ROW * count:
            con.execute(_ONE)
        return bool(plain) and shift == (self._pieces or [(path, shift)])[0][1]


def check_in_place(
    con: duckdb.DuckDBPyConnection, job: Job, check: RowCheck, rows: int, folder: Path
) -> bool:
    """Look at each row of a plain file once, where it lies, and keep `CHECKED` of them.

    False, and nothing kept, where a row does not pass, or there are not so many `rows`: they are
    to be read into a table then.
    The first rows are looked at by themselves, as most files that do not pass show it there.
    Raises duckdb.InvalidInputException where a row does not fit.
    """
    kept, read = folder / "checked.parquet", call(job)
    first = f"SELECT bool_and({check.plain}) FROM (FROM {read} LIMIT {_FIRST})"
    if job.path.stat().st_size > _SLICE and con.execute(first).fetchone() != (True,):
        return False
    columns = ", ".join((f"{check.plain} AS plain", *check.kept))
    con.execute(
        f"COPY (SELECT {columns} FROM {read}) TO {text(str(kept))} (FORMAT parquet, {_QUICK})"
    )
    found = f"read_parquet({file(kept)}, file_row_number = true)"
    told = con.execute(f"SELECT count(*), bool_and(plain) FROM {found}").fetchone()
    if told != (rows, True):
        kept.unlink()
        return False
    lines = f"SELECT file_row_number + {job.shift + 1} AS line, * EXCLUDE (file_row_number)"
    con.execute(f"CREATE OR REPLACE VIEW {CHECKED} AS {lines} FROM {found}")
    line = f"row_number() OVER () + {job.shift} AS line"
    one_by_one = call(replace(job, parallel=False))
    _show_rows(con, job.into, f"(SELECT {line}, * FROM {one_by_one})")
    return True


def store(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Make Parquet of checked slices, of which each part is to be read by itself now."""
    path = folder / "slices.parquet"
    con.execute(
        f"COPY (SELECT * FROM {WHOLE.parts}) TO {text(str(path))}"
        f" (FORMAT parquet, ROW_GROUP_SIZE {_GROUP}, {_QUICK})"
    )
    con.execute(f"CREATE OR REPLACE VIEW {WHOLE.parts} AS SELECT * FROM {_parquet([path])}")


def _show_rows(con: duckdb.DuckDBPyConnection, into: FileRelations, rows: str) -> None:
    """Make the views of SQL of the rows."""
    make = "CREATE OR REPLACE VIEW"
    con.execute(f"{make} {into.parts} AS SELECT * FROM {rows}")
    con.execute(f"{make} {into.rows} AS SELECT * FROM {into.parts}")
    con.execute(f"{make} {into.placed} AS SELECT line AS place, * FROM {into.parts}")


def _parquet(paths: Sequence[Path]) -> str:
    """SQL of the rows of some files."""
    return f"read_parquet([{', '.join(map(file, paths))}])"
