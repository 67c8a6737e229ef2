"""Packed files, told by their first bytes: unpacked to scratch space if they fit, else as read."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from csvferry.content import CHUNK, Blocks, Content, Reader, Tick, copied, read_whole, skip
from csvferry.errors import SourceError

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
            yield from _zstd(raw) if self.zstd else _gzip(raw)
        except (EOFError, zlib.error, gzip.BadGzipFile, zstandard.ZstdError):
            raise SourceError(
                f"{self.name} is cut off or damaged: it can not be unpacked",
                "was its upload complete?",
            ) from None


def _gzip(raw: Any) -> Iterator[bytes]:
    plain = gzip.GzipFile(fileobj=raw, mode="rb")
    while chunk := plain.read(CHUNK):
        yield chunk


def _zstd(raw: Reader) -> Iterator[bytes]:
    """Frame by frame: zstandard's own reader takes a frame that is cut off for a whole one."""
    import zstandard

    unpacker = None
    while data := raw.read(_BITE):
        while data:
            unpacker = unpacker or zstandard.ZstdDecompressor().decompressobj()
            if chunk := unpacker.decompress(data):
                yield chunk
            data = unpacker.unused_data if unpacker.eof else b""
            unpacker = None if unpacker.eof else unpacker
    if unpacker:
        raise EOFError
