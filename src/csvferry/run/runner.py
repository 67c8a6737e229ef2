"""One run, from its lock to its report: is there anything to do, and what is tried again.

`go` makes one table follow one object, or, for a dry run, says what that would do: the same run,
its transaction undone at the end.
"""

import random
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace

from csvferry.config.feed import check_table_name
from csvferry.databases.base import Database
from csvferry.errors import CsvFerryError, GuardError, PassingDatabaseError, SourceChangedError
from csvferry.ledger import entries as ledger
from csvferry.ledger.swap_recovery import settle
from csvferry.load.context import Run, RunResult, carrying, report
from csvferry.load.strategy import Applied, Facts, Strategy, choose_strategy
from csvferry.model.phases import Phase
from csvferry.model.report import Report
from csvferry.printable import get_logger
from csvferry.run.commit_recovery import committed
from csvferry.run.settled_run import check_settled_run
from csvferry.run.table_check import note_check
from csvferry.scratch.workspace import Workspace, open_workspace, space_errors
from csvferry.sources.source import LocalFile, released
from csvferry.sources.source_object import Identity

log = get_logger(__name__)

LOCK_WAIT = 10.0
TRIES = 3


@dataclass(frozen=True)
class _Known:
    """What the ledger says of a version, and the feed's last entry."""

    done: Report | None
    last: ledger.Entry | None


@dataclass
class _Try:
    """One try of a run; `locked`: it came as far as the lock, so that it may have committed."""

    run: Run
    workspace: Workspace
    locked: bool = False


def attempt(run: Run) -> tuple[Report, CsvFerryError | None]:
    """The run's report, and the error that ended it if one did."""
    try:
        done = go(run)
    except CsvFerryError as error:
        status = "guarded" if isinstance(error, GuardError) else "failed"
        result: RunResult = error.result or RunResult()
        unchanged = replace(result.rows, inserted=0, updated=0, deleted=0, unchanged=0)
        return report(run, status, replace(result, rows=unchanged), str(error)), error
    return done, GuardError(done.message or "") if done.status == "guarded" else None


def go(run: Run) -> Report:
    """Run to the end, trying again what may pass. Raises CsvFerryError.

    What a guard would stop is `guarded` in the report of a dry run, which shows it all.
    """
    with open_workspace(run.feed.memory) as workspace, released(run.source):
        for number in range(1, TRIES + 1):
            one = _Try(run, workspace)
            try:
                return _once(one)
            except SourceChangedError as error:
                failure: CsvFerryError = error
            except PassingDatabaseError as error:
                failure = error
                if one.locked and not run.dry and (done := committed(run, error, LOCK_WAIT)):
                    return done
            if number < TRIES:
                log.warning("trying again: %s", failure.message)
                time.sleep(0.2 * 2**number * random.uniform(0.5, 1))  # noqa: S311  # only jitter
                workspace.reset()
        raise failure


def _once(one: _Try) -> Report:
    run = one.run
    identity = run.source.identify()
    result = RunResult(identity)
    with carrying(result), space_errors():
        run.controls.reached(Phase.IDENTIFIED, identity.size, identity.size)
        check_table_name(run.table)
        with run.connected() as database:
            done = _connected(one, identity, database)
            return replace(done, guarantees=database.guarantees)


def _connected(one: _Try, identity: Identity, database: Database) -> Report:
    run = one.run
    check_settled_run(run, database)
    database.catalog.check_served(run.table, run.feed.key, run.feed.unique)
    known = _applied_before(run, identity, database)
    if known.done and not database.loader.left_over():
        return known.done
    with ledger.table_lock(database, run.table, LOCK_WAIT, dry=run.dry):
        one.locked = True
        run.controls.reached(Phase.LOCKED)
        return _locked(one, identity, database)


def _locked(one: _Try, identity: Identity, database: Database) -> Report:
    run = one.run
    if not run.dry:
        settle(database)
    known = _applied_before(run, identity, database)
    if known.done:
        return known.done
    with _chunks_told(run, known.last):
        # An hour without a new version needs none of it.
        from csvferry.run.pipeline import apply_version

        result = apply_version(run, identity, known.last, one.workspace, database)
    if result.guard:
        return report(run, "guarded", result, str(result.guard))
    return report(run, "planned" if run.dry else "applied", result, result.message)


def _chunks_told(run: Run, last: ledger.Entry | None) -> AbstractContextManager[None]:
    """A file's chunks are told apart meanwhile, where they will be asked for."""
    if last is None or not isinstance(run.source, LocalFile):
        return nullcontext()
    memory = run.memory
    if memory is None or memory.run != last.run:
        return nullcontext()
    from csvferry.snapshot.chunks.early import told_early

    return told_early(run.source.path, memory, last.seal)


def _applied_before(run: Run, identity: Identity, database: Database) -> _Known:
    """Whether the ledger has the version, and the table still has what the last run left."""
    last, versions = ledger.last(database, run.feed_id, identity.uri)
    applied = Applied.NO
    if identity.version in versions:
        newest = versions[-1] == identity.version
        applied = Applied.YES if newest else Applied.SUPERSEDED
    left = applied is not Applied.YES or _left(run, identity, last, database)
    decision = choose_strategy(Facts(applied=applied, left=left, trusted=not run.feed.full))
    if decision.strategy is not Strategy.SKIP:
        return _Known(None, last)
    if applied is Applied.YES:
        note_check(run)
    return _Known(skipped(run, identity, applied), last)


def skipped(run: Run, identity: Identity, applied: Applied) -> Report:
    """The report of a version that was applied before."""
    message = None
    if applied is Applied.SUPERSEDED:
        message = "an older version: a newer one was applied since, and stays"
    result = RunResult(identity, choose_strategy(Facts(applied=applied)))
    return report(run, "unchanged", result, message)


def _left(run: Run, identity: Identity, last: ledger.Entry | None, database: Database) -> bool:
    """Whether the table still has the rows that this source brought."""
    if last is None or emptied(last, run.table, database):
        return False
    known = ledger.applied_sources(database, run.feed_id, identity.uri).get(identity.uri)
    return known is not None and not known.gone


def emptied(last: ledger.Entry, table: str, database: Database) -> bool:
    """Whether somebody dropped the table, or deleted all the rows that the last run left."""
    if not database.catalog.has(table):
        return True
    left = last.rows_inserted + last.rows_updated + last.rows_unchanged
    return bool(left) and not database.query(f"SELECT 1 FROM {database.sql.quote(table)} LIMIT 1")
