"""An object store's prefix as the place of what is remembered (see `state.Store`)."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import PermissionDeniedError

from csvferry.errors import SourceError
from csvferry.printable import get_logger
from csvferry.sources.cloud.address import Address, parse_address
from csvferry.sources.cloud.ranges import SIDE_BY_SIDE, download
from csvferry.sources.cloud.store_errors import STORE_ERRORS, translate_error
from csvferry.sources.cloud.stores import open_store
from csvferry.sources.content import room

if TYPE_CHECKING:
    from obstore import GetResult

_LARGEST = 32 << 20  # bytes of a manifest, or of a configuration

log = get_logger(__name__)


class ObjectFolder:
    """Named files under a prefix. Methods raise what obstore raises, `fetch` OSError alone."""

    place: Path | None = None

    def __init__(self, address: str) -> None:
        self._address = parse_address(address)

    def _key(self, name: str) -> str:
        prefix = self._address.key.rstrip("/")
        return f"{prefix}/{name}" if prefix else name

    def read(self, name: str) -> bytes | None:
        try:
            return _small(obstore.get(open_store(self._address), self._key(name)))
        except FileNotFoundError:
            return None

    def write(self, name: str, data: bytes) -> None:
        obstore.put(open_store(self._address), self._key(name), data)

    def fetch(self, name: str, folder: Path) -> Path:
        target = folder / name.replace("/", "-")
        try:
            self._download(name, target)
        except (*STORE_ERRORS, SourceError) as error:
            raise OSError(f"{name}: {type(error).__name__}") from None
        return target

    def _download(self, name: str, target: Path) -> None:
        store, key = open_store(self._address), self._key(name)
        meta = obstore.head(store, key)
        if meta["size"] > room(target.parent):
            raise OSError(errno.ENOSPC, f"{name} does not fit into scratch space")
        options = {"if_match": meta["e_tag"]} if meta["e_tag"] else {}
        download(store, key, target, meta["size"], options, lambda _done, _total: None)

    def keep(self, name: str, path: Path) -> None:
        _upload(self._address, self._key(name), path)
        path.unlink()

    def remove(self, name: str) -> None:
        try:
            obstore.delete(open_store(self._address), self._key(name))
        except PermissionDeniedError:
            log.info("no right to delete what is no longer remembered; it stays")

    def small_files(self, ending: str) -> Iterator[str]:
        prefix = self._key("")
        for objects in obstore.list(open_store(self._address), prefix):
            names = (one["path"].removeprefix(prefix) for one in objects)
            yield from (name for name in names if name.endswith(ending) and "/" not in name)


def _upload(address: Address, key: str, content: bytes | Path) -> None:
    """Write an object; of a large file few parts, of 5 MB each, are in memory at a time."""
    obstore.put(open_store(address), key, content, max_concurrency=SIDE_BY_SIDE)


def _small(found: "GetResult") -> bytes:
    """An object's bytes. Raises OSError for one that is too large for what it should be."""
    if found.meta["size"] > _LARGEST:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    return bytes(found.bytes())


def read_text(address: Address) -> str:
    """A small object's text. Raises SourceError."""
    try:
        return _small(obstore.get(open_store(address), address.key)).decode()
    except UnicodeDecodeError:
        raise SourceError(f"{address} is not UTF-8") from None
    except STORE_ERRORS as error:
        raise translate_error(error, address, "s3:GetObject") from None
    except OSError:
        raise SourceError(f"{address} is too large for a configuration") from None


def put_object(address: Address, content: bytes | Path) -> None:
    """Write an object of S3, from memory or from a file. Raises SourceError."""
    try:
        _upload(address, address.key, content)
    except STORE_ERRORS as error:
        raise translate_error(error, address, "s3:PutObject") from None
