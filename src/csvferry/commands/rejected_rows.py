"""Rejects of a run: of an applied one from the ledger, of a stopped one from beside the state."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from csvferry.databases.base import Database
from csvferry.ledger import entries as ledger
from csvferry.ledger.records import Entry, Reject
from csvferry.ledger.selection import Selection
from csvferry.snapshot.stopped_run import StoppedRun, database_of, recall, recall_all
from csvferry.snapshot.store import State


@dataclass(frozen=True)
class Rejected:
    """A run that has rejects; `stopped`: a guard stopped it."""

    database: Database
    entry: Entry
    stopped: StoppedRun | None = None

    def rows(self, limit: int | None = None) -> Iterator[Reject]:
        """Its entries, by line. Raises CorruptLedgerError."""
        if self.stopped:
            return islice(self.stopped.rejects, limit)
        return ledger.rejects(self.database, self.entry.run, limit)

    @property
    def note(self) -> str | None:
        """What a person should know of a run that was stopped."""
        if not self.stopped:
            return None
        left_out = self.stopped.left_out
        rest = f"; {left_out} more entries were not kept" if left_out else ""
        return f"a guard stopped this run, and nothing was changed: {self.stopped.reason}{rest}"


def stopped_runs(states: Iterable[State], feeds: Sequence[str], url: str) -> list[StoppedRun]:
    """The runs into the database at `url` that were stopped last; `feeds`: empty for all."""
    found = [
        one
        for state in states
        for one in ([recall(state, feed) for feed in feeds] if feeds else recall_all(state))
    ]
    return [one for one in found if one and one.target == database_of(url)]


def find_rejected(
    database: Database, run: str | None, selection: Selection, stopped: Sequence[StoppedRun]
) -> Rejected | None:
    """The run that an id or its beginning names; without one, the last that has rejects to settle.

    Raises UsageError where several begin so.
    """
    settled = {} if run else ledger.settled(database)
    meant = [
        one
        for one in stopped
        if selection.table in (None, one.entry.table_name)
        and one.entry.run.startswith(run or "")
        and one.entry.run not in settled
    ]
    last = max(meant, key=lambda one: one.entry.run, default=None)
    entry = ledger.latest_with_rejects(database, run, selection)
    if last and (entry is None or (not run and last.entry.run > entry.run)):
        return Rejected(database, last.entry, last)
    return Rejected(database, entry) if entry else None
