"""Packed files, told by their first bytes: unpacked to scratch space if they fit, else as read."""

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from csvferry.errors import SourceError
from csvferry.sources.content import Blocks, Content, Reader, Tick, copied, read_whole, skip

# A CSV file packs 3 to 50 times, one of mostly empty fields 300 times; zeros pack 1,000 times by
# gzip and 30,000 times by zstd: nobody's rows, but hours of a run.
MOST_TIMES = 500
_SMALL = 1_000_000_000  # bytes that may come of anything
_BITE = 4096  # bytes that unpack to 128 MB at most, whoever made them
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


def unpacked(content: Content, name: str, folder: Path, tick: Tick) -> Content:
    """The content itself if it is plain, else what is in it. `name` is what errors call it.

    Raises SourceError.
    """
    with content.open() as reader:
        magic = read_whole(reader, 4)
    if magic != _ZSTD and not magic.startswith(_GZIP):
        return content
    found = Unpacked(content, name, zstd=magic == _ZSTD)
    if content.path is None:  # what is in it is larger still
        return found
    return copied(found, folder / "plain.csv", tick) or found


@dataclass(frozen=True)
class Unpacked:
    """What is in a packed content, unpacked anew each time it is read."""

    packed: Content
    name: str
    zstd: bool
    path: None = None

    @property
    def size(self) -> int:
        return self.packed.size

    @contextmanager
    def open(self, start: int = 0) -> Iterator[Reader]:
        with self.packed.open() as raw:
            reader = Blocks(self._blocks(raw), source=raw)
            skip(reader, start)
            yield reader

    def _blocks(self, raw: Reader) -> Iterator[bytes]:
        import zstandard

        try:
            yield from self._bounded(_zstd(raw) if self.zstd else _gzip(raw))
        except (EOFError, zlib.error, zstandard.ZstdError):
            raise SourceError(
                f"{self.name} is cut off or damaged: it can not be unpacked",
                "was its upload complete?",
            ) from None

    def _bounded(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        left = max(MOST_TIMES * self.size, _SMALL)
        for block in blocks:
            left -= len(block)
            if left < 0:
                raise SourceError(
                    f"{self.name} unpacks to more than {MOST_TIMES} times its size",
                    "if these are rows: unpack it, then sync the plain file",
                )
            yield block


def _gzip(raw: Reader) -> Iterator[bytes]:
    return _frames(raw, lambda: zlib.decompressobj(zlib.MAX_WBITS | 16), padding=b"\0")


def _zstd(raw: Reader) -> Iterator[bytes]:
    import zstandard

    return _frames(raw, lambda: zstandard.ZstdDecompressor().decompressobj())


def _frames(raw: Reader, begin: Callable[[], Any], padding: bytes = b"") -> Iterator[bytes]:
    """What is in frames (gzip: members), one after the other. Raises EOFError where one is cut off.

    Python's own readers hide that: zstandard's takes the end of the bytes for the end of a frame.
    """
    frame = None
    while data := raw.read(_BITE):
        while data := data if frame else data.lstrip(padding):
            frame = frame or begin()
            if chunk := frame.decompress(data):
                yield chunk
            data = frame.unused_data if frame.eof else b""
            frame = None if frame.eof else frame
    if frame:
        raise EOFError
