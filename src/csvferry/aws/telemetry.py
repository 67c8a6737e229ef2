"""Logs and metrics by Powertools. No value of a row, password or token reaches them."""

import logging
import os
from collections import Counter
from collections.abc import Sequence

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from csvferry.model.report import Report
from csvferry.printable import json_line

NAMESPACE = "csvferry"
STATUSES = ("applied", "unchanged", "planned", "guarded", "failed")
_ROWS = ("read", "inserted", "updated", "deleted", "unchanged", "duplicate", "rejected")


def make_logger() -> Logger:
    """The function's logger; what the library logs goes its way too."""
    logger = Logger(service=service(), log_uncaught_exceptions=False, json_serializer=json_line)
    library = logging.getLogger("csvferry")
    library.handlers = list(logger.handlers)
    library.setLevel(logger.log_level)
    library.propagate = False
    return logger


def service() -> str:
    """The dimension that parts one deployment from another."""
    return os.environ.get("POWERTOOLS_SERVICE_NAME") or "csvferry"


def publish(reports: Sequence[Report], ages: dict[str, float]) -> None:
    """EMF lines: one for each feed, and one for all together."""
    labels = {str(report.feed): None for report in reports} | dict.fromkeys(ages)
    for label in labels:
        mine = [report for report in reports if report.feed == label]
        _publish(mine, ages.get(label), feed=label)
    if labels:
        _publish(reports, max(ages.values(), default=None), feed=None)


def _publish(reports: Sequence[Report], age: float | None, feed: str | None) -> None:
    metrics = EphemeralMetrics(
        namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE") or NAMESPACE, service=service()
    )
    if feed:
        metrics.add_dimension("feed", feed)
    statuses = Counter(report.status for report in reports)
    for status in STATUSES:
        metrics.add_metric(f"Runs{status.title()}", MetricUnit.Count, statuses[status])
    if age is not None:
        metrics.add_metric("SecondsSinceSuccess", MetricUnit.Seconds, age)
    done = [report for report in reports if report.status not in ("unchanged", "planned")]
    metrics.add_metric("Seconds", MetricUnit.Seconds, sum(report.seconds for report in reports))
    if done:
        _add_rows(metrics, done)
    metrics.flush_metrics()


def _add_rows(metrics: EphemeralMetrics, done: Sequence[Report]) -> None:
    """Rows and bytes; hours in which nothing changed leave them out, since each metric is paid."""
    for name in _ROWS:
        count = sum(getattr(report.rows, name) for report in done)
        metrics.add_metric(f"Rows{name.title()}", MetricUnit.Count, count)
    metrics.add_metric("Bytes", MetricUnit.Bytes, sum(report.source["bytes"] for report in done))
    if read := sum(report.rows.read for report in done):
        rejected = sum(report.rows.rejected for report in done)
        metrics.add_metric("RejectedShare", MetricUnit.Percent, 100 * rejected / read)
