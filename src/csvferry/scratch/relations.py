"""Rows within DuckDB: some of them kept, all of them fetched, others put in; in bounded memory."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import duckdb

_AT_ONCE = 16  # rows that are Python objects at a time; each can have 2 MB
_BATCH, _BYTES = 5_000, 8_000_000  # rows put in by one statement, and their size
_TOLD = 10_000  # rows between two words of progress
_LIGHT = 24_000_000  # bytes of rows that are copied, of which some takes as much again
_FEW = 32  # columns; a table takes blocks of 256 KB for each
_Row = TypeVar("_Row")


@dataclass(frozen=True)
class Relation:
    """A table or view of the scratch database: who makes it defines this, and others are given it.

    `columns` are those that it has in every run.
    """

    name: str
    columns: tuple[str, ...] = ()

    def __str__(self) -> str:
        """As SQL names it."""
        return self.name


@dataclass(frozen=True)
class FileRelations:
    """What reading a file, or some of it, makes; each reading that goes on beside another its own.

    `rows`: their lines, then c0, c1, ... `placed`: the same with a place, by which some are found.
    `table` is what they lie in, where no Parquet parts hold them; `parts` a view of these.
    `rejects`: an entry for each fault. `lost_to`: duplicates, and the lines that won over them.
    """

    rows: Relation
    placed: Relation
    table: Relation
    parts: Relation
    rejects: Relation
    lost_to: Relation

    def drop(self, con: "duckdb.DuckDBPyConnection") -> None:
        """Give back what the rows lie in; `parts` stays, as the word that they were sliced."""
        for view in (self.rows, self.placed):
            con.execute(f"DROP VIEW IF EXISTS {view}")
        for table in (self.table, self.rejects, self.lost_to):
            con.execute(f"DROP TABLE IF EXISTS {table}")


def file_relations(prefix: str) -> FileRelations:
    """Those of a reading of its own."""
    return FileRelations(
        rows=Relation(prefix, ("line",)),
        placed=Relation(f"{prefix}_placed", ("place", "line")),
        table=Relation(f"{prefix}_rows"),
        parts=Relation(f"{prefix}_slices", ("line",)),
        rejects=Relation(f"{prefix}_rejects", _ENTRY),
        lost_to=Relation(f"{prefix}_lost_to", ("line", "winner")),
    )


_ENTRY = ("line", "byte_offset", "column", "code", "message", "raw")
WHOLE = replace(  # of the run's file; what is read of it in parts becomes these in the end
    file_relations("incoming"),
    rejects=Relation("rejects", _ENTRY),
    lost_to=Relation("lost_to", ("line", "winner")),
)
INCOMING = WHOLE.rows
CHECKED = Relation("checked", ("line", "plain"))  # what was kept of the rows as they were read
HASHED = Relation("hashed", ("line",))  # what was kept of the rows of slices beside them
PLACED = WHOLE.placed


def sliced(con: "duckdb.DuckDBPyConnection") -> bool:
    """Whether rows that were read lie in slices."""
    found = con.execute("SELECT 1 FROM duckdb_views() WHERE suffix(view_name, '_slices')")
    return found.fetchone() is not None


def keep(
    con: "duckdb.DuckDBPyConnection", name: str, select: str, width: float | None = None
) -> None:
    """Make `name` of some rows of `incoming`, in its order: of slices a view by their lines.

    `width`: bytes of a row, about; where it is given and the rows weigh little, they are copied.
    """
    if not sliced(con):
        con.execute(f"CREATE OR REPLACE TABLE {name} AS {select} ORDER BY line")
        return
    con.execute(f"CREATE OR REPLACE TABLE lines_of_{name} AS SELECT line FROM ({select})")
    rows = f"SELECT * FROM {INCOMING} WHERE line IN (SELECT line FROM lines_of_{name})"
    if width is not None and _light(con, f"lines_of_{name}", width):
        con.execute(f"CREATE OR REPLACE TABLE copy_of_{name} AS {rows} ORDER BY line")
        rows = f"SELECT * FROM copy_of_{name}"
    con.execute(f"CREATE OR REPLACE VIEW {name} AS {rows}")


def _light(con: "duckdb.DuckDBPyConnection", lines: str, width: float) -> bool:
    """Whether a table of the rows takes little of the least memory that a run has."""
    columns = len(con.execute(f"SELECT * FROM {INCOMING} LIMIT 0").description or ())
    (count,) = con.execute(f"SELECT count(*) FROM {lines}").fetchone() or (0,)
    return columns <= _FEW and count * width < _LIGHT


def fetched(con: "duckdb.DuckDBPyConnection", select: str) -> Iterator[tuple[Any, ...]]:
    """The rows of a query, few of them in memory at a time."""
    with con.cursor() as cursor:
        cursor.execute(select)
        while rows := cursor.fetchmany(_AT_ONCE):
            yield from rows


def counted(rows: Iterable[_Row], passed: Callable[[float], None]) -> Iterator[_Row]:
    """The rows; `passed` is called for some thousands of them at a time."""
    for number, row in enumerate(rows, 1):
        yield row
        if number % _TOLD == 0:
            passed(_TOLD)


def insert(
    con: "duckdb.DuckDBPyConnection",
    table: str,
    columns: Mapping[str, str],
    rows: Iterable[tuple[Any, ...]],
) -> None:
    """Put Python's rows into a table's columns (name and type); lists take a tenth of the time."""
    values = ", ".join(f"unnest(?::{kind}[])" for kind in columns.values())
    for batch in batches(rows, _BATCH):
        lists = [list(column) for column in zip(*batch, strict=True)]
        con.execute(f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values}", lists)


def batches(
    items: Iterable[_Row],
    size: int,
    weight: Callable[[_Row], int] = lambda _: 0,
    heaviest: int = _BYTES,
) -> Iterator[list[_Row]]:
    """At most `size` items at a time, and fewer where they weigh more than `heaviest`."""
    batch: list[_Row] = []
    heavy = 0
    for item in items:
        batch.append(item)
        heavy += weight(item)
        if len(batch) == size or heavy > heaviest:
            yield batch
            batch, heavy = [], 0
    if batch:
        yield batch
