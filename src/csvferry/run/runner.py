"""The street: source, parse, sift, stage, merge, ledger, report, walked one way.

`go` makes one table follow one object, or, for a dry run, says what that would do: the same run,
its transaction undone at the end.
"""

import random
import secrets
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from csvferry.config.feed import Feed, table_name
from csvferry.databases.base import Database, database_of, dialect_of, open_database
from csvferry.errors import CsvFerryError, GuardError, PassingDatabaseError, SourceChangedError
from csvferry.ledger import entries as ledger
from csvferry.ledger.swap_recovery import settle
from csvferry.model.mapping import Mode
from csvferry.model.phases import Step, Watch, unwatched
from csvferry.model.report import Report, Rows, Sample
from csvferry.printable import get_logger
from csvferry.scratch.workspace import Workspace, open_workspace
from csvferry.snapshot.store import Remembered, State, open_state
from csvferry.sources.source import Identity, SourceObject, released

log = get_logger(__name__)

Connect = Callable[[], Database]
LOCK_WAIT = 10.0
SERVER_WAIT = 30.0
TRIES = 3
_AT_THE_COMMIT = (Step.RECORDED, Step.SWAPPING, Step.SWAPPED)


@dataclass
class Run:
    """One run on one object: what is asked, and what is known so far."""

    feed: Feed
    source: SourceObject
    dry: bool = False
    connect: Connect | None = None
    trust_state: bool = False
    equals: Mode | None = None  # by which of equal rows of the file one wins, if not the feed's
    watch: Watch = unwatched
    id: str = field(default_factory=ledger.new_run)
    table: str = ""
    identity: Identity | None = None
    strategy: str | None = None
    rows: Rows = field(default_factory=Rows)
    reading: dict[str, Any] | None = None
    warnings: list[str] = field(default_factory=list)
    sample: Sample | None = None
    last: ledger.Entry | None = None
    reached: Step | None = None
    _new_seal: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    begun: float = field(default_factory=time.monotonic)
    started: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))

    def __post_init__(self) -> None:
        self.table = self.feed.table or table_name(self.source.uri)
        self.watch = self._noting(self.watch)

    def _noting(self, watch: Watch) -> Watch:
        def noted(step: Step, done: int, total: int) -> None:
            self.reached = step
            watch(step, done, total)

        return noted

    @property
    def feed_id(self) -> str:
        """The feed's place in the ledger."""
        mode = self.equals or self.feed.mode  # what mends a feed's table is a run of that feed
        return self.feed.model_copy(update={"mode": mode}).identity(self.table)

    def database(self) -> Database:
        """A new connection to the target."""
        if self.connect:
            return self.connect()
        return open_database(self.feed.to, read_only=self.dry)

    @property
    def known(self) -> Identity:
        """The identity, once it is known."""
        if self.identity is None:
            raise AssertionError
        return self.identity

    @property
    def seal(self) -> str:
        """The feed's secret, with which its fingerprints are made; handed on from run to run."""
        return self.last.seal if self.last else self._new_seal

    def ticking(self, step: Step) -> Callable[[int, int], None]:
        """Progress of one step."""
        return lambda done, total: self.watch(step, done, total)

    @cached_property
    def state(self) -> State:
        """Where the feed's fingerprints are."""
        return open_state(self.feed.state)

    @cached_property
    def memory(self) -> Remembered | None:
        """What is remembered of the feed's last applied version."""
        return None if self.feed.full else self.state.remembered(self.feed_id)

    def seconds(self) -> float:
        """Since the run began."""
        return round(time.monotonic() - self.begun, 3)

    def report(self, status: str, message: str | None = None) -> Report:
        """What is known, as a report."""
        known = self.identity or Identity(self.source.uri, "", 0)
        return Report(
            run=self.id,
            status=status,
            strategy=self.strategy,
            mode=self.feed.mode.value,
            source={"uri": known.uri, "version": known.version, "bytes": known.size},
            target={"table": self.table, "dialect": dialect_of(self.feed.to)},
            rows=self.rows,
            seconds=self.seconds(),
            message=message,
            feed=self.feed.label,
            reading=self.reading,
            warnings=tuple(self.warnings),
            sample=self.sample,
        )


def attempt(run: Run) -> tuple[Report, CsvFerryError | None]:
    """The run's report, and the error that ended it if one did."""
    try:
        return go(run), None
    except CsvFerryError as error:
        status = "guarded" if isinstance(error, GuardError) else "failed"
        run.rows = replace(run.rows, inserted=0, updated=0, deleted=0, unchanged=0)
        return run.report(status, str(error)), error


def go(run: Run) -> Report:
    """Run to the end, trying again what may pass. Raises CsvFerryError."""
    with open_workspace(run.feed.memory) as workspace, released(run.source):
        for number in range(1, TRIES + 1):
            try:
                return _once(run, workspace)
            except SourceChangedError as error:
                failure: CsvFerryError = error
            except PassingDatabaseError as error:
                failure = error
                if done := _committed(run, error):
                    return done
            if number < TRIES:
                log.warning("trying again: %s", failure.message)
                time.sleep(0.2 * 2**number * random.uniform(0.5, 1))  # noqa: S311  # only jitter
                workspace.reset()
        raise failure


def _once(run: Run, workspace: Workspace) -> Report:
    run.reached, run.warnings = None, []
    run.identity = run.source.identify()
    run.watch(Step.IDENTIFIED, run.identity.size, run.identity.size)
    if run.trust_state and (done := _remembered(run)):
        return done
    with closing(run.database()) as database:
        if not database.left_over() and (done := _applied_before(run, database)):
            return done
        with database.lock(run.table, LOCK_WAIT):
            run.watch(Step.LOCKED, 0, 0)
            if not run.dry:
                settle(database)
            if done := _applied_before(run, database):
                return done
            from csvferry.run.pipeline import (
                follow,  # an hour without a new version needs none of it
            )

            return follow(run, workspace, database)


def _remembered(run: Run) -> Report | None:
    """The report of a version that the memory has as applied; no database is asked."""
    memory, here = run.memory, database_of(run.feed.to)
    if memory and memory.target == here and memory.versions.get(run.known.uri) == run.known.version:
        run.strategy = "skip"
        return run.report("unchanged")
    return None


def _applied_before(run: Run, database: Database) -> Report | None:
    """The report of a version that the ledger has, unless its rows are all gone since."""
    if run.feed.full or run.identity is None:
        return None
    run.last, versions = ledger.last(database, run.feed_id, run.identity.uri)
    if run.identity.version not in versions:
        return None
    message = None
    if versions[-1] != run.identity.version:
        message = "an older version: a newer one was applied since, and stays"
    elif run.last is None or _emptied(run.last, run.table, database):
        return None
    run.strategy = "skip"
    return run.report("unchanged", message)


def _emptied(last: ledger.Entry, table: str, database: Database) -> bool:
    """Whether somebody dropped the table, or deleted all the rows that the last run left."""
    if not database.has(table):
        return True
    left = last.rows_inserted + last.rows_updated + last.rows_unchanged
    return bool(left) and not database.query(f"SELECT 1 FROM {database.quote(table)} LIMIT 1")


def _committed(run: Run, error: PassingDatabaseError) -> Report | None:
    """After a failed try: whether the server took its commit, the answer being lost.

    The lock is free once the lost connection's transaction has ended, one way or the other.
    """
    if run.dry or run.reached in (None, Step.IDENTIFIED):
        return None
    with closing(_found_again(run, error)) as database:
        entry = _entry(run, database)
        if run.reached in _AT_THE_COMMIT and (entry is None or database.left_over()):
            with database.lock(run.table, LOCK_WAIT):
                settle(database)
                entry = _entry(run, database)
    return run.report("applied", entry.message) if entry else None


def _entry(run: Run, database: Database) -> ledger.Entry | None:
    return ledger.find(database, run.id) if ledger.exists(database) else None


def _found_again(run: Run, error: PassingDatabaseError) -> Database:
    """A new connection; a server that is being started again is waited for."""
    deadline = time.monotonic() + SERVER_WAIT
    while True:
        try:
            return run.database()
        except PassingDatabaseError:
            if time.monotonic() > deadline:
                raise _lost(run, error) from None
        time.sleep(0.25)


def _lost(run: Run, error: PassingDatabaseError) -> PassingDatabaseError:
    if run.reached not in _AT_THE_COMMIT:
        return error
    return PassingDatabaseError(
        "the connection was lost at the commit, and the server can't be asked whether it took it",
        "run this again: the ledger tells, and nothing is done twice",
        error.code,
    )
