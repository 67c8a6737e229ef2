"""Is the run known whose rejects a file has, fixed?"""

from csvferry.databases.base import Database
from csvferry.errors import UsageError
from csvferry.ledger import entries as ledger
from csvferry.load.context import Run
from csvferry.snapshot.stopped_run import recall_all


def check_settled_run(run: Run, database: Database) -> None:
    """Raises UsageError where neither the ledger nor the state has the run that `settles` names."""
    settles = run.feed.settles
    if settles is None or ledger.counts(database, settles):
        return
    if all(stopped.entry.run != settles for stopped in recall_all(run.state)):
        raise UsageError(
            f"there is no run {settles} whose rejects this file could settle",
            "`csvferry history` lists the runs; without --settles the file is synced as any other",
        )
