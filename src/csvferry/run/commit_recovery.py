"""After a lost connection: whether the server took the run's commit."""

import time
from contextlib import ExitStack

from csvferry.databases.base import Database
from csvferry.errors import CommitInDoubtError, PassingDatabaseError
from csvferry.ledger import entries as ledger
from csvferry.ledger.swap_recovery import settle
from csvferry.load.context import Run, report, result_of
from csvferry.model.report import Report

SERVER_WAIT = 30.0  # seconds until a server that is being started again answers


def committed(run: Run, error: PassingDatabaseError, lock_wait: float) -> Report | None:
    """The report of a run whose entry is in the ledger although it ended in `error`.

    The lock is free once the lost connection's transaction has ended, one way or the other. Raises
    PassingDatabaseError where the server can't be asked.
    """
    with ExitStack() as opened:
        database = _reconnected(run, error, opened)
        entry = _entry(run, database)
        in_doubt = isinstance(error, CommitInDoubtError)
        if in_doubt and (entry is None or database.loader.left_over()):
            with ledger.table_lock(database, run.table, lock_wait):
                settle(database)
                entry = _entry(run, database)
    return report(run, "applied", result_of(entry), entry.message) if entry else None


def _entry(run: Run, database: Database) -> ledger.Entry | None:
    return ledger.find(database, run.id) if ledger.exists(database) else None


def _reconnected(run: Run, error: PassingDatabaseError, opened: ExitStack) -> Database:
    """A new connection; a server that is being started again is waited for."""
    deadline = time.monotonic() + SERVER_WAIT
    while True:
        try:
            return opened.enter_context(run.connected())
        except PassingDatabaseError:
            if time.monotonic() > deadline:
                raise _unanswered(error) from None
        time.sleep(0.25)


def _unanswered(error: PassingDatabaseError) -> PassingDatabaseError:
    if not isinstance(error, CommitInDoubtError):
        return error
    return CommitInDoubtError(
        "the connection was lost at the commit, and the server can't be asked whether it took it",
        "run this again: the ledger knows whether it was applied, and nothing is done twice",
        error.code,
    )
