"""Several SOURCE words, as a shell makes of `parts/*.csv`: which of them are one snapshot."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from glob import has_magic
from itertools import takewhile
from pathlib import Path
from typing import Any

from csvferry.config.feed import Feed, address, make_feed, table_name
from csvferry.errors import UsageError
from csvferry.model.mapping import Mode


@dataclass(frozen=True)
class Asked:
    """A feed to run. `words`: its sources, where they are several that are one snapshot."""

    feed: Feed
    words: tuple[str, ...] = ()


def asked(words: Sequence[str], options: Mapping[str, Any]) -> Iterator[Asked]:
    """What each SOURCE is; in mirror and with --snapshot, the files of one table are one.

    Raises UsageError.
    """
    feeds = [make_feed(source=word, **options) for word in words]
    groups: dict[str, list[Feed]] = {}
    for feed in feeds:
        groups.setdefault(_snapshot(feed), []).append(feed)
    if feeds[0].snapshot and sum(_is_file(feed.source) for feed in feeds) > 1 < len(groups):
        raise UsageError("the snapshot has no one name for its table", "say --table NAME")
    for group in groups.values():
        yield _together(group, options) if len(group) > 1 else Asked(group[0])


def _is_file(source: str) -> bool:
    return not (source.endswith("/") or has_magic(source) or Path(source).is_dir())


def _snapshot(feed: Feed) -> str:
    """What is the same for sources that are one snapshot: their table."""
    if feed.mode is not Mode.MIRROR and not feed.snapshot:
        return feed.source
    return feed.table or (table_name(feed.source) if _is_file(feed.source) else feed.source)


def _together(feeds: Sequence[Feed], options: Mapping[str, Any]) -> Asked:
    """One feed of several sources; its own is the folder in which all of them lie."""
    places = {address(feed.source): feed.source for feed in feeds}
    if len(places) == 1:
        return Asked(feeds[0])
    if "-" in places:
        raise UsageError("standard input is no file of a snapshot", "name files alone")
    levels = zip(*[place.split("/") for place in places], strict=False)
    same = takewhile(lambda names: len(set(names)) == 1, levels)
    folder = "/".join([names[0] for names in same] + [""])
    named = {"table": table_name(feeds[0].source), **options, "source": folder}
    return Asked(make_feed(**named), tuple(places.values()))
