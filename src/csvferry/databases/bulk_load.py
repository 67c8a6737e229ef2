"""Many rows at once into a table, and the temporary tables that take them first."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from csvferry.model.schema import Column

if TYPE_CHECKING:
    import duckdb

NONE_FIXED: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Loaded:
    """Rows that a load put in, and how many warnings the server raised for it, by code."""

    rows: int
    warnings: Mapping[int, int]


@dataclass(frozen=True)
class Lines:
    """Bytes of an open file from `start` to `end`: lines that end with LF; `quoted` as in CSV.

    `empty`: an empty field without quotes is NULL; else the word NULL is, where there are quotes.
    `rows`: about how many rows they are, for progress alone.
    """

    descriptor: int
    start: int
    end: int
    delimiter: str
    quoted: bool = False
    empty: bool = False
    rows: float = 0


class LoaderConnection(Protocol):
    """A connection over which a shadow table is filled."""

    sent: Callable[[float], None]

    def load(
        self,
        table: str,
        columns: Sequence[Column],
        select: str,
        con: "duckdb.DuckDBPyConnection",
        fixed: Mapping[str, str] = NONE_FIXED,
    ) -> Loaded:
        """As `BulkLoader.load`."""

    def load_lines(
        self,
        table: str,
        columns: Sequence[Column],
        lines: Lines,
        fixed: Mapping[str, str] = NONE_FIXED,
    ) -> Loaded:
        """The same with lines of a file as they are."""


LoadTask = Callable[[LoaderConnection], Loaded]
"""Loads some rows into the table over a connection."""


class BulkLoader(ABC):
    """Loads rows over one connection."""

    sent: Callable[[float], None] = staticmethod(lambda _: None)  # called with rows on their way

    @abstractmethod
    def stage(
        self,
        name: str,
        columns: Sequence[Column],
        key: Sequence[Column] = (),
        marks: Sequence[str] = (),
        table: str = "",
    ) -> None:
        """Create a temporary table of these columns, all nullable; an index on `key`.

        `table`: where it is the target's key. Its rows lie on the server of that table's row.

        `marks`: names of whole numbers before them, 0 in a new row. A mark that is never NULL has
        one size, so that InnoDB sets it where it stands: half of the time.
        """

    @abstractmethod
    def stage_query(self, name: str, select: str) -> None:
        """Create a temporary table of a query's columns, of which LINE identifies a row."""

    @abstractmethod
    def load(
        self,
        table: str,
        columns: Sequence[Column],
        select: str,
        con: "duckdb.DuckDBPyConnection",
        fixed: Mapping[str, str] = NONE_FIXED,
    ) -> Loaded:
        """Fill `columns` of `table` with the rows of a DuckDB query, in its order.

        `fixed`: further columns, each with a text that is the same in every row.
        """

    def load_lines_of(self, tasks: Sequence[LoadTask]) -> Loaded | None:  # noqa: ARG002
        """Run tasks that send lines of a file; None where none is taken, and nothing was loaded."""
        return None

    def left_over(self) -> list[str]:
        """Names of staging tables that dead runs left."""
        return []

    @abstractmethod
    def drop_stages(self, names: Sequence[str]) -> None:
        """Drop temporary tables of this run, and staging tables that dead runs left."""
