"""What a feed has in its bucket now, and what of it is new."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from csvferry.aws.runs.applied import AppliedRecord
from csvferry.config.feed import Feed
from csvferry.errors import CsvFerryError
from csvferry.sources.file_set import find_runs
from csvferry.sources.source_object import Identity, SourceObject

_AT_ONCE = 16  # requests: of a thousand objects each is asked for its version


@dataclass(frozen=True)
class Found:
    """An object and its version as it is now, or the error that kept it from being told."""

    source: SourceObject
    identity: Identity | CsvFerryError

    @property
    def version(self) -> str | None:
        """None where it could not be told."""
        return self.identity.version if isinstance(self.identity, Identity) else None


@dataclass(frozen=True)
class Listing:
    """A feed, its objects, oldest first, what is known of them; `error`: why none are listed."""

    feed: Feed
    found: tuple[Found, ...]
    record: AppliedRecord
    error: CsvFerryError | None = None

    @property
    def new(self) -> tuple[Found, ...]:
        """Objects of which this version is not known as applied."""
        return tuple(found for found in self.found if not is_known(found, self.record))


def is_known(found: Found, record: AppliedRecord) -> bool:
    """Whether this version of the object is the one that was applied."""
    version = found.version
    return version is not None and record.versions.get(found.source.uri) == version


def list_feed(feed: Feed, record: AppliedRecord) -> Listing:
    """The feed's objects, or its snapshot of several, with their versions."""
    try:
        sources = find_runs(feed)
    except CsvFerryError as error:
        return Listing(feed, (), record, error)
    return Listing(feed, tuple(_identified(sources)), record)


def _identified(sources: Sequence[SourceObject]) -> Iterator[Found]:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for source, identity in zip(sources, pool.map(_identity, sources), strict=True):
            yield Found(source, identity)


def _identity(source: SourceObject) -> Identity | CsvFerryError:
    try:
        return source.identify()
    except CsvFerryError as error:
        return error
