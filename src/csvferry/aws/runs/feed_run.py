"""One feed's turn: what is new is run in order, and the first that must wait stops the rest."""

import os
import shutil
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from csvferry.aws.database_access import Connector
from csvferry.aws.runs.confirmation import confirmed
from csvferry.aws.runs.deadline import Deadline
from csvferry.aws.runs.listing import Found, Listing, is_known
from csvferry.aws.runs.marker import write_marker
from csvferry.aws.runs.outcome import FeedOutcome, passes
from csvferry.aws.settings import Settings
from csvferry.aws.telemetry import logger
from csvferry.errors import (
    CsvFerryError,
    GuardError,
    NothingThereError,
    SpaceError,
    UsageError,
)
from csvferry.load.context import Run, RunResult
from csvferry.load.context import report as report_of
from csvferry.load.strategy import Applied
from csvferry.model.phases import Controls
from csvferry.model.report import Report
from csvferry.run.runner import attempt, skipped
from csvferry.sources.source_object import Identity, SourceObject

_MOST = 10_240  # MB of either that Lambda has (AWS Lambda quotas)


@dataclass(frozen=True)
class Way:
    """How feeds are run: `plan` writes nothing, `full` asks the table; `task`: outside Lambda."""

    plan: bool = False
    full: bool = False
    task: bool = False


USUAL = Way()


@dataclass
class FeedRun:
    """A feed's turn in an invocation.

    `timeout`: the seconds that the invocation had at first. `versions`: what is known as applied at
    the end, None where it could not be told.
    """

    settings: Settings
    connector: Connector
    time_left: Callable[[], float]
    timeout: float
    way: Way
    listing: Listing

    def __post_init__(self) -> None:
        self.feed = self.listing.feed
        self.outcome = FeedOutcome(self.feed.label, looked=self.listing.record.looked or None)
        self.versions: dict[str, str] | None = None

    def go(self, *, ask: bool) -> FeedOutcome:
        """Run what is new. `ask`: the database's own ledger says what that is."""
        try:
            self._go(ask=ask)
        except Exception as error:  # noqa: BLE001  # the other feeds are still to run
            self._broken(error)
        return self.outcome

    def _go(self, *, ask: bool) -> None:
        if self.listing.error:
            raise self.listing.error
        new = self._told_apart(ask=ask)
        if new and self.feed.runner == "task" and not (self.way.task or self.way.plan):
            self._hand_over(new)
            return
        if len(new) > 1 and not self.way.plan:
            self._follow(new)
            return
        for found in new:
            if not self.outcome.complete:
                return
            self._run(found)

    def _follow(self, new: Sequence[Found]) -> None:
        """Several objects: small ones are applied together."""
        from csvferry.run.batches.sequence import follow

        known = {f.source.uri: f.identity for f in new if isinstance(f.identity, Identity)}
        sources = [found.source for found in new]
        for report, error in follow(sources, self._made, identities=known):
            with logger.append_context_keys(run_id=report.run, feed=self.feed.label):
                self._keep(report, error)
            if not self.outcome.complete:
                return

    def _told_apart(self, *, ask: bool) -> Sequence[Found]:
        """What is to be run; the rest is reported as unchanged."""
        if self.way.full:
            self.versions = {}
            return self.listing.found
        if not ask:
            known = [f for f in self.listing.found if is_known(f, self.listing.record)]
            self._unchanged((found, Applied.YES) for found in known)
            return self.listing.new
        with self.connector.lease() as database:
            answers = confirmed(database, self.feed, self.listing.found)
        self.outcome.looked = time.time()
        self._unchanged(
            (f, answers[f.source.uri]) for f in self.listing.found if f.source.uri in answers
        )
        return [f for f in self.listing.found if f.source.uri not in answers]

    def _unchanged(self, known: Iterable[tuple[Found, Applied]]) -> None:
        self.versions, before = {}, len(self.outcome.reports)
        for found, applied in known:
            if isinstance(found.identity, Identity):
                self._settle(skipped(Run(self.feed, found.source), found.identity, applied))
        if count := len(self.outcome.reports) - before:
            logger.info("unchanged", feed=self.feed.label, objects=count)

    def _hand_over(self, new: Sequence[Found]) -> None:
        if self.way.full:
            raise UsageError(
                f"the feed {self.feed.label} runs as a task, which takes no full",
                "delete its rows of csvferry_runs, and it is compared with the table",
            )
        address = write_marker(self.settings, self.feed, len(new))
        self.outcome.handed_over, self.outcome.succeeded = True, False
        logger.info("handed over to a task", feed=self.feed.label, objects=len(new), marker=address)

    def _made(self, source: SourceObject) -> Run:
        """The run of one object."""
        return Run(
            self.feed.model_copy(update={"full": True}) if self.way.full else self.feed,
            source,
            dry=self.way.plan,
            connect=self.connector.lease,
            controls=Controls(deadline=Deadline(self.time_left, self.timeout)),
        )

    def _run(self, found: Found) -> None:
        run = self._made(found.source)
        with logger.append_context_keys(run_id=run.id, feed=self.feed.label):
            if isinstance(error := found.identity, CsvFerryError):
                self._keep(report_of(run, "failed", RunResult(), str(error)), error)
            else:
                self._keep(*attempt(run))

    def _keep(self, report: Report, error: CsvFerryError | None) -> None:
        """Log a run's end; only applied and unchanged ones count as successes."""
        data = report.to_dict()
        if error is None:
            logger.info(report.status, report=data)
            self._settle(report)
            self.outcome.looked = time.time()
            return
        self.outcome.reports.append(report)
        self.outcome.succeeded = False
        if isinstance(error, GuardError | NothingThereError):
            self.outcome.settled.add(report.source["uri"])
            logger.warning(str(error), report=data)
        elif passes(error):
            self.outcome.stop(str(error), error)
            logger.warning(str(error), report=data)
        else:
            message = _in_function(error, report)
            self.outcome.settled.add(report.source["uri"])
            self.outcome.fail(message)
            logger.error(message, report=data)

    def _settle(self, report: Report) -> None:
        self.outcome.reports.append(report)
        self.outcome.settled.add(report.source["uri"])
        if self.versions is not None:
            self.versions[report.source["uri"]] = report.source["version"]

    def _broken(self, error: Exception) -> None:
        """A failure outside of a run, or one that nobody foresaw: told without its words."""
        label = self.feed.label
        if isinstance(error, NothingThereError):
            self.outcome.succeeded = False
            logger.warning(str(error), feed=label)
            return
        if isinstance(error, CsvFerryError):
            message = str(error)
            logger.error(message, feed=label)
        else:
            message = f"an error that is a fault of csvferry: {type(error).__name__}"
            logger.error(message, feed=label, frames=_frames(error))
        if passes(error):
            self.outcome.stop(message, error)
        else:
            self.outcome.fail(message)


def _in_function(error: CsvFerryError, report: Report) -> str:
    """The error's words, with a cure that is at hand in a function."""
    if not isinstance(error, SpaceError):
        return str(error)
    memory = int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE") or 0)
    if not memory:
        return str(error)
    scratch = shutil.disk_usage(tempfile.gettempdir()).total >> 20
    size = report.source["bytes"] / 1_000_000
    return (
        f"{error.message} (the file has {size:.0f} MB, the function {memory} MB of memory and"
        f" {scratch} MB of ephemeral storage: give it {min(2 * memory, _MOST)} MB of memory,"
        f" or {min(2 * scratch, _MOST)} MB of ephemeral storage)"
    )


def _frames(error: Exception) -> Sequence[str]:
    """Where it happened; an error's words may hold a value of a row."""
    return [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)]
