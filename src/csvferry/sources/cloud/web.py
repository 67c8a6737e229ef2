"""A file at an https:// address: identity by ETag, else time of change and length, else content."""

import hashlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import GenericError, PermissionDeniedError, UnauthenticatedError
from obstore.store import HTTPStore

from csvferry.errors import (
    NothingThereError,
    SourceChangedError,
    SourceError,
    SourceUnreachableError,
)
from csvferry.sources.cloud.ranges import TRIES, pause
from csvferry.sources.cloud.store_errors import STORE_ERRORS
from csvferry.sources.cloud.transport import RETRIES, check_endpoint, client_options
from csvferry.sources.compression import unpacked
from csvferry.sources.content import Content, Streamed, Tick, copied, room
from csvferry.sources.source import Identity

_UNTOLD = datetime(1970, 1, 1, tzinfo=UTC)
_CHUNK = 1 << 20
_CONTENT = "sha256:"


@dataclass
class WebFile:
    """One file of a web server; its `uri` leaves out the query, which may hold a signature."""

    url: str

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        self.uri = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        http = check_endpoint(self.url, self.uri)
        options: Any = {"retry_config": RETRIES, "client_options": client_options(allow_http=http)}
        self._store = HTTPStore(self.url, **options)
        self._whole = False  # whether it was read from beginning to end

    def identify(self) -> Identity:
        # A GET whose body is left: many a signed address allows no HEAD.
        meta = self._get().meta
        return Identity(self.uri, _version(meta) or self._content_version(), meta["size"])

    def fetch(self, identity: Identity, folder: Path, tick: Tick) -> Content:
        target = folder / "object"
        whole = Streamed(identity.size, partial(self._stream, identity))
        stored = copied(whole, target, tick) if identity.size <= room(folder) else None
        self._whole = stored is not None
        found = unpacked(stored or whole, self.uri.rpartition("/")[2], folder, tick)
        if stored and found.path not in (None, target):
            target.unlink()
        return found

    def check(self, identity: Identity) -> None:
        if self._whole and identity.version.startswith(_CONTENT):
            return  # compared while it was read
        if self.identify().version != identity.version:
            raise SourceChangedError(f"{self.uri} was replaced while it was read")

    def _stream(self, identity: Identity, start: int) -> Generator[bytes]:
        """The bytes from `start` on of what is read from the beginning, and compared at the end."""
        digest, skipped = hashlib.sha256(), 0
        for chunk in self._chunks(identity):
            digest.update(chunk)
            skipping = min(start - skipped, len(chunk))
            skipped += skipping
            yield chunk[skipping:]
        if identity.version.startswith(_CONTENT) and digest.hexdigest() != identity.version[7:]:
            raise SourceChangedError(f"{self.uri} was replaced before it was read")

    def _content_version(self) -> str:
        digest = hashlib.sha256()
        for chunk in self._chunks():
            digest.update(chunk)
        return _CONTENT + digest.hexdigest()

    def _chunks(self, identity: Identity | None = None) -> Iterator[bytes]:
        """The whole file; what breaks off begins anew: not every web server serves ranges."""
        given = tries = 0
        while True:
            seen, before = 0, given
            try:
                for chunk in self._answer(identity).stream(_CHUNK):
                    seen += len(chunk)
                    if seen > given:
                        fresh = bytes(chunk)[given - seen :]
                        given = seen
                        yield fresh
                return
            except GenericError:
                tries = 0 if given > before else tries + 1
            if tries == TRIES:
                raise SourceUnreachableError(
                    f"{self.uri} broke off {TRIES} times", "try again later"
                )
            pause(tries)

    def _answer(self, identity: Identity | None) -> Any:
        answer = self._get()
        if identity and _version(answer.meta) not in (None, identity.version):
            raise SourceChangedError(f"{self.uri} was replaced before it was read")
        return answer

    def _get(self) -> Any:
        try:
            return obstore.get(self._store, "")
        except STORE_ERRORS as error:
            raise _told(error, self.uri) from None


def _version(meta: Any) -> str | None:
    if meta["e_tag"]:
        return str(meta["e_tag"])
    if meta["last_modified"] > _UNTOLD:
        return f"{meta['last_modified']:%Y%m%dT%H%M%SZ}-{meta['size']}"
    return None


def _told(error: Exception, uri: str) -> SourceError:
    if isinstance(error, FileNotFoundError):
        return NothingThereError(f"there is nothing at {uri}", "is the address right?")
    if isinstance(error, PermissionDeniedError | UnauthenticatedError | PermissionError):
        return SourceError(f"access denied to {uri}", "is its signature or sign-in current?")
    if "MissingContentLength" in str(error):
        return SourceError(
            f"{uri} does not tell its length", "pipe it in: curl URL | csvferry sync -"
        )
    return SourceUnreachableError(f"{uri} could not be read", "is the server reachable from here?")
