"""Some chunks of a file in a file of their own, parsed as if nothing else were in it.

It begins with the file's own header. Lines and offsets are then told as those of the whole file.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import duckdb

from csvferry.errors import DoubtfulDialectError
from csvferry.ingest.parser import Parsed, Survey, locate_in, plain_rows, read_all, whole_file
from csvferry.ingest.reader import Job, call
from csvferry.scratch.relations import FileRelations, Relation, file_relations
from csvferry.sources.content import OnDisk, read_whole
from csvferry.text.doubts.doubt import OtherQuoteError
from csvferry.text.doubts.quote_signs import quotes_may_be_text
from csvferry.text.encoding import Text

_BUFFER = 1 << 20


class At(NamedTuple):
    """Where a chunk lies in a file: the record and the byte it begins with, and its records."""

    line: int
    records: int
    place: int


class Stretch(NamedTuple):
    """Chunks that follow each other in the file too: records and bytes, here and there."""

    first: int
    line: int
    records: int
    at: int
    place: int


@dataclass
class Extract:
    """The file at `path` of chunks from the text that `survey` is about; its `size` in bytes.

    `name` is that of its relations, which no other has. `rows` and `rejects` tell lines and offsets
    as those of the whole file.
    """

    survey: Survey
    path: Path
    name: str
    stretches: list[Stretch] = field(default_factory=list)
    quoted: bool = False
    parsed: Parsed | None = None

    def __post_init__(self) -> None:
        self._out = self.path.open("wb", buffering=_BUFFER)
        with self.survey.text.content.open(self.survey.text.start) as reader:
            self.size = self._out.write(read_whole(reader, self._head))
        self._line = self.survey.dialect.line
        self._quote = self.survey.dialect.grammar.quote
        self._own: FileRelations = file_relations(self.name)
        self.rows = Relation(f"{self.name}_moved", self._own.rows.columns)
        self.rejects = Relation(f"{self.name}_moved_rejects", self._own.rejects.columns)
        self._moves = Relation(f"{self.name}_moves", ("first", "moved", "places"))

    def close(self) -> None:
        """No more will come; the file stays in scratch space."""
        self._out.close()

    @property
    def _head(self) -> int:
        return self.survey.dialect.start - self.survey.text.start

    @property
    def _text(self) -> Text:
        return replace(self.survey.text, content=OnDisk(self.path), start=0, mark=0)

    def add(self, chunk: bytes, at: At) -> None:
        """Take a chunk that lies there in the whole file."""
        last = self.stretches[-1] if self.stretches else None
        if last and last.line + last.records == at.line:
            self.stretches[-1] = last._replace(records=last.records + at.records)
        else:
            self.stretches.append(Stretch(self._line, at.line, at.records, self.size, at.place))
        self._line += at.records
        self.size += self._out.write(chunk)
        self.quoted = self.quoted or bool(self._quote and self._quote in chunk)

    def read_into(self, table: str, kept: str) -> bool:
        """Make `table` of the rows and what is kept of each, by SQL; False: uncertain.

        `rejects` are there if any are. Where a quote may be text, or a record may be broken by one,
        only the whole file tells where records begin.
        """
        dialect = replace(self.survey.dialect, start=self._head)
        here = replace(self.survey, text=self._text, dialect=dialect, passed=lambda _: None)
        try:
            return self._read_plain(here, kept, table) or self._read_any(here, kept, table)
        except (DoubtfulDialectError, OtherQuoteError):
            return False  # the whole file may tell

    def _read_plain(self, here: Survey, kept: str, table: str) -> bool:
        """Rows that lie as they are in plain lines are read in one go, line by line."""
        parsed = plain_rows(here)
        if not parsed or parsed.rows != self._records:
            return False
        try:
            self._fill(whole_file(here, self.path, parsed.newline), kept, table)
        except (duckdb.InvalidInputException, duckdb.NotImplementedException):
            return False
        con = self.survey.con
        whole = f"SELECT count(*) = count(there) AND count(*) = count(line) FROM {table}"
        if con.execute(whole).fetchone() != (True,):
            con.execute(f"DROP TABLE {table}")
            return False
        self.parsed = parsed
        return True

    def _fill(self, job: Job, kept: str, table: str) -> None:
        columns = ", ".join(f"c{number}" for number in range(job.width))
        lines = (
            "SELECT unnest(range(line, line + records)) AS line FROM"
            " (SELECT unnest(?::BIGINT[]) AS line, unnest(?::BIGINT[]) AS records)"
        )
        stretches = self.stretches
        self.survey.con.execute(
            f"CREATE OR REPLACE TABLE {table} AS SELECT line, {columns}, {kept}, there FROM"
            f" (SELECT TRUE AS there, * FROM {call(job)}) POSITIONAL JOIN ({lines})",
            [[s.line for s in stretches], [s.records for s in stretches]],
        )

    def _read_any(self, here: Survey, kept: str, table: str) -> bool:
        parsed = self._parsed(here)
        if parsed is None:
            self._own.drop(self.survey.con)
            return False
        self.parsed = parsed
        self._tell(parsed.dialect.width)
        self.survey.con.execute(
            f"CREATE OR REPLACE TABLE {table} AS SELECT *, {kept}, TRUE AS there FROM {self.rows}"
        )
        return True

    @property
    def _records(self) -> int:
        return sum(stretch.records for stretch in self.stretches)

    def _parsed(self, here: Survey) -> Parsed | None:
        """What was read, where it is certain."""
        if self.quoted and quotes_may_be_text(self.survey.dialect):
            return None
        parsed, dialect = read_all(replace(here, into=self._own)), here.dialect
        same = parsed.rows + parsed.rejected == self._records
        same = same and parsed.dialect.quote == dialect.quote
        split = parsed.rejected and dialect.syntax.usual != b"\n"  # by a chunk's end, perhaps
        if not same or split or (self.quoted and not parsed.sure):
            return None
        return parsed

    def _tell(self, width: int) -> None:
        con, columns = self.survey.con, [f"c{number}" for number in range(width)]
        con.execute(
            f"CREATE TABLE {self._moves} AS SELECT unnest(?::BIGINT[]) AS first,"
            " unnest(?::BIGINT[]) AS moved, unnest(?::BIGINT[]) AS places",
            [
                [s.first for s in self.stretches],
                [s.line - s.first for s in self.stretches],
                [s.place - s.at for s in self.stretches],
            ],
        )
        con.execute(
            f"CREATE VIEW {self.rows} AS SELECT line + moved AS line,"
            f" {', '.join(columns)} FROM {self._own.rows} ASOF JOIN {self._moves} ON line >= first"
        )
        con.execute(
            f"CREATE VIEW {self.rejects} AS SELECT r.* REPLACE (line + moved AS line,"
            " byte_offset + places AS byte_offset)"
            f" FROM {self._own.rejects} AS r ASOF JOIN {self._moves} ON line >= first"
        )

    def drop(self) -> None:
        """Its relations are not wanted any more; the file stays, for `locate`."""
        con = self.survey.con
        for view in (self.rows, self.rejects):
            con.execute(f"DROP VIEW IF EXISTS {view}")
        con.execute(f"DROP TABLE IF EXISTS {self._moves}")
        self._own.drop(con)

    def locate(self, lines: Iterable[int]) -> Iterator[tuple[int, int, bytes]]:
        """Line and offset in the whole file, and bytes, of those of the lines that are here."""
        if self.parsed is None:
            return
        there, here = [s.line for s in self.stretches], [s.first for s in self.stretches]
        wanted = []
        for line in lines:
            found = bisect_right(there, line) - 1
            if found >= 0 and line < there[found] + self.stretches[found].records:
                wanted.append(here[found] + line - there[found])
        if not wanted:
            return
        for line, offset, raw in locate_in(self._text, self.parsed, wanted):
            stretch = self.stretches[bisect_right(here, line) - 1]
            yield stretch.line + line - stretch.first, stretch.place + offset - stretch.at, raw
