"""The commands that work on files: each gives a report for each file of a feed."""

from collections.abc import Iterator

from csvferry.errors import CsvFerryError, GuardError
from csvferry.feed import Feed
from csvferry.progress import progress
from csvferry.report import Report
from csvferry.source import SourceObject, find
from csvferry.steps import Watch
from csvferry.sync import Run, attempt

Outcome = tuple[Report, CsvFerryError | None]


def reports(kind: str, feed: Feed) -> Iterator[Outcome]:
    """`kind` is sync, plan, check, verify or repair. Raises CsvFerryError if no file is found."""
    for found in find(feed.source):
        with progress(found.uri) as watch:
            if kind == "check":
                outcome = _check(feed, found)
            elif kind == "verify":
                outcome = _verify(feed, found)
            elif kind == "repair":
                outcome = _repair(feed, found, watch)
            else:
                outcome = attempt(Run(feed, found, dry=kind == "plan", watch=watch))
        yield outcome


def _check(feed: Feed, found: SourceObject) -> Outcome:
    from csvferry.check import check_object

    try:
        report = check_object(feed, found)
    except CsvFerryError as error:
        status = "guarded" if isinstance(error, GuardError) else "failed"
        return Run(feed, found).report(status, str(error)), error
    rows = report.rows
    if "max_rejects" in feed.model_fields_set and feed.max_rejects.exceeded(
        rows.rejected, rows.read
    ):
        return report, GuardError(
            f"{rows.rejected} of {rows.read} rows are rejected; the limit is {feed.max_rejects}"
        )
    return report, None


def _verify(feed: Feed, found: SourceObject) -> Outcome:
    from csvferry.verify import verify_object

    return verify_object(feed, found)


def _repair(feed: Feed, found: SourceObject, watch: Watch) -> Outcome:
    from csvferry.verify import mended

    try:
        run = mended(feed, found, watch)
    except CsvFerryError as error:
        return Run(feed, found).report("failed", str(error)), error
    return attempt(run)
