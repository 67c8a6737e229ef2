"""Small files that can be read as one, as each of them would be read alone.

They have the same header and dialect, one record a line, and nothing in them weighs more among
other files than alone: no backslash, no quoted line end. Their records are put one behind the
other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from csvferry.errors import CsvFerryError
from csvferry.ingest.parser import surveyed
from csvferry.load.context import Run
from csvferry.sources.content import Content, OnDisk, Tick, read_whole
from csvferry.sources.source_object import Identity
from csvferry.text.columns.quoted import NULL_WORDS
from csvferry.text.doubts.quote_signs import quotes_may_be_text
from csvferry.text.sniffer import Dialect

if TYPE_CHECKING:
    import duckdb

LARGEST = 1 << 20  # bytes of a file; the dialect is found from all of it then


@dataclass(frozen=True)
class Member:
    """One file of a batch: its records (`data` ends with a line end) and how they are written."""

    run: Run
    identity: Identity
    dialect: Dialect
    data: bytes = field(repr=False)

    @property
    def rows(self) -> int:
        """Its records, the header left out: one a line."""
        return self.data.count(b"\n")

    def goes_with(self, other: "Member") -> bool:
        """Whether both are written alike, under the same header and for the same table."""
        alike = self.dialect == other.dialect and self.dialect.notes == other.dialect.notes
        return alike and self.run.table == other.run.table


def read_member(
    run: Run, identity: Identity, con: "duckdb.DuckDBPyConnection", folder: Path
) -> Member | None:
    """A file that may be one of a batch; None where it is to be run alone, whatever the reason."""
    if identity.size > LARGEST:
        return None
    try:
        content = run.source.fetch(identity, folder, _unheard)
        found = _member(run, identity, con, content, folder)
        run.source.check(identity)
    except CsvFerryError:  # the run by itself meets it again, and tells it
        return None
    return found


def _member(
    run: Run, identity: Identity, con: "duckdb.DuckDBPyConnection", content: Content, folder: Path
) -> Member | None:
    if content.size > LARGEST:
        return None
    with surveyed(con, content, run.feed.reading(), folder) as survey:
        text, dialect = survey.text, survey.dialect
        plain = not (text.transcoded or dialect.separator or dialect.syntax.comment)
        if not plain or dialect.names is None or dialect.line != 2 or survey.reading.skip_lines:
            return None
        with text.content.open(text.start) as reader:
            whole = read_whole(reader, LARGEST + 1)
    header, data = whole[: dialect.start - text.start], whole[dialect.start - text.start :]
    if len(whole) > LARGEST or not data or not _same_alone(data, dialect):
        return None
    if not any(word in data for word in NULL_WORDS):  # then it does not count what is enclosed
        dialect = replace(dialect, enclosed=frozenset())
    last = b"" if data[-1:] == b"\n" else b"\r\n" if b"\r" in data else b"\n"
    return Member(run, identity, replace(dialect, start=len(header)), data + last)


def _same_alone(data: bytes, dialect: Dialect) -> bool:
    """Whether the bytes hold nothing that is judged by all of a file's records."""
    returns, open_end = data.count(b"\r"), data[-1:] != b"\n"
    ends = not returns or returns == data.count(b"\r\n") == data.count(b"\n") + open_end
    if dialect.grammar.quote in data and quotes_may_be_text(dialect):
        return False
    return ends and b"\\" not in data and b"\0" not in data and not dialect.doubtful


def _unheard(done: int, total: int) -> None:
    """One small file is no progress to be told."""


@dataclass
class Together:
    """A source of the members' records as one file."""

    uri: str
    members: Sequence[Member]

    def identify(self) -> Identity:
        """Of all; the ledger never has it."""
        size = sum(one.identity.size for one in self.members)
        return Identity(self.uri, "", size)

    def fetch(self, identity: Identity, folder: Path, tick: Tick) -> Content:  # noqa: ARG002
        """The header once, then the records of each."""
        target = folder / "batch.csv"
        with target.open("wb") as out:
            first = self.members[0]
            out.write(first.dialect.header_raw + _line_end(first))
            for one in self.members:
                out.write(one.data)
        return OnDisk(target)

    def check(self, identity: Identity) -> None:
        """Each was checked when it was read, and is not read again."""


def _line_end(one: Member) -> bytes:
    return b"\r\n" if one.data.endswith(b"\r\n") else b"\n"
