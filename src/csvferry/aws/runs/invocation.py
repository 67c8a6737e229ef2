"""Feeds in one invocation: listed, compared with what was applied, run, and kept."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from csvferry.aws.database_access import Connector
from csvferry.aws.runs.applied import nothing_known, read_applied, write_applied
from csvferry.aws.runs.feed_run import USUAL, FeedRun, Way
from csvferry.aws.runs.last_success import Successes
from csvferry.aws.runs.listing import Listing, list_feed
from csvferry.aws.runs.outcome import FeedOutcome
from csvferry.aws.settings import Settings
from csvferry.aws.telemetry import publish
from csvferry.config.feed import Feed
from csvferry.snapshot.store import Store, open_state

MOST_REPORTS = 2_000  # an answer of Lambda has at most 6 MB (AWS Lambda quotas)


@dataclass
class Invocation:
    """One invocation, with one connection; `time_left`: seconds until it is ended."""

    settings: Settings
    time_left: Callable[[], float]
    way: Way = USUAL
    outcomes: list[FeedOutcome] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._timeout = self.time_left()
        self._connector = Connector(self.settings, self.time_left)
        state = self.settings.state
        self._store: Store | None = open_state(state).store if state else None

    def run(self, feeds: Sequence[Feed]) -> Sequence[FeedOutcome]:
        """Run each feed once; a failure is kept in its outcome and does not stop the others.

        The database is asked about all of them where one has something new, or was not asked for a
        day; else about none.
        """
        listings = [self._list(feed) for feed in feeds]
        ask = any(self._wants_the_database(listing) for listing in listings)
        try:
            outcomes = [self._follow(listing, ask=ask) for listing in listings]
        finally:
            self._connector.close()
        self.outcomes += outcomes
        return outcomes

    def publish(self, *, queued: bool = False) -> None:
        """Metrics. `queued`: what must wait is returned to a queue, and no failure yet."""
        publish(self.outcomes, self._ages(), time.time(), queued=queued)

    def reports(self) -> list[dict[str, Any]]:
        """The reports as JSON; of very many, unchanged ones are left out."""
        reports = [report for outcome in self.outcomes for report in outcome.reports]
        if len(reports) > MOST_REPORTS:
            reports = [report for report in reports if report.status != "unchanged"][:MOST_REPORTS]
        return [report.to_dict() for report in reports]

    def _list(self, feed: Feed) -> Listing:
        target = self.settings.target
        if self._store is None or self.way.full:
            return list_feed(feed, nothing_known(feed, target))
        return list_feed(feed, read_applied(self._store, feed, target))

    def _wants_the_database(self, listing: Listing) -> bool:
        if self.way.plan or not listing.found:
            return False
        new = any(found.version for found in listing.new)
        return new or not listing.record.good(time.time())

    def _follow(self, listing: Listing, *, ask: bool) -> FeedOutcome:
        run = FeedRun(
            self.settings, self._connector, self.time_left, self._timeout, self.way, listing
        )
        outcome = run.go(ask=ask and bool(listing.found) and not self.way.full)
        if self._store and not self.way.plan and run.versions is not None:
            before = listing.record
            if (now := before.of(run.versions, outcome.looked or before.looked)) != before:
                write_applied(self._store, listing.feed, now)
        return outcome

    def _ages(self) -> dict[str, float]:
        if self.way.plan:
            return {}
        succeeded = {outcome.feed: outcome.succeeded for outcome in self.outcomes}
        if not self._store or not succeeded:
            return {label: 0.0 for label, good in succeeded.items() if good}
        return Successes(self._store).note(succeeded)
