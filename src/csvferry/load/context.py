"""What one run is asked to do, and what it found and did: both frozen."""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from csvferry.config.feed import Feed, table_name
from csvferry.databases.base import Database
from csvferry.databases.connect import dialect_of, open_database
from csvferry.errors import CsvFerryError, GuardError
from csvferry.ledger.entries import Entry, new_run
from csvferry.load.strategy import Rule
from csvferry.model.mapping import Mode
from csvferry.model.phases import Controls
from csvferry.model.report import Report, Rows, Sample, SideEffects
from csvferry.snapshot.manifest import Remembered
from csvferry.snapshot.store import State, open_state
from csvferry.sources.source_object import Identity, SourceObject

Connect = Callable[[], AbstractContextManager[Database]]


@dataclass(frozen=True)
class Run:
    """One run on one object.

    `dry`: its transaction is undone at the end. `connect`: how to reach the target, if not by the
    feed's address. `equals`: by which mode one of equal rows wins, where that is not the feed's.
    `sample`: how many rows of each kind are shown.
    """

    feed: Feed
    source: SourceObject
    dry: bool = False
    connect: Connect | None = None
    equals: Mode | None = None
    sample: int = 5
    controls: Controls = field(default_factory=Controls)
    id: str = field(default_factory=new_run)
    fresh_seal: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    begun: float = field(default_factory=time.monotonic)
    started: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))

    def __post_init__(self) -> None:
        """Raises UsageError where the environment lacks what the feed names, before all reading."""
        self.feed.check_keys()

    @property
    def table(self) -> str:
        """The target table's name."""
        return self.feed.table or table_name(self.source.uri)

    @property
    def mode(self) -> Mode:
        """By it the ledger says later which of equal rows won."""
        return self.equals or self.feed.mode

    @cached_property
    def feed_id(self) -> str:
        """The feed's place in the ledger; a run that repairs its table is a run of that feed."""
        return self.feed.model_copy(update={"mode": self.mode}).identity(self.table)

    def connected(self) -> AbstractContextManager[Database]:
        """A connection to the target, for a `with` block. Raises DatabaseError."""
        if self.connect:
            return self.connect()
        untested = self.feed.allow_untested_server
        return closing(open_database(self.feed.to, read_only=self.dry, untested=untested))

    @cached_property
    def state(self) -> State:
        """Where the feed's snapshots are."""
        return open_state(self.feed.state)

    @cached_property
    def memory(self) -> Remembered | None:
        """The manifest of the feed's last applied version."""
        return None if self.feed.full else self.state.remembered(self.feed_id)

    def seconds(self) -> float:
        """Since the run began."""
        return round(time.monotonic() - self.begun, 3)


@dataclass(frozen=True)
class RunResult:
    """What a run found and did, as far as it came.

    `deletes`: mirror deleted the rows that the file no longer has. `guard`: what would have stopped
    a run that is not dry. `parts`: the results of files that were applied together.
    """

    identity: Identity | None = None
    decision: Rule | None = None
    rows: Rows = field(default_factory=Rows)
    reading: dict[str, Any] | None = None
    warnings: tuple[str, ...] = ()
    sample: Sample | None = None
    deletes: bool = False
    guard: GuardError | None = None
    side_effects: SideEffects = field(default_factory=SideEffects)
    parts: tuple["RunResult", ...] = ()

    @property
    def message(self) -> str | None:
        """All warnings and side effects in one line."""
        return "; ".join((*self.warnings, *self.side_effects.messages())) or None


def result_of(entry: Entry) -> RunResult:
    """What the ledger knows of a run that was applied."""
    rows = Rows(
        read=entry.rows_read,
        inserted=entry.rows_inserted,
        updated=entry.rows_updated,
        deleted=entry.rows_deleted,
        unchanged=entry.rows_unchanged,
        duplicate=entry.rows_duplicate,
        rejected=entry.rows_rejected,
    )
    return RunResult(Identity(entry.source, entry.version, entry.bytes), rows=rows)


def report(run: Run, status: str, result: RunResult, message: str | None = None) -> Report:
    """What is known, as a report."""
    known = result.identity or Identity(run.source.uri, "", 0)
    decision = result.decision
    strategy = decision.strategy if decision else None
    return Report(
        run=run.id,
        status=status,
        strategy=strategy.reported if strategy else None,
        load=strategy.value if strategy and strategy.reported == "direct" else None,
        reason=decision.why if decision else None,
        mode=run.feed.mode.value,
        source={"uri": known.uri, "version": known.version, "bytes": known.size},
        target={"table": run.table, "dialect": dialect_of(run.feed.to)},
        rows=result.rows,
        seconds=run.seconds(),
        message=message,
        feed=run.feed.label,
        reading=result.reading,
        warnings=(*result.warnings, *result.side_effects.messages()),
        side_effects=result.side_effects,
        sample=result.sample,
    )


def guarded(run: Run, result: RunResult, found: GuardError | None) -> RunResult:
    """Stop the run where a guard found something; a dry run goes on and tells it at its end."""
    if found and not run.dry:
        found.result = result
        raise found
    return replace(result, guard=result.guard or found)


@contextmanager
def carrying(result: RunResult) -> Iterator[None]:
    """An error that leaves the block carries what is known of the run, unless it knows more."""
    try:
        yield
    except CsvFerryError as error:
        error.result = error.result or result
        raise
