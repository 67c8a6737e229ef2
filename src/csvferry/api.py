"""The Python functions; their options are the command line's."""

import os
from collections.abc import Callable, Iterator
from typing import TypeVar, Unpack

from csvferry.config.feed import Feed, make_feed
from csvferry.config.typed_options import FeedOptions
from csvferry.errors import UsageError, bare
from csvferry.load.context import Run
from csvferry.model.report import Report
from csvferry.run.runner import go
from csvferry.sources.file_set import find_runs
from csvferry.sources.source_object import SourceObject

Source = str | os.PathLike[str]
Result = TypeVar("Result")


def sync(source: Source, **options: Unpack[FeedOptions]) -> Report:
    """Make a table follow one file; `options` are the command line's (to, table, key, mode …).

    Raises CsvFerryError: GuardError when a guard stopped the run, with nothing changed.
    """
    return _bare(lambda: go(Run(*_only(_feed(source, options)))))


def plan(source: Source, **options: Unpack[FeedOptions]) -> Report:
    """What `sync` would do, and a sample of each kind of change; writes nothing."""
    return _bare(lambda: go(Run(*_only(_feed(source, options)), dry=True)))


def sync_all(source: Source, **options: Unpack[FeedOptions]) -> Iterator[Report]:
    """A run for each file of a folder, prefix or glob, oldest version first.

    Small files of one table are applied together where that gives the same, so that files may be
    applied whose report is still to come. Raises CsvFerryError at the first file that fails.
    """
    from csvferry.run.batches.sequence import follow, over_one_connection

    feed = _bare(lambda: _feed(source, options))
    files = _bare(lambda: find_runs(feed))
    with over_one_connection(feed) as make:
        outcomes = follow(files, make)
        while (outcome := _bare(lambda: next(outcomes, None))) is not None:
            report, error = outcome
            if error:
                raise bare(error)
            yield report


def check(source: Source, **options: Unpack[FeedOptions]) -> Report:
    """Read and validate one file alone: dialect, columns, types, rejects."""
    from csvferry.commands.file_check import check_object

    return _bare(lambda: check_object(Run(*_only(_feed(source, options)), dry=True)))


def _bare(call: Callable[[], Result]) -> Result:
    """What the call gives; its error, without what held values of rows."""
    try:
        return call()
    except Exception as error:  # noqa: BLE001  # one that nobody foresaw has the most to tell
        failure = bare(error)
    raise failure


def _feed(source: Source, options: FeedOptions) -> Feed:
    """A feed of the options that were given; None means: not given."""
    given = {name: value for name, value in options.items() if value is not None}
    return make_feed(source=os.fspath(source), **given)


def _only(feed: Feed) -> tuple[Feed, SourceObject]:
    found = find_runs(feed)
    if len(found) != 1:
        raise UsageError(f"{len(found)} files match", "use csvferry.sync_all for many")
    return feed, found[0]
