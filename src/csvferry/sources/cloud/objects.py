"""One object of a store: its identity, and its bytes of exactly that version."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import obstore

from csvferry.errors import NothingThereError, SourceChangedError, SourceError
from csvferry.scratch.workspace import out_of_space
from csvferry.sources.cloud.address import Address
from csvferry.sources.cloud.ranges import download, stream
from csvferry.sources.cloud.store_errors import STORE_ERRORS, translate_error, unreadable
from csvferry.sources.cloud.stores import Store, open_store
from csvferry.sources.compression import unpacked
from csvferry.sources.content import Content, OnDisk, Streamed, Tick, room
from csvferry.sources.source_object import Identity


@dataclass
class RemoteObject:
    """An object by its address; its version is its version id, else its ETag."""

    address: Address
    uri: str = field(init=False)

    def __post_init__(self) -> None:
        self.uri = str(self.address)

    @property
    def store(self) -> Store:
        """The bucket's store."""
        return open_store(self.address)

    def identify(self) -> Identity:
        if not self.address.readable:
            raise unreadable(self.uri)
        try:
            meta = obstore.head(self.store, self.address.key)
        except STORE_ERRORS as error:
            raise self._explained(error) from None
        version = _version(meta)
        if not version:
            raise SourceError(f"{self.uri} has neither a version nor an ETag", "is this a store?")
        return Identity(self.uri, version, meta["size"])

    def fetch(self, identity: Identity, folder: Path, tick: Tick) -> Content:
        target = folder / "object"
        stored = self._kept(identity, target, tick) or Streamed(
            identity.size, partial(self._stream, identity)
        )
        found = unpacked(stored, self.address.name, folder, tick)
        if found.path not in (None, target):
            target.unlink()
        return found

    def _kept(self, identity: Identity, target: Path, tick: Tick) -> Content | None:
        """The object in scratch space, where it fits."""
        if identity.size > room(target.parent):
            return None
        try:
            with self._refusals_told():
                download(
                    self.store, self.address.key, target, identity.size, pinned(identity), tick
                )
        except OSError as error:
            if not out_of_space(error):
                raise
            target.unlink(missing_ok=True)
            return None
        return OnDisk(target)

    def _stream(self, identity: Identity, start: int) -> Generator[bytes]:
        with self._refusals_told():
            yield from stream(self.store, self.address.key, start, identity.size, pinned(identity))

    @contextmanager
    def _refusals_told(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise SourceChangedError(f"{self.uri} was removed while it was read") from None
        except STORE_ERRORS as error:
            raise self._explained(error) from None

    def check(self, identity: Identity) -> None:
        if self.identify().version != identity.version:
            raise SourceChangedError(f"{self.uri} was replaced while it was read")

    def _explained(self, error: Exception) -> SourceError:
        """A HEAD's refusal has no body: one byte is asked for, to be told the reason."""
        if "performing HEAD" not in str(error):
            return translate_error(error, self.address, "s3:GetObject")
        try:
            obstore.get(self.store, self.address.key, options={"range": (0, 1)})
        except STORE_ERRORS as reason:
            return translate_error(reason, self.address, "s3:GetObject")
        return translate_error(error, self.address, "s3:GetObject")


def pinned(identity: Identity) -> dict[str, Any]:
    """The options of a read that gets this version or fails."""
    if identity.version.startswith("W/"):
        return {}  # a weak ETag can't be asked for (RFC 9110, 13.1.1); `check` looks again
    if identity.version.startswith('"'):
        return {"if_match": identity.version}
    return {"version": identity.version}


def _version(meta: Any) -> str | None:
    """The version id; where versions are off, or the object is older than they are, the ETag."""
    version = meta["version"]
    if version and version != "null":
        return str(version)
    if not meta["e_tag"]:
        return None
    tag = str(meta["e_tag"])
    return tag if tag.startswith(('"', "W/")) else f'"{tag}"'


def find_all(address: Address) -> list[RemoteObject]:
    """The object, or the objects under the prefix or glob, oldest first. Raises SourceError."""
    if not address.many:
        return [RemoteObject(address)]
    _check_slashes(address)
    meant = _meant(address)
    # obstore lists the mark of a folder, `in/out.csv/`, as `in/out.csv`, without bytes.
    by_path = {meta["path"]: meta for meta in sorted(meant, key=lambda meta: meta["size"])}
    found = [meta for meta in by_path.values() if meta["size"] or _exists(address, meta["path"])]
    if not found:
        raise NothingThereError(f"no CSV file at {address}", "is the address right?")
    found.sort(key=lambda meta: (meta["last_modified"], meta["path"]))
    return [RemoteObject(replace(address, key=meta["path"])) for meta in found]


def _meant(address: Address) -> list[Any]:
    """The CSV files; under a prefix without any its `.txt` files."""
    found, texts = [], []
    for meta in _listed(address):
        if address.matches(meta["path"]):
            found.append(meta)
        elif not found and address.holds_text(meta["path"]):
            texts.append(meta)
    return found or texts


def _check_slashes(address: Address) -> None:
    """Raises SourceError where keys begin with a slash: obstore lists them without, as others."""
    if address.folder:
        return
    try:
        listed = obstore.list_with_delimiter(open_store(address))
    except STORE_ERRORS as error:
        raise translate_error(error, address, "s3:ListBucket") from None
    if "" in listed["common_prefixes"]:
        raise unreadable(f"{address.uri('')}/…")


def _exists(address: Address, key: str) -> bool:
    try:
        obstore.head(open_store(address), key)
    except FileNotFoundError:
        return False
    except STORE_ERRORS:
        return True  # a run is told why it can't be read
    return True


def _listed(address: Address) -> Iterator[Any]:
    try:
        for batch in obstore.list(open_store(address), address.folder or None, chunk_size=1000):
            yield from batch
    except STORE_ERRORS as error:
        raise translate_error(error, address, "s3:ListBucket") from None
