"""Where a file comes from: an address becomes objects, an object its identity and its content.

Identity comes first and is cheap: for a local file the SHA-256 of its content, for an object its
version id or ETag. What is read afterwards is pinned to that identity; a file that changes while
it is read raises SourceChangedError, which is tried anew.
"""

import hashlib
import os
import shutil
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from glob import has_magic
from io import FileIO
from pathlib import Path
from stat import S_ISREG
from threading import Lock, Thread
from urllib.parse import unquote, urlsplit

from csvferry.config.environment import local_path
from csvferry.errors import (
    CsvFerryError,
    NothingThereError,
    SourceChangedError,
    SourceError,
    UsageError,
)
from csvferry.scratch.folders import ScratchFolder, make_scratch_folder
from csvferry.sources.compression import unpacked
from csvferry.sources.content import CHUNK, Content, OnDisk, Tick
from csvferry.sources.folder import files_matching, files_under, is_within, within
from csvferry.sources.source_object import Identity, SourceObject, is_csv, is_text

_PIECE = 32 << 20
_LARGE = 8 << 20  # bytes of a file that are worth a thread before there is anything else to do
_COARSE = 50_000_000  # nanoseconds within which two writes may leave the same time of change


def find(source: str, *, unsafe_links: bool = False) -> list[SourceObject]:
    """The objects of a source, oldest version first. Raises SourceError when there is none.

    `unsafe_links`: of a folder or a glob also what links lead to that is not in it.
    """
    if source == "-":
        return [StandardInput()]
    scheme = _scheme(source) if "://" in source else "file"
    if scheme == "file":
        return [*_local(source, unsafe_links=unsafe_links)]
    if scheme in ("s3", "gs", "az", "azure", "https", "http"):
        from csvferry.sources.cloud import find_objects

        return [*find_objects(source)]
    raise UsageError(
        f"no source begins with {scheme}://", "use a path, file://, s3://, gs://, az:// or https://"
    )


def _scheme(source: str) -> str:
    try:
        return urlsplit(source).scheme
    except ValueError as error:  # a bracket without its other one
        raise UsageError(f"the source is no address: {error}") from None


def identify_in_background(found: SourceObject) -> None:
    """Have another thread read a file on this machine while this one goes on."""

    def identify() -> None:
        with suppress(CsvFerryError):  # the run meets it again
            found.identify()

    if isinstance(found, LocalFile):
        Thread(target=identify, daemon=True).start()


_ahead: dict[Path, "LocalFile"] = {}  # files that are being read before they are asked for


def identify_ahead(words: Iterable[str]) -> None:
    """Have another thread read the first large file of a command line while libraries are loaded.

    `find` gives it then. A word that turns out to be no source was read in vain.
    """
    for path in map(Path, words):
        with suppress(OSError, ValueError):
            found = path.stat()
            if S_ISREG(found.st_mode) and found.st_size >= _LARGE:
                _ahead[path] = LocalFile(path)
                identify_in_background(_ahead[path])
                return


@dataclass
class LocalFile:
    """A file on this machine; `home`: the folder, free of links, that it must lie in."""

    path: Path
    home: Path | None = None

    def __post_init__(self) -> None:
        name = str(self.path.absolute())  # bytes of a name that are no UTF-8 stay told apart
        self.uri = "file://" + name.encode("utf-8", "backslashreplace").decode()
        self._stat: os.stat_result | None = None
        self._looked = 0
        self._digest = ""
        self._reading = Lock()

    def identify(self) -> Identity:
        """As it is now; read once while it is the same file. May be called beside itself."""
        with self._reading, self._opened() as file:
            now = os.fstat(file.fileno())
            if not self._is_as_read(now):
                looked, self._digest = time.time_ns(), _digest(file, now.st_size)
                self._looked, self._stat = looked, now
            return Identity(self.uri, f"sha256:{self._digest}", now.st_size)

    def size(self) -> int:
        """Its bytes, of which one was read: `identify` reads all. Raises SourceError."""
        with self._opened() as file:
            file.read(1)
            return os.fstat(file.fileno()).st_size

    @contextmanager
    def _opened(self) -> Iterator[FileIO]:
        try:
            # Without O_NONBLOCK a pipe that took the file's place meanwhile would be waited for.
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
            with open(descriptor, "rb", buffering=0) as file:  # noqa: PTH123
                if not S_ISREG(os.fstat(descriptor).st_mode):  # it could be read only once
                    raise SourceError(
                        f"{self.path} is a pipe or a device, not a file", "pipe it into `sync -`"
                    )
                if self.home and not is_within(self.home, self.path):
                    raise SourceError(f"{self.path} became a link that leads out of its folder")
                yield file
        except OSError as error:
            raise SourceError(f"{self.path}: {error.strerror}", _hint(error)) from None

    def _is_as_read(self, now: os.stat_result) -> bool:
        """Whether nobody can have written to it since it was read."""
        then = self._stat
        return (
            then is not None
            and _moment(now) == _moment(then)
            and max(now.st_mtime_ns, now.st_ctime_ns) <= self._looked - _COARSE
        )

    def fetch(self, identity: Identity, folder: Path, tick: Tick) -> Content:  # noqa: ARG002
        try:
            return unpacked(OnDisk(self.path), self.path.name, folder, tick)
        except OSError as error:
            raise SourceError(f"{self.path}: {error.strerror}", _hint(error)) from None

    def check(self, identity: Identity) -> None:
        try:
            now = self.path.stat()
        except OSError as error:
            raise SourceChangedError(f"{self.path} is gone: {error.strerror}") from None
        then = self._stat
        same = then is not None and _moment(now) == _moment(then)
        if not same or self.identify().version != identity.version:
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
        self._folder: ScratchFolder | None = None

    def identify(self) -> Identity:
        if self._spool is None:
            self._spool = self._spooled()
        found = self._spool.identify()
        return Identity(self.uri, found.version, found.size)

    def _spooled(self) -> LocalFile:
        self.close()
        self._folder = make_scratch_folder()
        spool = self._folder.path / "stdin"
        with spool.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file, CHUNK)
        return LocalFile(spool)

    def fetch(self, identity: Identity, folder: Path, tick: Tick) -> Content:
        if self._spool is None:
            raise SourceError("standard input was not read")
        return self._spool.fetch(identity, folder, tick)

    def check(self, identity: Identity) -> None:
        """Nobody else can write to the spool."""

    def close(self) -> None:
        """Give the spool up."""
        self._spool = None
        if self._folder:
            self._folder.remove()
            self._folder = None


@contextmanager
def released(source: SourceObject) -> Iterator[None]:
    """After the block, what the source keeps on disk is given back."""
    try:
        yield
    finally:
        if isinstance(source, StandardInput):
            source.close()


def _local(source: str, *, unsafe_links: bool) -> list[LocalFile]:
    try:
        return _files(source, unsafe_links=unsafe_links)
    except OSError as error:
        raise SourceError(f"{source}: {error.strerror}", _hint(error)) from None


def _files(source: str, *, unsafe_links: bool) -> list[LocalFile]:
    text = _path_of(source)
    path = local_path(text)
    found: Iterable[Path]
    if text.endswith("/") or path.is_dir():
        base, found = path, _meant(list(files_under(path)))
    elif not path.exists() and has_magic(text):
        base, found = files_matching(str(path))
    else:
        return [_ahead.pop(path, None) or LocalFile(path)]
    meant = [p for p in (found if unsafe_links else within(base, found)) if p.is_file()]
    if not meant:
        raise NothingThereError(f"no CSV file at {text}", "is the path right?")
    home = None if unsafe_links else base.resolve()
    return [LocalFile(p, home) for p in sorted(meant, key=lambda p: (p.stat().st_mtime_ns, str(p)))]


def _meant(files: Sequence[Path]) -> list[Path]:
    """The CSV files of a folder; where it has none, its `.txt`: what `mysqldump --tab` writes."""
    found = [file for file in files if is_csv(file.name)]
    return found or [file for file in files if is_text(file.name)]


def _path_of(source: str) -> str:
    """The path of a `file://` address (RFC 8089), all of it: it has no query. Raises UsageError."""
    if not source.startswith("file://"):
        return source
    host, slash, rest = source.removeprefix("file://").partition("/")
    if host not in ("", "localhost") or not slash:
        raise UsageError("a file:// address names another machine", "write file:///FOLDER/FILE")
    return unquote(slash + rest)


def _digest(file: FileIO, size: int) -> str:
    """Read in pieces so large that what else the interpreter does meanwhile delays it little."""
    digest, piece = hashlib.sha256(), bytearray(min(max(size, CHUNK), _PIECE))
    while size := file.readinto(piece):
        digest.update(memoryview(piece)[:size])
    return digest.hexdigest()


def _moment(stat: os.stat_result) -> tuple[int, int, int, int]:
    return (stat.st_mtime_ns, stat.st_size, stat.st_ino, stat.st_ctime_ns)


def _hint(error: OSError) -> str | None:
    if isinstance(error, FileNotFoundError):
        return "is the path right?"
    return "may you read it?" if isinstance(error, PermissionError) else None
