"""The objects of a bucket that an address means."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import obstore

from csvferry.errors import NothingThereError
from csvferry.sources.cloud.address import Address
from csvferry.sources.cloud.objects import RemoteObject
from csvferry.sources.cloud.store_errors import STORE_ERRORS, told
from csvferry.sources.cloud.stores import open_store


def find_all(address: Address) -> list[RemoteObject]:
    """The object, or the objects under the prefix or glob, oldest first. Raises SourceError."""
    if not address.many:
        return [RemoteObject(address)]
    found = [meta for meta in _listed(address) if address.matches(meta["path"])]
    if not found:
        raise NothingThereError(f"no CSV file at {address}", "is the address right?")
    found.sort(key=lambda meta: (meta["last_modified"], meta["path"]))
    return [RemoteObject(replace(address, key=meta["path"])) for meta in found]


def _listed(address: Address) -> Iterator[Any]:
    try:
        for batch in obstore.list(open_store(address), address.folder or None, chunk_size=1000):
            yield from batch
    except STORE_ERRORS as error:
        raise told(error, address, "s3:ListBucket") from None
