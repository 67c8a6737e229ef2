"""The Python functions; their options are the command line's."""

from collections.abc import Iterator
from typing import Any

from csvferry.errors import UsageError
from csvferry.feed import Feed, make_feed
from csvferry.report import Report
from csvferry.source import SourceObject, find
from csvferry.sync import Run, go


def sync(source: str, **options: Any) -> Report:
    """Make a table follow one file; `options` are the fields of `Feed` (to, table, key, mode …).

    Raises CsvFerryError: GuardError when a guard stopped the run, with nothing changed.
    """
    return go(Run(*_only(make_feed(source=source, **options))))


def plan(source: str, **options: Any) -> Report:
    """What `sync` would do, and a sample of each kind of change; writes nothing."""
    return go(Run(*_only(make_feed(source=source, **options)), dry=True))


def sync_all(source: str, **options: Any) -> Iterator[Report]:
    """A run for each file of a folder, prefix or glob, oldest version first."""
    feed = make_feed(source=source, **options)
    for found in find(feed.source):
        yield go(Run(feed, found))


def check(source: str, **options: Any) -> Report:
    """Read and validate one file alone: dialect, columns, types, rejects."""
    from csvferry.check import check_object

    return check_object(*_only(make_feed(source=source, **options)))


def _only(feed: Feed) -> tuple[Feed, SourceObject]:
    found = find(feed.source)
    if len(found) != 1:
        raise UsageError(f"{len(found)} files match", "use csvferry.sync_all for many")
    return feed, found[0]
