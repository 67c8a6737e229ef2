"""Is the source there, may it be read, and may its encryption key be used?"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from csvferry.commands.doctor.finding import Finding, wrong
from csvferry.config.feed import Feed
from csvferry.errors import CsvFerryError
from csvferry.sources.source import LocalFile, find
from csvferry.sources.source_object import SourceObject


@dataclass
class Seen:
    """The size of the largest object that could be seen, in bytes."""

    size: int = 0


def source(feed: Feed, seen: Seen) -> Iterator[Finding]:
    """Findings about each object's first bytes; `seen` learns the size."""
    if feed.source == "-":
        yield Finding("source", None, "standard input can't be tried without using it up")
        return
    try:
        found = find(feed.source, unsafe_links=feed.copy_unsafe_links)
    except CsvFerryError as error:
        yield wrong("source", error)
        return
    yield Finding("source", True, f"{len(found)} {'file' if len(found) == 1 else 'files'}")
    for one in found:
        finding = readable(one, seen)
        if one is found[-1] or not finding.ok:
            yield finding
            break
    yield from encryption_key(found[-1])


def readable(found: SourceObject, seen: Seen) -> Finding:
    """Its size and first byte can be had."""
    try:
        size = found.size() if isinstance(found, LocalFile) else found.identify().size
    except CsvFerryError as error:
        return wrong("readable", error)
    seen.size = max(seen.size, size)
    return Finding("readable", True, f"{found.uri}, {size:,} bytes")


def encryption_key(found: SourceObject) -> Iterator[Finding]:
    """A byte of an object's body, which the store must decrypt to give."""
    address: Any = getattr(found, "address", None)
    if address is None:
        return
    import obstore

    from csvferry.sources.cloud.store_errors import STORE_ERRORS, translate_error

    store: Any = getattr(found, "store")  # noqa: B009  # not part of the protocol
    try:
        obstore.get(store, address.key, options={"range": (0, 1)})
    except STORE_ERRORS as error:
        yield wrong("encryption key", translate_error(error, address, "s3:GetObject"))
    else:
        yield Finding("encryption key", True, "the object's content can be read")
