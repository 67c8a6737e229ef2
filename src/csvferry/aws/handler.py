"""The function's door: an event comes in, feeds run one after the other, reports go out."""

import os
import shutil
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from csvferry.aws.events import Order, read_event
from csvferry.aws.settings import Settings, read_settings
from csvferry.aws.telemetry import make_logger, publish
from csvferry.config.feed import Feed
from csvferry.errors import CsvFerryError, NothingThereError, RunsFailedError, SpaceError

if TYPE_CHECKING:
    from csvferry.aws.database_access import Connector
    from csvferry.model.report import Report
    from csvferry.sources.source import SourceObject

logger = make_logger()
_MOST = 10_240  # MB of either that Lambda has (AWS Lambda quotas)


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """`{"reports": [...]}`, each the contract's JSON. Raises RunsFailedError if any run failed.

    `{"doctor": true}` runs nothing and gives `{"findings": [...]}`.

    A run that a guard stopped does not fail the invocation: trying again would end the same way.
    It is in the reports and in the metric RunsGuarded, which has an alarm of its own.
    """
    logger.append_keys(function_request_id=getattr(context, "aws_request_id", ""))
    try:
        settings, feeds = _environment()
        order = read_event(event)
        errands = order.errands(feeds)
    except CsvFerryError as error:
        logger.error(str(error))  # noqa: TRY400  # Lambda itself logs the traceback
        raise
    invocation = Invocation(settings, order, context)
    if order.doctor:
        from csvferry.aws.doctor import diagnose

        return {"findings": diagnose(settings, [f for f, _ in errands], invocation.time_left)}
    for feed, source in errands:
        invocation.run_feed(feed, source)
    return invocation.finish()


def _environment() -> tuple[Settings, list[Feed]]:
    """Checked once; feeds that are kept in a bucket are read each time, since they may change."""
    if os.environ.get("CSVFERRY_FEEDS", "").strip().startswith("s3://"):
        return read_settings(os.environ)
    return _read_environment()


@cache
def _read_environment() -> tuple[Settings, list[Feed]]:
    return read_settings(os.environ)


@dataclass
class Invocation:
    """One invocation: its order, and what has come of it so far."""

    settings: Settings
    order: Order
    context: Any
    reports: list["Report"] = field(default_factory=list)
    outcomes: dict[str, bool] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    @cached_property
    def connect(self) -> "Connector":
        """The invocation's way to the database; what it waited once, it does not wait again."""
        from csvferry.aws.database_access import Connector

        return Connector(self.settings, self.time_left)

    def time_left(self) -> float:
        """Seconds until Lambda ends the function."""
        return float(self.context.get_remaining_time_in_millis()) / 1000

    def run_feed(self, feed: Feed, source: str) -> None:
        """A run on each object of one source; a failure is kept and does not stop the others."""
        if self.order.full:
            feed = feed.model_copy(update={"full": True})
        self.outcomes.setdefault(feed.label, True)
        try:
            for found in self.order.find(source):
                self._run(feed, found)
        except NothingThereError as error:
            self.outcomes[feed.label] = False
            logger.warning(str(error), feed=feed.label)
        except Exception as error:  # noqa: BLE001  # the other feeds are still to run
            self._failed(feed, error)

    def _run(self, feed: Feed, found: "SourceObject") -> None:
        from csvferry.aws.deadline import Deadline
        from csvferry.load.context import Run
        from csvferry.model.phases import Controls
        from csvferry.run.runner import attempt

        run = Run(
            feed,
            found,
            dry=self.order.plan,
            connect=self.connect,
            trust_state=bool(self.settings.state),
            controls=Controls(deadline=Deadline(self.time_left)),
        )
        with logger.append_context_keys(run_id=run.id, feed=feed.label):
            report, error = attempt(run)
            self._keep(report, error)

    def _keep(self, report: "Report", error: CsvFerryError | None) -> None:
        """Log a run's end; only applied and unchanged ones count as successes."""
        data = report.to_dict()
        self.reports.append(report)
        label = str(report.feed)
        if report.status == "failed":
            message = _in_function(error, report)
            self.failures.append(f"{label}: {message}")
            self.outcomes[label] = False
            logger.error(message, report=data)
        elif report.status == "guarded":
            self.outcomes[label] = False
            logger.warning(str(error), report=data)
        else:
            logger.info(report.status, report=data)

    def _failed(self, feed: Feed, error: Exception) -> None:
        """A failure outside of a run, or one that nobody foresaw: told without its words."""
        self.outcomes[feed.label] = False
        if isinstance(error, CsvFerryError):
            message = str(error)
            logger.error(message, feed=feed.label)
        else:
            message = f"an error that is a fault of csvferry: {type(error).__name__}"
            logger.error(message, feed=feed.label, frames=_frames(error))
        self.failures.append(f"{feed.label}: {message}")

    def finish(self) -> dict[str, Any]:
        """Metrics, then the reports. Raises RunsFailedError if any run failed."""
        publish(self.reports, {} if self.order.plan else self._ages())
        if self.failures:
            raise RunsFailedError("; ".join(self.failures))
        return {"reports": [report.to_dict() for report in self.reports]}

    def _ages(self) -> dict[str, float]:
        from csvferry.aws.last_success import Successes
        from csvferry.snapshot.store import open_state

        if not self.settings.state or not self.outcomes:
            return {label: 0.0 for label, succeeded in self.outcomes.items() if succeeded}
        return Successes(open_state(self.settings.state).store).note(self.outcomes)


def _in_function(error: CsvFerryError | None, report: "Report") -> str:
    """The error's words, with a cure that is at hand in a function."""
    if not isinstance(error, SpaceError):
        return str(error)
    memory = int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE") or 0)
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
