"""Packed files, told by their first bytes: unpacked to scratch space if they fit, else as read.

gzip, bzip2, xz and Zstandard, each of one part or several; a zip archive that holds one CSV file.
"""

import bz2
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from csvferry.errors import SourceError, SpaceError
from csvferry.sources.content import CHUNK, Blocks, Content, Reader, Tick, copied, read_whole, skip

# A CSV file packs 3 to 50 times, one of mostly empty fields 300 times; zeros pack 1,000 times by
# gzip and 30,000 times by zstd: nobody's rows, but hours of a run.
MOST_TIMES = 500
_SMALL = 1_000_000_000  # bytes that may come of anything
_BITE = 4096  # bytes that unpack to 128 MB at most, whoever made them
_LONG = 1 << 31  # bytes of a window: what `zstd --long=31` writes
_MEMORY = 1 << 30  # bytes that xz may take
_ENDINGS = ((".csv", ".tsv"), (".txt",), ("",))  # a README beside a CSV file is none


def unpacked(content: Content, name: str, folder: Path, tick: Tick) -> Content:
    """The content itself if it is plain, else what is in it. `name` is what errors call it.

    Raises SourceError, SpaceError where a zip archive does not fit into scratch space.
    """
    with content.open() as reader:
        magic = read_whole(reader, 6)
    if magic.startswith((b"PK\x03\x04", b"PK\x05\x06")):  # the latter holds no file
        return _unzipped(content, name, folder, tick)
    blocks = _packing(magic)
    if blocks is None:
        return content
    found = Unpacked(content, name, blocks)
    if content.path is None:  # what is in it is larger still
        return found
    return copied(found, folder / "plain.csv", tick) or found


def _packing(magic: bytes) -> Callable[[Reader], Iterator[bytes]] | None:
    """How bytes that begin so are unpacked; None where they are plain."""
    if magic.startswith(b"\x1f\x8b"):
        return _gzip
    if magic.startswith(b"BZh"):
        return _bzip2
    if magic.startswith(b"\xfd7zXZ"):
        return _xz
    # A frame of Zstandard, or one that is to be passed over, as pzstd writes before each.
    skippable = magic[1:4] == b"\x2a\x4d\x18" and magic[0] & 0xF0 == 0x50
    return _zstd if skippable or magic.startswith(b"\x28\xb5\x2f\xfd") else None


@dataclass(frozen=True)
class Unpacked:
    """What is in a packed content, unpacked anew by `unpack` each time it is read."""

    packed: Content
    name: str
    unpack: Callable[[Reader], Iterator[bytes]]
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

        damaged = (EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, zstandard.ZstdError)
        try:
            yield from self._bounded(self.unpack(raw))
        except damaged:
            raise _damaged(self.name) from None
        except NotImplementedError:
            raise SourceError(
                f"{self.name} is packed in a way that csvferry can not unpack", "pack it as gzip"
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


def _damaged(name: str) -> SourceError:
    return SourceError(
        f"{name} is cut off or damaged: it can not be unpacked", "was its upload complete?"
    )


def _gzip(raw: Reader) -> Iterator[bytes]:
    return _frames(raw, lambda: zlib.decompressobj(zlib.MAX_WBITS | 16), padding=b"\0")


def _bzip2(raw: Reader) -> Iterator[bytes]:
    return _streams(raw, bz2.BZ2Decompressor)


def _xz(raw: Reader) -> Iterator[bytes]:
    begin = partial(lzma.LZMADecompressor, lzma.FORMAT_XZ, memlimit=_MEMORY)
    return _streams(raw, begin, padding=b"\0")


def _zstd(raw: Reader) -> Iterator[bytes]:
    import zstandard

    return _frames(raw, lambda: zstandard.ZstdDecompressor(max_window_size=_LONG).decompressobj())


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


def _streams(raw: Reader, begin: Callable[[], Any], padding: bytes = b"") -> Iterator[bytes]:
    """The same of bzip2 and xz, of which a few bytes may hold gigabytes: by the piece."""
    stream = None
    while data := raw.read(_BITE):
        while data := data if stream else data.lstrip(padding):
            stream = stream or begin()
            yield from _pieces(stream, data)
            data = stream.unused_data if stream.eof else b""
            stream = None if stream.eof else stream
    if stream:
        raise EOFError


def _pieces(stream: Any, data: bytes) -> Iterator[bytes]:
    try:
        while not stream.eof:
            if piece := stream.decompress(data, CHUNK):
                yield piece
            if stream.needs_input:
                break
            data = b""
    except (OSError, lzma.LZMAError) as error:
        raise EOFError from error


# Zip archives


def _unzipped(content: Content, name: str, folder: Path, tick: Tick) -> Content:
    """The one CSV file in a zip archive; the archive itself where it is an Excel workbook."""
    stored = content if content.path else copied(content, folder / "archive.zip", tick)
    if stored is None or stored.path is None:
        raise SpaceError(
            f"{name} does not fit into scratch space, which reading a zip archive takes",
            "free disk space under TMPDIR, or pack it as gzip",
        )
    path = stored.path
    try:
        with zipfile.ZipFile(path) as archive:
            member = _only_csv(archive, name)
    except zipfile.BadZipFile:
        raise _damaged(name) from None
    if member is None:
        return content

    def member_of(_: Reader) -> Iterator[bytes]:
        with zipfile.ZipFile(path) as archive, archive.open(member) as file:
            while block := file.read(CHUNK):
                yield block

    found = Unpacked(stored, name, member_of)
    return copied(found, folder / "plain.csv", tick) or found


def _only_csv(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo | None:
    """The archive's CSV file; None where it is an Excel workbook. Raises SourceError."""
    files = [info for info in archive.infolist() if not _passed_over(info)]
    if any(info.filename == "[Content_Types].xml" for info in files):
        return None
    alike = ([f for f in files if f.filename.lower().endswith(ending)] for ending in _ENDINGS)
    found = next(filter(None, alike), [])
    if len(found) != 1:
        raise SourceError(f"{name} holds {len(found)} files, not one", "unpack it into a folder")
    if found[0].flag_bits & 1:
        raise SourceError(f"{name} is encrypted", "unpack it before")
    return found[0]


def _passed_over(info: zipfile.ZipInfo) -> bool:
    """Folders, hidden files and what macOS adds."""
    last = info.filename.rsplit("/", 1)[-1]
    return info.is_dir() or last.startswith(".") or info.filename.startswith("__MACOSX/")
