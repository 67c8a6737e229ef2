"""The bytes of one version of a file, which can be read more than once.

They lie on disk where they fit there, else each reading asks their source for them anew. Copies
leave room in scratch space for what DuckDB spills.
"""

import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from csvferry.scratch.workspace import out_of_space

CHUNK = 1 << 20
NO_LINE_END = "the last line has no line end: the file may have been cut off there"
Tick = Callable[[int, int], None]


class Reader(Protocol):
    """One reading."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most `size`; none at the end. Raises SourceError."""

    def tell(self) -> int:
        """How much of the content's `size` is behind."""


class Content(Protocol):
    """One version of a file."""

    @property
    def size(self) -> int:
        """What `Reader.tell` counts up to: bytes as they are stored."""

    @property
    def path(self) -> Path | None:
        """The file that holds just these bytes, where there is one."""

    def open(self, start: int = 0) -> AbstractContextManager[Reader]:
        """A reading from byte `start` on."""


@dataclass(frozen=True)
class OnDisk:
    """A plain file."""

    path: Path

    @property
    def size(self) -> int:
        return self.path.stat().st_size

    @contextmanager
    def open(self, start: int = 0) -> Iterator[Reader]:
        with self.path.open("rb") as file:
            file.seek(start)
            yield file


@dataclass(frozen=True)
class Streamed:
    """Bytes that `blocks` gets from their source each time, from a byte on."""

    size: int
    blocks: Callable[[int], Generator[bytes]]
    path: None = None

    @contextmanager
    def open(self, start: int = 0) -> Iterator[Reader]:
        with closing(self.blocks(start)) as blocks:
            yield Blocks(blocks, start)


class Blocks:
    """A reading of blocks that come one after the other; `source` knows how far it has come."""

    def __init__(
        self, blocks: Iterator[bytes], start: int = 0, source: Reader | None = None
    ) -> None:
        self._blocks, self._source = blocks, source
        self._at = start
        self._rest = memoryview(b"")

    def read(self, size: int, /) -> bytes:
        """The next bytes."""
        while not self._rest:
            block = next(self._blocks, None)
            if block is None:
                return b""
            self._rest = memoryview(block)
        taken, self._rest = self._rest[:size], self._rest[size:]
        self._at += len(taken)
        return bytes(taken)

    def tell(self) -> int:
        """How far."""
        return self._source.tell() if self._source else self._at


def read_whole(reader: Reader, size: int) -> bytes:
    """As many bytes, unless the end comes before."""
    parts = []
    while size and (part := reader.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def skip(reader: Reader, size: int) -> None:
    """Leave as many bytes behind."""
    while size and (part := reader.read(min(size, CHUNK))):
        size -= len(part)


def room(folder: Path) -> int:
    """Bytes that a copy may take: DuckDB spills up to twice the file's size beside it."""
    return shutil.disk_usage(folder).free // 3


def copied(content: Content, target: Path, tick: Tick) -> Content | None:
    """The content copied to `target`; None, with nothing left there, where it does not fit."""
    try:
        with content.open() as reader, target.open("wb") as out:
            left = room(target.parent)
            while chunk := reader.read(CHUNK):
                left -= len(chunk)
                if left < 0:
                    break
                out.write(chunk)
                tick(reader.tell(), content.size)
    except OSError as error:
        if not out_of_space(error):
            raise
        left = -1
    if left >= 0:
        return OnDisk(target)
    target.unlink(missing_ok=True)
    return None
