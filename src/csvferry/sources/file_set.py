"""Several files that are one snapshot: one version made of theirs, read as one file.

Their bytes are put one behind the other, in the order of their names. Each file may begin with the
header, or the first alone; what is neither so nor so is refused. Spark writes the former, MySQL's
`mysqldump --tab` files without any.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from csvferry.config.feed import Feed, address, table_name
from csvferry.errors import FileError, UsageError
from csvferry.model.mapping import Mode
from csvferry.sources.content import CHUNK, NO_LINE_END, Content, OnDisk, Reader, Tick
from csvferry.sources.source import find
from csvferry.sources.source_object import Identity, SourceObject

_MARK = b"\xef\xbb\xbf"  # UTF-8's byte order mark
_VALUES = (b"true", b"false", b"null")
_LONGEST = 1 << 20  # bytes of a header
_LINE = re.compile(rb"[^\r\n]*(\r\n|\n|\r|$)")


@dataclass(frozen=True)
class Part:
    """A file of the set, and the byte of the whole at which its records begin.

    `skipped`: records at its begin that are not in the whole.
    """

    name: str
    start: int
    skipped: int = 0


@dataclass
class FileSet:
    """Files that are one version together; `header`: a file's first line may be one.

    `unended`: names of those that were fetched and whose last line has no line end.
    """

    uri: str
    members: Sequence[SourceObject]
    header: bool = True
    parts: tuple[Part, ...] = ()
    unended: tuple[str, ...] = ()
    _known: dict[str, Identity] = field(default_factory=dict)

    def identify(self) -> Identity:
        """The version of all of them: another where one is changed, new or gone."""
        self._known = {member.uri: member.identify() for member in self.members}
        digest = hashlib.sha256()
        for uri, identity in self._known.items():
            digest.update(f"{uri}\0{identity.version}\n".encode())
        size = sum(identity.size for identity in self._known.values())
        return Identity(self.uri, f"set:{digest.hexdigest()}", size)

    def fetch(self, identity: Identity, folder: Path, tick: Tick) -> Content:
        """All of them as one file. Raises SourceChangedError, FileError."""
        target, parts, done = folder / "set.csv", [], 0
        headers = _Headers()
        with target.open("wb") as out:
            for number, member in enumerate(self.members):
                place = folder / f"part-{number}"
                place.mkdir(exist_ok=True)
                content = member.fetch(self._known[member.uri], place, tick)
                start, before = out.tell(), len(headers.with_it)
                with content.open() as reader:
                    for block in self._records(member, reader, headers):
                        out.write(block)
                skipped = len(headers.with_it) - before
                parts.append(Part(_name(member.uri), start, skipped))
                done += self._known[member.uri].size
                tick(done, max(done, identity.size))
                _remove(content, place)
        headers.check()
        self.parts, self.unended = tuple(parts), tuple(headers.unended)
        return OnDisk(target)

    def _records(
        self, member: SourceObject, reader: Reader, headers: "_Headers"
    ) -> Iterator[bytes]:
        """What is to be read of a file: all but a header that came before, and a last line end."""
        first = _first_bytes(reader)
        if not first:
            return
        begin = headers.skip(_name(member.uri), first) if self.header else 0
        last = b"\n"
        block = first[begin:]
        while block:
            yield block
            last, block = block[-1:], reader.read(CHUNK)
        if last not in b"\r\n":
            headers.unended.append(_name(member.uri))
            yield headers.line_end

    def notes(self) -> tuple[str, ...]:
        """What to tell of the files that were fetched."""
        return tuple(f"{name}: {NO_LINE_END}" for name in self.unended)

    def check(self, identity: Identity) -> None:  # noqa: ARG002  # each has its own
        """After reading: each is as it was. Raises SourceChangedError."""
        for member in self.members:
            member.check(self._known[member.uri])


@dataclass
class _Headers:
    """Which files begin with the first one's first line."""

    line: bytes | None = None
    line_end: bytes = b"\n"
    with_it: list[str] = field(default_factory=list)
    without: list[str] = field(default_factory=list)
    unended: list[str] = field(default_factory=list)

    def skip(self, name: str, first: bytes) -> int:
        """How many bytes at a file's begin are no records. Raises FileError."""
        found = _LINE.match(first)
        line = found[0].rstrip(b"\r\n") if found else b""
        if self.line is None:
            self.line, self.line_end = line, (found[1] if found else b"") or b"\n"
            return 0
        if line == self.line:
            self.with_it.append(name)
            return found.end() if found else 0
        if any(_is_word(cell) for cell in {*_cells(line)} & {*_cells(self.line)}):
            raise FileError(
                f"{name} has another header than the first file of the snapshot",
                "the files of a snapshot have the same columns in the same order",
            )
        self.without.append(name)
        return 0

    def check(self) -> None:
        """Raises FileError where some of the files have the header and others have not."""
        if self.with_it and self.without:
            raise FileError(
                f"{self.without[0]} does not begin with the header, as {self.with_it[0]} does",
                "each file of a snapshot has the header, or the first alone",
            )


def find_runs(feed: Feed, sources: Sequence[str] = ()) -> list[SourceObject]:
    """What is one run each: the source's files, or those that are one snapshot together.

    In mirror, several files of one table are one. `sources`: more than one, instead of the feed's,
    which is then the folder that holds them. Raises SourceError, UsageError.
    """
    unsafe = feed.copy_unsafe_links
    every = [one for place in sources or (feed.source,) for one in find(place, unsafe_links=unsafe)]
    found = [*{one.uri: one for one in every}.values()]
    if feed.snapshot and not feed.table and not feed.source.endswith("/"):
        if len(found) > 1:
            raise UsageError("the snapshot has no one name for its table", "say --table NAME")
        return found
    if feed.snapshot or (feed.mode is Mode.MIRROR and feed.table and len(found) > 1):
        return [_set(feed, address(feed.source), found)]
    if feed.mode is not Mode.MIRROR:
        return found
    tables: dict[str, list[SourceObject]] = {}
    for one in found:
        tables.setdefault(table_name(one.uri), []).append(one)
    place = address(feed.source).rstrip("/")
    return [
        files[0] if len(files) == 1 else _set(feed, f"{place}/**/{table}", files)
        for table, files in tables.items()
    ]


def _set(feed: Feed, uri: str, files: Sequence[SourceObject]) -> FileSet:
    return FileSet(uri, sorted(files, key=lambda one: one.uri), feed.header is not False)


def _name(uri: str) -> str:
    return uri.rsplit("/", 1)[-1]


def _cells(line: bytes) -> list[bytes]:
    return [cell.strip(b"\"' ").lower() for cell in re.split(rb"[,;\t|]", line)]


def _is_word(cell: bytes) -> bool:
    return re.fullmatch(rb"[a-z_][\w ]*", cell) is not None and cell not in _VALUES


def _first_bytes(reader: Reader) -> bytes:
    first = b""
    while len(first) < _LONGEST and (block := reader.read(CHUNK)):
        first += block
    return first.removeprefix(_MARK)


def _remove(content: Content, place: Path) -> None:
    """What was fetched for one file alone."""
    if content.path and content.path.is_relative_to(place):
        content.path.unlink(missing_ok=True)
    for left in place.iterdir():
        left.unlink()
    place.rmdir()
