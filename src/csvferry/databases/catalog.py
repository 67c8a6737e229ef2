"""The tables of a database: what they are, and how they are made, changed and dropped."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from csvferry.model.schema import Column, Dependent, Table


@dataclass(frozen=True)
class StoredTable:
    """How a server keeps a table: `collations` by text column."""

    engine: str
    collation: str
    keyed: bool  # whether it has a primary key
    transactional: bool
    collations: Mapping[str, str]


class Catalog(ABC):
    """The tables of one database, over one connection. Each method raises DatabaseError."""

    @abstractmethod
    def has(self, table: str) -> bool:
        """Whether there is a table of that name."""

    @abstractmethod
    def has_index(self, table: str, index: str) -> bool:
        """Whether a table has an index of that name."""

    @abstractmethod
    def stored(self, tables: Collection[str]) -> Mapping[str, StoredTable]:
        """How those of the tables that are there are kept; none where all are kept alike."""

    def check_served(  # noqa: B027
        self, table: str, key: Sequence[str], unique: Sequence[Sequence[str]]
    ) -> None:
        """Raises TargetError for a table that no run can serve here, before anything is made.

        `key`, `unique`: columns that the user names as such.
        """

    @abstractmethod
    def describe(self, table: str) -> Table | None:
        """The table as the server knows it, or None where there is none."""

    @abstractmethod
    def dependents(self, table: str, schema: str | None = None) -> Sequence[Dependent]:
        """What refers to a table (of this database, or `schema`) and follows its rows."""

    @abstractmethod
    def rewrites(self, table: str) -> bool | None:
        """Whether a trigger may change rows as they are written; None: this user can't see."""

    @abstractmethod
    def has_trigger(self, table: str) -> bool | None:
        """Whether any trigger fires when rows are written; None: this user can't see."""

    @abstractmethod
    def create(self, table: Table, run: str, *, temporary: bool = False) -> None:
        """Create the target. `temporary`: seen by this connection alone, gone with it."""

    @abstractmethod
    def add_columns(self, table: str, columns: Sequence[Column]) -> None:
        """Give a table further columns, all nullable. On MySQL this commits."""

    @abstractmethod
    def drop_columns(self, table: str, columns: Sequence[Column]) -> None:
        """Take away what `add_columns` gave."""

    @abstractmethod
    def comment(self, table: str) -> str:
        """What its definition says about the table; '' where that is nothing, or there is none."""

    @abstractmethod
    def maker(self, table: str) -> str | None:
        """The run that created the table, or None where csvferry did not."""

    @abstractmethod
    def discard(self, table: str, run: str) -> None:
        """Drop a table that run `run` created and did not fill."""

    @abstractmethod
    def defaults(self, table: str) -> Mapping[str, str]:
        """SQL of each column's default, for columns that have one."""
