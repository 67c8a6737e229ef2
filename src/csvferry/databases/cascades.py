"""Rows of other tables that follow deleted or changed rows: by CASCADE, SET NULL, SET DEFAULT."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from csvferry.databases.answers.rows import Count, value_of
from csvferry.databases.base import Database
from csvferry.errors import DatabaseError, PassingDatabaseError
from csvferry.model.names import fold
from csvferry.model.schema import Dependent

_GENERATIONS = 3  # of a table whose rows follow rows of its own, or do so by way of others
_LEVELS = 15  # InnoDB's own limit (MySQL manual, "FOREIGN KEY Constraints")


class Effect(Enum):
    """What becomes of rows that follow."""

    DELETED = "deleted"
    UPDATED = "updated"
    SET_NULL = "set null"  # or to their DEFAULT


_OF_DELETED = {
    "CASCADE": Effect.DELETED,
    "SET NULL": Effect.SET_NULL,
    "SET DEFAULT": Effect.SET_NULL,
}
_OF_CHANGED = {**_OF_DELETED, "CASCADE": Effect.UPDATED}


@dataclass(frozen=True)
class Roots:
    """The rows `p` that others follow.

    `rows`: SQL of a FROM clause. It stands once in a query, as MySQL opens a temporary table once.
    `changed`: of rows that stay, SQL by column of whether it changes; none: the rows are deleted.
    """

    rows: str
    changed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Followers:
    """How many rows of a table follow, and by which rule; None where they can't be counted.

    This user may not read them, or they refer to each other in longer chains than are followed.
    """

    table: str
    effect: Effect
    rule: str
    rows: int | None
    quoted: str  # the table, as SQL names it


@dataclass(frozen=True)
class _Chain:
    """References from the table of the roots to one whose rows follow, step by step.

    `causes`: columns of the roots of which one must change for it, none where roots are deleted.
    `moved`: by column of the last table that gets another value, the causes of that.
    """

    links: tuple[Dependent, ...]
    effect: Effect
    rule: str
    causes: frozenset[str]
    moved: Mapping[str, frozenset[str]]

    def then(self, link: Dependent) -> "_Chain | None":
        """The chain with a further link; None where nothing follows by that."""
        causes = self.causes
        if self.effect is Effect.DELETED:
            rule, effect = link.on_delete, _OF_DELETED.get(link.on_delete)
        else:
            rule, effect = link.on_update, _OF_CHANGED.get(link.on_update)
            found = [self.moved.get(fold(name)) for name in link.parent_columns]
            if not any(one is not None for one in found):
                return None
            causes = frozenset().union(*(one for one in found if one))
        if effect is None:
            return None
        return _Chain((*self.links, link), effect, rule, causes, self._moved(link, effect, causes))

    def _moved(
        self, link: Dependent, effect: Effect, causes: frozenset[str]
    ) -> Mapping[str, frozenset[str]]:
        if effect is Effect.DELETED:
            return {}
        if effect is Effect.SET_NULL:
            return {fold(name): causes for name in link.columns}
        pairs = zip(link.columns, link.parent_columns, strict=True)
        return {
            fold(ours): self.moved[fold(theirs)]
            for ours, theirs in pairs
            if fold(theirs) in self.moved
        }


def followers(database: Database, table: str, roots: Roots) -> list[Followers]:
    """What follows rows of `table`, of other tables."""
    moved = {fold(name): frozenset([name]) for name in roots.changed}
    effect = Effect.UPDATED if moved else Effect.DELETED
    start = _Chain((), effect, "", frozenset(), moved)
    found: dict[tuple[str, Effect, str], list[_Chain]] = {}
    for chain in _chains(database, table, start):
        key = (_quoted(database, chain.links[-1]), chain.effect, chain.rule)
        found.setdefault(key, []).append(chain)
    counted = (_Count(database, roots, chains).followers() for chains in found.values())
    return [one for one in counted if one.rows != 0]


def _chains(database: Database, table: str, start: _Chain) -> Iterator[_Chain]:
    """Each chain, the short ones first."""
    level = [start]
    for _ in range(_LEVELS):
        further = []
        for chain in level:
            last = chain.links[-1] if chain.links else None
            schema, parent = (last.schema, last.table) if last else (None, table)
            for dependent in database.catalog.dependents(parent, schema):
                if last is None and dependent.table == table:
                    continue  # the merge deletes children of its own table first
                if (longer := chain.then(dependent)) is None:
                    continue
                yield longer
                if not _is_beyond(longer):
                    further.append(longer)
        level = further


def _is_beyond(chain: _Chain) -> bool:
    """Whether it is a generation too long to be followed."""
    tables = [(link.schema, link.table) for link in chain.links]
    return sum(table == tables[-1] for table in tables) > _GENERATIONS


@dataclass(frozen=True)
class _Count:
    """Counts rows that follow by any of the chains, which lead to one table by one rule."""

    database: Database
    roots: Roots
    chains: Sequence[_Chain]

    def followers(self) -> Followers:
        chain = self.chains[0]
        last = chain.links[-1]
        near = [chain for chain in self.chains if not _is_beyond(chain)]
        try:
            rows = self._rows(near) if near else 0
            whole = len(near) == len(self.chains) or rows == self._rows(self.chains)
        except PassingDatabaseError:
            raise
        except DatabaseError:
            whole, rows = False, 0
        quoted = _quoted(self.database, last)
        return Followers(last.table, chain.effect, chain.rule, rows if whole else None, quoted)

    def _rows(self, chains: Sequence[_Chain]) -> int:
        table = _quoted(self.database, self.chains[0].links[-1])
        reached = " OR ".join(self._caused(chain) for chain in chains)
        exists = f"EXISTS (SELECT 1 FROM {self.roots.rows} WHERE {reached})"
        counted = self.database.query(f"SELECT COUNT(*) FROM {table} AS f WHERE {exists}")
        return int(value_of(Count, counted))

    def _caused(self, chain: _Chain) -> str:
        """SQL: the row `f` is reached by a chain from a root that changes what the chain needs."""
        reached = self._reached(chain.links, "p")
        changes = " OR ".join(self.roots.changed[column] for column in sorted(chain.causes))
        return f"({reached} AND ({changes}))" if changes else reached

    def _reached(self, links: Sequence[Dependent], parent: str) -> str:
        """SQL: the row `f` is reached by a chain that begins at the row `parent`."""
        link, rest = links[0], links[1:]
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
