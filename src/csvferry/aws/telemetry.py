"""Logs and metrics by Powertools. No value of a row, password or token reaches them."""

import logging
import os
from collections import Counter
from collections.abc import Mapping, Sequence

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from csvferry.aws.runs.outcome import FeedOutcome
from csvferry.model.report import Report
from csvferry.printable import json_line

NAMESPACE = "csvferry"
_ROWS = ("read", "inserted", "updated", "deleted", "unchanged", "duplicate", "rejected")


def service() -> str:
    """The dimension that parts one deployment from another."""
    return os.environ.get("POWERTOOLS_SERVICE_NAME") or "csvferry"


def _make_logger() -> Logger:
    """The function's logger; what the library logs goes its way too."""
    logger = Logger(service=service(), log_uncaught_exceptions=False, json_serializer=json_line)
    library = logging.getLogger("csvferry")
    library.handlers = list(logger.handlers)
    library.setLevel(logger.log_level)
    library.propagate = False
    return logger


logger = _make_logger()


def publish(
    outcomes: Sequence[FeedOutcome], ages: Mapping[str, float], now: float, *, queued: bool = False
) -> None:
    """EMF lines: one for each feed that has more to tell than "unchanged", one for all together.

    `ages`: seconds since each feed's last success. `now`: seconds since 1970. `queued`: what must
    wait is returned to a queue. A metric is paid for by each hour in which it is sent, so that
    counts of nothing are left out.
    """
    for outcome in outcomes:
        counts = _counts([outcome], queued=queued)
        age = ages.get(outcome.feed)
        if age or counts.keys() - {"Unchanged"}:
            _publish([outcome], counts, {"SecondsSinceSuccess": age}, feed=outcome.feed)
    if outcomes:
        looks = [now - outcome.looked for outcome in outcomes if outcome.looked]
        seconds = {
            "SecondsSinceSuccess": max(ages.values(), default=None),
            "SecondsSinceTableCheck": max(looks, default=None),
        }
        _publish(outcomes, _counts(outcomes, queued=queued), seconds)


def publish_not_understood(messages: int) -> None:
    """Messages of a queue that are of no known kind, in a line of their own."""
    metrics = _metrics()
    metrics.add_metric("MessagesNotUnderstood", MetricUnit.Count, messages)
    metrics.flush_metrics()


def _counts(outcomes: Sequence[FeedOutcome], *, queued: bool) -> Counter[str]:
    """How many runs ended in which way; zero counts are not there."""
    counts: Counter[str] = Counter()
    for outcome in outcomes:
        counts.update(r.status.title() for r in outcome.reports if r.status != "failed")
        counts.update(["Failed"] * len(outcome.failures))
        if outcome.returned:
            counts["Returned" if queued or outcome.busy else "Failed"] += 1
        if outcome.handed_over:
            counts["HandedOver"] += 1
    return counts


def _metrics(feed: str | None = None) -> EphemeralMetrics:
    metrics = EphemeralMetrics(
        namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE") or NAMESPACE, service=service()
    )
    if feed:
        metrics.add_dimension("feed", feed)
    return metrics


def _publish(
    outcomes: Sequence[FeedOutcome],
    counts: Mapping[str, int],
    seconds: Mapping[str, float | None],
    feed: str | None = None,
) -> None:
    metrics = _metrics(feed)
    for name, count in counts.items():
        metrics.add_metric(f"Runs{name}", MetricUnit.Count, count)
    for name, value in seconds.items():
        if value is not None:
            metrics.add_metric(name, MetricUnit.Seconds, value)
    reports = [report for outcome in outcomes for report in outcome.reports]
    if done := [report for report in reports if report.status not in ("unchanged", "planned")]:
        _add_rows(metrics, done)
    metrics.flush_metrics()


def _add_rows(metrics: EphemeralMetrics, done: Sequence[Report]) -> None:
    """Seconds, rows and bytes of runs that read a file."""
    metrics.add_metric("Seconds", MetricUnit.Seconds, sum(report.seconds for report in done))
    for name in _ROWS:
        count = sum(getattr(report.rows, name) for report in done)
        metrics.add_metric(f"Rows{name.title()}", MetricUnit.Count, count)
    metrics.add_metric("Bytes", MetricUnit.Bytes, sum(report.source["bytes"] for report in done))
    if read := sum(report.rows.read for report in done):
        rejected = sum(report.rows.rejected for report in done)
        metrics.add_metric("RejectedShare", MetricUnit.Percent, 100 * rejected / read)
