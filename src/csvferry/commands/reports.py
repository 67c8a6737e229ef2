"""The commands that work on files: each gives a report for each file of a feed."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress

from csvferry.config.feed import Feed
from csvferry.databases.base import driver
from csvferry.errors import CsvFerryError, GuardError
from csvferry.model.phases import Watch
from csvferry.model.report import Report
from csvferry.sources.source import SourceObject, find, identify_beside

Outcome = tuple[Report, CsvFerryError | None]


Listener = Callable[[str], AbstractContextManager[Watch]]  # of a file's address


def reports(kind: str, feed: Feed, progress: Listener) -> Iterator[Outcome]:
    """`kind` is sync, plan, check, verify or repair. Raises CsvFerryError if no file is found."""
    for found in find(feed.source):
        identify_beside(found)
        with progress(found.uri) as watch:
            outcome = _outcome(kind, feed, found, watch)
        yield outcome


def _outcome(kind: str, feed: Feed, found: SourceObject, watch: Watch) -> Outcome:
    from csvferry.run.runner import Run, attempt

    if kind == "check":
        return _check(feed, found, watch)
    if kind == "verify":
        from csvferry.commands.verify import verify_object

        return verify_object(feed, found, watch)
    if kind == "repair":
        return _repair(feed, found, watch)
    with suppress(CsvFerryError):  # the run meets it again
        driver(feed.to)  # while the file is being read
    return attempt(Run(feed, found, dry=kind == "plan", watch=watch))


def _check(feed: Feed, found: SourceObject, watch: Watch) -> Outcome:
    from csvferry.commands.file_check import check_object, without_database
    from csvferry.run.runner import Run

    try:
        report = check_object(feed, found, watch)
    except CsvFerryError as error:
        status = "guarded" if isinstance(error, GuardError) else "failed"
        return without_database(Run(feed, found).report(status, str(error))), error
    rows = report.rows
    if "max_rejects" in feed.model_fields_set and feed.max_rejects.exceeded(
        rows.rejected, rows.read
    ):
        return report, GuardError(
            f"{rows.rejected} of {rows.read} rows are rejected; the limit is {feed.max_rejects}"
        )
    return report, None


def _repair(feed: Feed, found: SourceObject, watch: Watch) -> Outcome:
    from csvferry.commands.verify import mended
    from csvferry.run.runner import Run, attempt

    try:
        run = mended(feed, found, watch)
    except CsvFerryError as error:
        return Run(feed, found).report("failed", str(error)), error
    return attempt(run)
