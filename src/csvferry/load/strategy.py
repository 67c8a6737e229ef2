"""Which way rows take into the table: one decision, from what is known of file, table and server.

The rules stand in order; the first that fits decides. `docs/architecture.md` shows them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

PARALLEL_ROWS = 200_000  # rows from which making and swapping a table pays


class Strategy(StrEnum):
    """How rows reach the table; `direct` has two ways, which a report tells apart as `load`."""

    SKIP = "skip"
    SWAP = "swap"
    TRANSACTION = "transaction"
    DELTA = "delta"
    STAGED = "staged"

    @property
    def reported(self) -> str:
        """The contract's word for it."""
        return "direct" if self in (Strategy.SWAP, Strategy.TRANSACTION) else self.value


class Table(StrEnum):
    """The target before the run."""

    NEW = "new"
    EMPTY = "empty"
    FILLED = "filled"


class Applied(StrEnum):
    """What the ledger says of this version of the file."""

    NO = "no"
    YES = "yes"
    SUPERSEDED = "superseded"  # a newer version was applied since


class Uniques(StrEnum):
    """Who can compare the unique columns of the file's rows with each other."""

    FILE = "file"  # values whose equality is known without the server
    INDEX = "index"  # the server, by unique indexes of the table
    STAGING = "staging"  # the server, in a staging table alone


@dataclass(frozen=True)
class Facts:
    """What is known when the decision is made.

    `left`: the table still has rows that the last run left. `trusted`: earlier runs may be trusted
    (no --full). `snapshot`: the last applied version can be compared with. `lacks_required`: a new
    row needs a column that the file lacks. `rewrites`: a trigger may change rows.
    `refused`: the server refused a row of a direct load. `rows`: rows that are ready. `roomy`:
    memory for several queries at a time. `swap`: the server and the user's rights allow a table
    swap. `stages_all`: the table lies on several servers.
    """

    applied: Applied = Applied.NO
    left: bool = True
    trusted: bool = True
    table: Table = Table.FILLED
    snapshot: bool = False
    lacks_required: bool = False
    uniques: Uniques = Uniques.FILE
    refused: bool = False
    rows: int = 0
    roomy: bool = True
    swap: bool = True
    dry: bool = False
    rewrites: bool = False
    stages_all: bool = False


@dataclass(frozen=True)
class Rule:
    """Where `holds`, the strategy is this one, and `why` says so to a person."""

    why: str
    holds: Callable[[Facts], bool]
    strategy: Strategy


RULES = (
    Rule(
        "a newer version of this file was applied since, and stays",
        lambda f: f.trusted and f.applied is Applied.SUPERSEDED,
        Strategy.SKIP,
    ),
    Rule(
        "this version was applied before",
        lambda f: f.trusted and f.applied is Applied.YES and f.left,
        Strategy.SKIP,
    ),
    Rule(
        "the table has rows, and the version applied last is known: only what differs is compared",
        lambda f: f.table is Table.FILLED and f.snapshot,
        Strategy.DELTA,
    ),
    Rule(
        "the table has rows: the whole file is compared in the database",
        lambda f: f.table is Table.FILLED,
        Strategy.STAGED,
    ),
    Rule(
        "the table is empty, but a new row needs a column that the file lacks",
        lambda f: f.lacks_required,
        Strategy.STAGED,
    ),
    Rule(
        "the table is empty, but a trigger may change rows: they are compared afterwards",
        lambda f: f.rewrites,
        Strategy.STAGED,
    ),
    Rule(
        "the table is empty, but lies on several servers: each merges what is staged on it",
        lambda f: f.stages_all,
        Strategy.STAGED,
    ),
    Rule(
        "the table is empty, but only a staging table shows which rows are equal",
        lambda f: f.uniques is Uniques.STAGING,
        Strategy.STAGED,
    ),
    Rule(
        "the table is empty, but the server refused a row: a staging table shows which",
        lambda f: f.refused,
        Strategy.STAGED,
    ),
    Rule(
        "the table is empty: all rows go in, in one transaction that is undone at the end",
        lambda f: f.dry,
        Strategy.TRANSACTION,
    ),
    Rule(
        f"the table is empty and the file has fewer than {PARALLEL_ROWS} rows",
        lambda f: f.rows < PARALLEL_ROWS,
        Strategy.TRANSACTION,
    ),
    Rule(
        "the table is empty, but there is no memory for several connections at a time",
        lambda f: not f.roomy,
        Strategy.TRANSACTION,
    ),
    Rule(
        "the table is empty, but the server or the user's rights allow no table swap",
        lambda f: not f.swap,
        Strategy.TRANSACTION,
    ),
    Rule(
        "the table is empty and the file is large: several connections fill a table that then"
        " takes the empty one's place",
        lambda _: True,
        Strategy.SWAP,
    ),
)


def choose_strategy(facts: Facts) -> Rule:
    """The first rule that holds: its strategy, and why."""
    return next(rule for rule in RULES if rule.holds(facts))
