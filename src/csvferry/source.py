"""Where a file comes from: an address becomes objects, an object becomes a plain local file.

Identity comes first and is cheap: for a local file the SHA-256 of its content, for an object its
version id or ETag. What is read afterwards is pinned to that identity; a file that changes while
it is read raises SourceChangedError, which is tried anew.
"""

import gzip
import hashlib
import os
import shutil
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from glob import glob, has_magic
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import unquote, urlsplit

from csvferry.errors import NothingThereError, SourceChangedError, SourceError, UsageError
from csvferry.workspace import OUT_OF_SPACE, hold, mark

SUFFIXES = tuple(f"{kind}{packed}" for kind in (".csv", ".tsv") for packed in ("", ".gz", ".zst"))
_CHUNK = 1 << 20
_COARSE = 50_000_000  # nanoseconds within which two writes may leave the same time of change
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
Tick = Callable[[int, int], None]


@dataclass(frozen=True)
class Identity:
    """What an object is: its address, the version of its content, its size in bytes."""

    uri: str
    version: str
    size: int


class SourceObject(Protocol):
    """One file, wherever it is."""

    uri: str

    def identify(self) -> Identity:
        """Its version as it is now. Raises SourceError."""

    def fetch(self, identity: Identity, folder: Path, tick: Tick) -> Path:
        """A plain local file with the content of that version. Raises SourceChangedError."""

    def check(self, identity: Identity) -> None:
        """After reading: raises SourceChangedError when what was read may be another version."""


def find(source: str) -> list[SourceObject]:
    """The objects of a source, oldest version first. Raises SourceError when there is none."""
    if source == "-":
        return [StandardInput()]
    scheme = urlsplit(source).scheme if "://" in source else "file"
    if scheme == "file":
        return [*_local(source)]
    if scheme in ("s3", "gs", "az", "azure", "https", "http"):
        from csvferry.objects import find_objects

        return [*find_objects(source)]
    raise UsageError(
        f"no source begins with {scheme}://", "use a path, file://, s3://, gs://, az:// or https://"
    )


def is_csv(name: str) -> bool:
    """Whether a folder's or prefix's entry is a CSV file by its name."""
    return name.lower().endswith(SUFFIXES)


@dataclass
class LocalFile:
    """A file on this machine."""

    path: Path

    def __post_init__(self) -> None:
        self.uri = "file://" + str(self.path.absolute())
        self._stat: os.stat_result | None = None
        self._looked = 0

    def identify(self) -> Identity:
        self._looked = time.time_ns()
        try:
            with self.path.open("rb") as file:
                self._stat = os.fstat(file.fileno())
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise SourceError(f"{self.path}: {error.strerror}", _hint(error)) from None
        return Identity(self.uri, f"sha256:{digest}", self._stat.st_size)

    def fetch(self, identity: Identity, folder: Path, tick: Tick) -> Path:  # noqa: ARG002
        return unpack(self.path, folder, tick)

    def check(self, identity: Identity) -> None:
        try:
            now = self.path.stat()
        except OSError as error:
            raise SourceChangedError(f"{self.path} is gone: {error.strerror}") from None
        then = self._stat
        same = then is not None and _moment(now) == _moment(then)
        if same and now.st_mtime_ns > self._looked - _COARSE:
            same = self.identify().version == identity.version
        if not same:
            raise SourceChangedError(
                f"{self.path} changed while it was read", "run again when it is written"
            )


@dataclass
class StandardInput:
    """What is piped in: spooled to a file of its own, since it can be read only once.

    The file goes when the source is released, or, after a kill, with the next run.
    """

    uri: str = "-"

    def __post_init__(self) -> None:
        self._spool: LocalFile | None = None

    def identify(self) -> Identity:
        if self._spool is None:
            self._spool = self._spooled()
        found = self._spool.identify()
        return Identity(self.uri, found.version, found.size)

    def _spooled(self) -> LocalFile:
        self._file = tempfile.NamedTemporaryFile(prefix=mark())  # noqa: SIM115  # kept open for life
        hold(self._file.fileno())
        shutil.copyfileobj(sys.stdin.buffer, self._file, _CHUNK)
        self._file.flush()
        return LocalFile(Path(self._file.name))

    def fetch(self, identity: Identity, folder: Path, tick: Tick) -> Path:  # noqa: ARG002
        if self._spool is None:
            raise SourceError("standard input was not read")
        return unpack(self._spool.path, folder, tick)

    def check(self, identity: Identity) -> None:
        """Nobody else can write to the spool."""

    def close(self) -> None:
        """Give the spool up."""
        if self._spool:
            self._spool = None
            self._file.close()


@contextmanager
def released(source: SourceObject) -> Iterator[None]:
    """After the block, what the source keeps on disk is given back."""
    try:
        yield
    finally:
        if isinstance(source, StandardInput):
            source.close()


def unpack(path: Path, folder: Path, tick: Tick) -> Path:
    """The file itself if it is plain, else what is in it, told by its first bytes."""
    try:
        with path.open("rb") as file:
            magic = file.read(4)
            file.seek(0)
            if magic.startswith(_GZIP):
                return _copy(gzip.GzipFile(fileobj=file), file, path, folder, tick)
            if magic == _ZSTD:
                from csvferry.zstd import Unpacker

                return _copy(Unpacker(file), file, path, folder, tick)
    except OSError as error:
        if error.errno in OUT_OF_SPACE:
            raise
        raise SourceError(f"{path.name}: {error.strerror or 'can not be unpacked'}") from None
    return path


def _copy(packed: object, raw: BinaryIO, path: Path, folder: Path, tick: Tick) -> Path:
    import zstandard

    plain = folder / "plain.csv"
    total = path.stat().st_size
    reader: BinaryIO = packed  # type: ignore[assignment]  # both readers have read(n)
    with plain.open("wb") as out:
        try:
            while chunk := reader.read(_CHUNK):
                out.write(chunk)
                tick(raw.tell(), total)
        except (EOFError, zlib.error, gzip.BadGzipFile, zstandard.ZstdError):
            raise SourceError(
                f"{path.name} is cut off or damaged: it can not be unpacked",
                "was its upload complete?",
            ) from None
    return plain


def _local(source: str) -> list[LocalFile]:
    text = unquote(urlsplit(source).path) if source.startswith("file://") else source
    path = Path(text).expanduser()
    if text.endswith("/") or path.is_dir():
        found = [p for p in path.rglob("*") if p.is_file() and is_csv(p.name)]
    elif not path.exists() and has_magic(text):
        found = [p for p in map(Path, glob(str(path), recursive=True)) if p.is_file()]  # noqa: PTH207
    else:
        return [LocalFile(path)]
    if not found:
        raise NothingThereError(f"no CSV file at {text}", "is the path right?")
    return [LocalFile(p) for p in sorted(found, key=lambda p: (p.stat().st_mtime_ns, str(p)))]


def _moment(stat: os.stat_result) -> tuple[int, int, int, int]:
    return (stat.st_mtime_ns, stat.st_size, stat.st_ino, stat.st_ctime_ns)


def _hint(error: OSError) -> str | None:
    if isinstance(error, FileNotFoundError):
        return "is the path right?"
    return "may you read it?" if isinstance(error, PermissionError) else None
