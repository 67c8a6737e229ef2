"""A table that is filled beside the target and then takes its place, on servers that have such."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from csvferry.databases.bulk_load import LoaderConnection


class ShadowTable(ABC):
    """An empty table made like the target, to be filled by several connections and take its place.

    To be closed: what did not take its place is dropped then.
    """

    name: str
    connections: Sequence[LoaderConnection]
    rows: int  # that were put into it

    @abstractmethod
    def cut_over(self, record: Callable[[], None]) -> bool:
        """Let it take the target's place, which no other writer can reach from `record` on.

        False, and nothing was done, where the target has a row by now. Raises DatabaseError where
        it can't be told whether it was done: `ShadowTables.was_swapped` says.
        """

    @abstractmethod
    def close(self) -> None:
        """Give back what is left."""


class ShadowTables:
    """The shadow tables of a database. A server that has none, as here, swaps no table."""

    def make(self, table: str, run: str, *, new: bool) -> ShadowTable | None:  # noqa: ARG002
        """A shadow of an empty table, where that loads faster and loses nothing; else None.

        `new`: this run made the table.
        """
        return None

    def was_swapped(self, run: str) -> str:  # noqa: ARG002
        """SQL: the table of a run (an SQL expression) was swapped for its shadow, unsettled yet."""
        return "0 = 1"

    def is_running(self, run: str) -> bool:  # noqa: ARG002
        """Whether a run with a shadow table is still at work somewhere."""
        return False
