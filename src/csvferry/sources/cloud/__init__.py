"""Files in object stores and on the web: found, identified, read pinned to one version.

The ways in which a store fails, each with a test in `tests/objects/` or `tests/aws/`:

1. It answers 503 or drops the connection before the answer: tried again with backoff and jitter.
2. It resets the connection, or cuts the body short, in mid-body: resumed where it broke off.
3. The object is replaced or removed while it is read: SourceChangedError, and the run begins anew.
4. No such bucket, no such object, access denied, no credentials: final; the message says the cure.
"""

from typing import Any

from csvferry.sources.cloud.address import Address, parse_address
from csvferry.sources.source_object import SourceObject

__all__ = ["Address", "ObjectFolder", "find_objects", "object_at", "parse_address"]


def find_objects(source: str) -> list[SourceObject]:
    """The objects of an address, oldest first. Raises SourceError when there is none."""
    if source.startswith(("https://", "http://")):
        from csvferry.sources.web.file import WebFile

        return [WebFile(source)]
    from csvferry.sources.cloud.objects import find_all

    return [*find_all(parse_address(source))]


def object_at(address: str) -> SourceObject:
    """The one object of this key, whatever characters are in it."""
    from csvferry.sources.cloud.objects import RemoteObject

    return RemoteObject(parse_address(address))


def __getattr__(name: str) -> Any:
    """`ObjectFolder` when it is first used."""
    if name != "ObjectFolder":
        raise AttributeError(f"module 'csvferry.sources.cloud' has no attribute {name!r}")
    from csvferry.sources.cloud.prefix_store import ObjectFolder

    return ObjectFolder
