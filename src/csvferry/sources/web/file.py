"""A file at an https:// address: identity by ETag, else time of change and length, else content."""

import hashlib
from collections.abc import Generator, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

from csvferry.errors import SourceChangedError, SourceUnreachableError
from csvferry.sources.cloud.ranges import TRIES, pause
from csvferry.sources.compression import unpacked
from csvferry.sources.content import CHUNK, Content, Streamed, Tick, copied, room
from csvferry.sources.source_object import Identity
from csvferry.sources.web.address import parse_web_address
from csvferry.sources.web.client import Answer, BrokenOffError, get
from csvferry.sources.web.pace import Pace

_CONTENT = "sha256:"


class WebFile:
    """One file of a web server; its `uri` leaves out the query, which may hold a signature."""

    def __init__(self, url: str) -> None:
        self._address = parse_web_address(url)
        self.uri = str(self._address)
        self._whole = False  # whether it was read from beginning to end

    def identify(self) -> Identity:
        # A GET whose body is left: many a signed address allows no HEAD.
        with closing(self._get()) as answer:
            version, size = answer.version, answer.size
        return Identity(self.uri, version or self._content_version(), size)

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
        for block in self._blocks(identity):
            digest.update(block)
            skipping = min(start - skipped, len(block))
            skipped += skipping
            yield block[skipping:]
        if identity.version.startswith(_CONTENT) and digest.hexdigest() != identity.version[7:]:
            raise SourceChangedError(f"{self.uri} was replaced before it was read")

    def _content_version(self) -> str:
        digest = hashlib.sha256()
        for block in self._blocks():
            digest.update(block)
        return _CONTENT + digest.hexdigest()

    def _blocks(self, identity: Identity | None = None) -> Iterator[bytes]:
        """The whole file; what breaks off begins anew: not every web server serves ranges."""
        given = tries = 0
        pace = Pace(self.uri)
        while True:
            seen, before = 0, given
            try:
                with closing(self._answer(identity)) as answer:
                    for block in answer.blocks(pace):
                        seen += len(block)
                        if seen > given:
                            fresh = block[given - seen :]
                            given = seen
                            yield fresh
                return
            except BrokenOffError:
                tries = 0 if given - before >= CHUNK else tries + 1
            if tries == TRIES:
                raise SourceUnreachableError(
                    f"{self.uri} broke off {TRIES} times", "try again later"
                )
            pause(tries)

    def _answer(self, identity: Identity | None) -> Answer:
        answer = self._get()
        if identity and answer.version not in (None, identity.version):
            answer.close()
            raise SourceChangedError(f"{self.uri} was replaced before it was read")
        return answer

    def _get(self) -> Answer:
        for tries in range(TRIES):
            try:
                return get(self._address)
            except BrokenOffError:
                pause(tries)
        raise SourceUnreachableError(
            f"{self.uri} could not be read", "is the server reachable from here?"
        )
