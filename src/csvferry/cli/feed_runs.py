"""From feeds to runs: each file of each feed is run and reported; the worst exit status counts."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import typer

from csvferry.cli.invocation import complain, errors_reported, print_json
from csvferry.cli.reporting.after_run import CALLING, call, without_report
from csvferry.cli.reporting.metrics_file import FeedMetrics, write_metrics
from csvferry.cli.source_words import Asked
from csvferry.config.feed import Feed
from csvferry.errors import CsvFerryError, Exit
from csvferry.model.report import Report


@dataclass(frozen=True)
class Telling:
    """How runs are reported: as JSON or Markdown, and as metrics in a file.

    `sample`: how many rows of each kind are shown.
    """

    as_json: bool = False
    markdown: bool = False
    sample: int = 5
    metrics: Path | None = None
    of_feeds: dict[str, FeedMetrics] = field(default_factory=dict)

    def count(self, feed: Feed, report: Report | None, *, well: bool) -> None:
        """One run for the metrics; without a report none began."""
        found = self.of_feeds.setdefault(feed.label, FeedMetrics())
        if report:
            found.add(report, well=well)
        else:
            found.fail()

    def show(self, kind: str, feed: Feed, report: Report) -> None:
        """A run's result on standard output."""
        if self.as_json:
            drifted = report.sample.drifted if report.sample else ()
            drift = {"drift": [asdict(row) for row in drifted]} if kind == "verify" else {}
            print_json(report.to_dict() | drift)
        elif self.markdown:
            from csvferry.cli.reporting.markdown import plan_as_markdown

            typer.echo(plan_as_markdown(report, feed.gone))
        else:
            from csvferry.cli.output import show

            show(report, kind, feed)


def run_each(kind: str, feeds: Iterator[Asked], telling: Telling) -> None:
    """A run for each file of each feed. Raises typer.Exit with the worst status."""
    worst = Exit.DONE
    with errors_reported():
        for asked in feeds:
            for status in _run_feed(kind, asked, telling):
                worst = status if worst is Exit.DONE or status is Exit.FAILED else worst
        if telling.metrics:
            write_metrics(telling.metrics, telling.of_feeds)
    if worst is not Exit.DONE:
        raise typer.Exit(worst)


def _run_feed(kind: str, asked: Asked, telling: Telling) -> Iterator[Exit]:
    """Runs that end badly, or a source that means no file, do not keep the others from theirs."""
    feed = asked.feed
    try:
        yield from _runs(kind, asked, telling)
    except CsvFerryError as error:
        complain(error)
        telling.count(feed, None, well=False)
        if kind in CALLING:
            call(feed, without_report(feed, error), well=False)
        yield error.exit


def _runs(kind: str, asked: Asked, telling: Telling) -> Iterator[Exit]:
    from csvferry.cli.progress import progress
    from csvferry.commands.reports import reports

    feed = asked.feed
    for report, error in reports(kind, feed, progress, telling.sample, asked.words):
        telling.show(kind, feed, report)
        if error:
            complain(error)
        telling.count(feed, report, well=error is None)
        if kind in CALLING:
            call(feed, report, well=error is None)
        yield error.exit if error else Exit.DONE
