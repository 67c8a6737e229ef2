"""A file at an https:// address: identity by ETag, else time of change and length, else content."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import GenericError, PermissionDeniedError, UnauthenticatedError
from obstore.store import HTTPStore

from csvferry.errors import SourceChangedError, SourceError
from csvferry.objects.faults import STORE_ERRORS
from csvferry.objects.ranges import TRIES, check_space, pause
from csvferry.objects.store import RETRIES, check_endpoint, client_options
from csvferry.source import Identity, Tick, unpack

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

    def identify(self) -> Identity:
        # A GET whose body is left: many a signed address allows no HEAD.
        meta = self._get().meta
        return Identity(self.uri, _version(meta) or self._content_version(), meta["size"])

    def fetch(self, identity: Identity, folder: Path, tick: Tick) -> Path:
        check_space(folder, identity.size)
        target = folder / "object"
        for tries in range(1, TRIES + 1):
            try:
                self._write(target, identity, tick)
                return unpack(target, folder, tick)
            except GenericError:
                pause(tries)
        raise SourceError(f"{self.uri} broke off {TRIES} times", "try again later")

    def check(self, identity: Identity) -> None:
        by_content = identity.version.startswith(_CONTENT)  # compared while it was read
        if not by_content and self.identify().version != identity.version:
            raise SourceChangedError(f"{self.uri} was replaced while it was read")

    def _write(self, target: Path, identity: Identity, tick: Tick) -> None:
        """The whole file, from its beginning: not every web server serves ranges."""
        answer = self._get()
        if _version(answer.meta) not in (None, identity.version):
            raise SourceChangedError(f"{self.uri} was replaced before it was read")
        digest = hashlib.sha256()
        done = 0
        with target.open("wb") as file:
            for chunk in answer.stream(_CHUNK):
                file.write(chunk)
                digest.update(chunk)
                done += len(chunk)
                tick(done, identity.size)
        if identity.version.startswith(_CONTENT) and digest.hexdigest() != identity.version[7:]:
            raise SourceChangedError(f"{self.uri} was replaced before it was read")

    def _content_version(self) -> str:
        for tries in range(1, TRIES + 1):
            try:
                digest = hashlib.sha256()
                for chunk in self._chunks():
                    digest.update(chunk)
                return _CONTENT + digest.hexdigest()
            except GenericError:
                pause(tries)
        raise SourceError(f"{self.uri} broke off {TRIES} times", "try again later")

    def _chunks(self) -> Iterator[bytes]:
        yield from self._get().stream(_CHUNK)

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
        return SourceError(f"there is nothing at {uri}", "is the address right?")
    if isinstance(error, PermissionDeniedError | UnauthenticatedError | PermissionError):
        return SourceError(f"access denied to {uri}", "is its signature or sign-in current?")
    return SourceError(f"{uri} could not be read", "is the server reachable from here?")
