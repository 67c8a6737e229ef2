"""The commands that work on files: each gives a report for each file of a feed."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, suppress
from dataclasses import replace

from csvferry.config.feed import Feed, address, table_name
from csvferry.databases.connect import driver, open_database
from csvferry.errors import CsvFerryError, GuardError
from csvferry.ledger import entries as ledger
from csvferry.load.context import Run, RunResult, report
from csvferry.model.mapping import Mode
from csvferry.model.phases import Controls, ProgressListener
from csvferry.model.report import Report
from csvferry.sources.file_set import find_runs
from csvferry.sources.source import find, identify_in_background
from csvferry.sources.source_object import SourceObject

Outcome = tuple[Report, CsvFerryError | None]


Listener = Callable[[str], AbstractContextManager[ProgressListener]]  # of a file's address


def reports(
    kind: str, feed: Feed, progress: Listener, sample: int = 5, sources: Sequence[str] = ()
) -> Iterator[Outcome]:
    """`kind` is sync, plan, check, verify or repair; `sample`: how many rows of a kind are shown.

    `sources`: of a snapshot that is not one address. Raises CsvFerryError if no file is found.
    """
    files = find_runs(_as_applied(feed) if kind in ("verify", "repair") else feed, sources)
    if kind == "sync" and len(files) > 1:
        yield from _many(feed, files, progress)
        return
    for found in files:
        identify_in_background(found)
        with progress(found.uri) as listener:
            controls = Controls(progress=listener)
            run = Run(feed, found, sample=sample, controls=controls)
            outcome = _outcome(kind, run)
        yield outcome


def _as_applied(feed: Feed) -> Feed:
    """A feed of many files, which are one snapshot where the table's last run took them for one."""
    many = feed.source.endswith("/") or any(sign in feed.source for sign in "*?[")
    if feed.model_fields_set & {"mode", "snapshot"} or not many:
        return feed
    whole = address(feed.source)
    names = [feed.table] if feed.table else [table_name(whole), *_stems(feed)]
    untested = feed.allow_untested_server
    with closing(open_database(feed.to, read_only=True, untested=untested)) as database:
        entries = [entry for name in names if (entry := ledger.last_on(database, name))]
    newest = max(entries, key=lambda entry: entry.run, default=None)
    if newest and newest.source == whole:
        return feed.model_copy(update={"snapshot": True})
    mirrored = newest is not None and newest.mode is Mode.MIRROR
    return feed.model_copy(update={"mode": Mode.MIRROR}) if mirrored else feed


def _stems(feed: Feed) -> list[str]:
    found = find(feed.source, unsafe_links=feed.copy_unsafe_links)
    return sorted({table_name(one.uri) for one in found})


def _many(feed: Feed, files: Sequence[SourceObject], progress: Listener) -> Iterator[Outcome]:
    from csvferry.run.batches.sequence import follow, over_one_connection

    with over_one_connection(feed) as make:
        yield from follow(files, make, progress)


def _outcome(kind: str, run: Run) -> Outcome:
    from csvferry.run.runner import attempt

    if kind == "check" and "to" not in run.feed.model_fields_set:
        return _check(run)
    if kind == "verify":
        from csvferry.commands.verify import verify_object

        return verify_object(run)
    if kind == "repair":
        return _repair(run)
    with suppress(CsvFerryError):  # the run meets it again
        driver(run.feed.to)  # while the file is being read
    # With a target, `check` is what a plan is: all that `sync` would meet.
    return attempt(replace(run, dry=kind in ("plan", "check")))


def _check(run: Run) -> Outcome:
    from csvferry.commands.file_check import check_object, without_database

    feed = run.feed
    try:
        found = check_object(run)
    except CsvFerryError as error:
        status = "guarded" if isinstance(error, GuardError) else "failed"
        result = error.result or RunResult()
        return without_database(report(run, status, result, str(error))), error
    rows = found.rows
    if "max_rejects" in feed.model_fields_set and feed.max_rejects.exceeded(
        rows.rejected, rows.read
    ):
        stop = GuardError(
            f"{rows.rejected} of {rows.read} rows are rejected; the limit is {feed.max_rejects}"
        )
        return replace(found, status="guarded", message=str(stop)), stop
    return found, None


def _repair(run: Run) -> Outcome:
    from csvferry.commands.verify import repairing
    from csvferry.run.runner import attempt

    try:
        return attempt(repairing(run))
    except CsvFerryError as error:
        return report(run, "failed", RunResult(), str(error)), error
