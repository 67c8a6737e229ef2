"""Rows of other tables that follow when rows are deleted: by CASCADE, SET NULL or SET DEFAULT."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from csvferry.databases.base import Database
from csvferry.errors import DatabaseError, PassingDatabaseError
from csvferry.model.schema import Dependent

_GENERATIONS = 3  # of a table whose rows follow rows of its own, or do so by way of others
_LEVELS = 15  # InnoDB's own limit (MySQL manual, "FOREIGN KEY Constraints")
Chain = tuple[Dependent, ...]
"""References from the table whose rows are deleted to one whose rows follow, step by step."""


@dataclass(frozen=True)
class Followers:
    """How many rows of a table follow, and by which rule; None where they can't be counted.

    This user may not read them, or they refer to each other in longer chains than are followed.
    """

    table: str
    rule: str
    rows: int | None
    quoted: str  # the table, as SQL names it


def followers(database: Database, table: str, deleted: str) -> list[Followers]:
    """What follows rows of `table`, of other tables.

    `deleted`: SQL of a FROM clause whose rows `p` are those that are deleted. It stands once in a
    query, as MySQL opens a temporary table once.
    """
    found: dict[tuple[str, str], list[Chain]] = {}
    for chain in _chains(database, table):
        found.setdefault((_quoted(database, chain[-1]), chain[-1].rule), []).append(chain)
    counted = (_Count(database, deleted, chains).followers() for chains in found.values())
    return [one for one in counted if one.rows != 0]


def _chains(database: Database, table: str) -> Iterator[Chain]:
    """Each chain, the short ones first."""
    level: list[Chain] = [()]
    for _ in range(_LEVELS):
        further = []
        for chain in level:
            schema, parent = (chain[-1].schema, chain[-1].table) if chain else (None, table)
            for dependent in database.catalog.dependents(parent, schema):
                if not chain and dependent.table == table:
                    continue  # the merge deletes children of its own table first
                yield (*chain, dependent)
                if dependent.rule == "CASCADE" and not _is_beyond((*chain, dependent)):
                    further.append((*chain, dependent))
        level = further


def _is_beyond(chain: Chain) -> bool:
    """Whether it is a generation too long to be followed."""
    tables = [(link.schema, link.table) for link in chain]
    return sum(table == tables[-1] for table in tables) > _GENERATIONS


@dataclass(frozen=True)
class _Count:
    """Counts rows that follow by any of the chains, which lead to one table by one rule."""

    database: Database
    deleted: str
    chains: Sequence[Chain]

    def followers(self) -> Followers:
        last = self.chains[0][-1]
        near = [chain for chain in self.chains if not _is_beyond(chain)]
        try:
            rows = self._rows(near) if near else 0
            whole = len(near) == len(self.chains) or rows == self._rows(self.chains)
        except PassingDatabaseError:
            raise
        except DatabaseError:
            whole, rows = False, 0
        quoted = _quoted(self.database, last)
        return Followers(last.table, last.rule, rows if whole else None, quoted)

    def _rows(self, chains: Sequence[Chain]) -> int:
        table = _quoted(self.database, self.chains[0][-1])
        reached = " OR ".join(self._reached(chain, "p") for chain in chains)
        exists = f"EXISTS (SELECT 1 FROM {self.deleted} WHERE {reached})"
        ((rows,),) = self.database.query(f"SELECT COUNT(*) FROM {table} AS f WHERE {exists}")
        return int(rows)

    def _reached(self, chain: Chain, parent: str) -> str:
        """SQL: the row `f` is reached by a chain that begins at the row `parent`."""
        link, rest = chain[0], chain[1:]
        if not rest:
            return f"({self._refers(link, 'f', parent)})"
        alias = f"p{len(rest)}"
        on = f"{self._refers(link, alias, parent)} AND {self._reached(rest, alias)}"
        return f"EXISTS (SELECT 1 FROM {_quoted(self.database, link)} AS {alias} WHERE {on})"

    def _refers(self, link: Dependent, child: str, parent: str) -> str:
        quote = self.database.sql.quote
        return " AND ".join(
            f"{child}.{quote(ours)} = {parent}.{quote(theirs)}"
            for ours, theirs in zip(link.columns, link.parent_columns, strict=True)
        )


def _quoted(database: Database, dependent: Dependent) -> str:
    name = database.sql.quote(dependent.table)
    return f"{database.sql.quote(dependent.schema)}.{name}" if dependent.schema else name
