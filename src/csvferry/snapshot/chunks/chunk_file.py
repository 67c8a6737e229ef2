"""Some blocks of a file in a file of their own, parsed as if nothing else were in it.

It begins with the file's own header. Lines and offsets are then told as those of the whole file.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from csvferry.errors import DoubtfulDialectError
from csvferry.ingest.parser import Parsed, Survey, locate_in, read_all
from csvferry.ingest.reject_writer import REJECTED
from csvferry.scratch.relations import INCOMING, Relation
from csvferry.sources.content import OnDisk, read_whole
from csvferry.text.encoding import Text

_BUFFER = 1 << 20


EXTRACT_ROWS = Relation("extract_rows", ("line",))  # and c0, c1, ...
EXTRACT_REJECTS = Relation("extract_rejects", REJECTED.columns)


class At(NamedTuple):
    """Where a block lies in a file: the record and the byte it begins with, and its records."""

    line: int
    records: int
    place: int


class Stretch(NamedTuple):
    """Blocks that follow each other in the file too: records and bytes, here and there."""

    first: int
    line: int
    records: int
    at: int
    place: int


@dataclass
class Extract:
    """The file at `path` of blocks from the text that `survey` is about; its `size` in bytes."""

    survey: Survey
    path: Path
    stretches: list[Stretch] = field(default_factory=list)
    quoted: bool = False
    parsed: Parsed | None = None

    def __post_init__(self) -> None:
        self._out = self.path.open("wb", buffering=_BUFFER)
        with self.survey.text.content.open(self.survey.text.start) as reader:
            self.size = self._out.write(read_whole(reader, self._head))
        self._line = self.survey.dialect.line

    def close(self) -> None:
        """No more will come; the file stays in scratch space."""
        self._out.close()

    @property
    def _head(self) -> int:
        return self.survey.dialect.start - self.survey.text.start

    @property
    def _text(self) -> Text:
        return replace(self.survey.text, content=OnDisk(self.path), start=0, mark=0)

    def add(self, block: bytes, at: At) -> None:
        """Take a block that lies there in the whole file."""
        last = self.stretches[-1] if self.stretches else None
        if last and last.line + last.records == at.line:
            self.stretches[-1] = last._replace(records=last.records + at.records)
        else:
            self.stretches.append(Stretch(self._line, at.line, at.records, self.size, at.place))
        self._line += at.records
        self.size += self._out.write(block)
        quote = self.survey.dialect.grammar.quote
        self.quoted = self.quoted or bool(quote and quote in block)

    def read(self) -> bool:
        """Make EXTRACT_ROWS and EXTRACT_REJECTS, told as of the whole file; False: uncertain.

        Where a quote may be text, or a record may be broken by one, only the whole file tells where
        records begin.
        """
        dialect = replace(self.survey.dialect, start=self._head)
        here = replace(self.survey, text=self._text, dialect=dialect, passed=lambda _: None)
        try:
            parsed = read_all(here)
        except DoubtfulDialectError:
            return False  # the whole file may tell
        expected = sum(stretch.records for stretch in self.stretches)
        same = parsed.rows + parsed.rejected == expected and parsed.quote == dialect.quote
        split = parsed.rejected and dialect.syntax.usual != b"\n"  # by a block's end, perhaps
        if not same or split or (self.quoted and not parsed.sure):
            return False
        self.parsed = parsed
        self._tell(parsed.width)
        return True

    def _tell(self, width: int) -> None:
        con, columns = self.survey.con, [f"c{number}" for number in range(width)]
        con.execute(
            "CREATE OR REPLACE TABLE stretches AS SELECT unnest(?::BIGINT[]) AS first,"
            " unnest(?::BIGINT[]) AS moved, unnest(?::BIGINT[]) AS places",
            [
                [s.first for s in self.stretches],
                [s.line - s.first for s in self.stretches],
                [s.place - s.at for s in self.stretches],
            ],
        )
        con.execute(
            f"CREATE OR REPLACE VIEW {EXTRACT_ROWS} AS SELECT line + moved AS line,"
            f" {', '.join(columns)} FROM {INCOMING} ASOF JOIN stretches ON line >= first"
        )
        con.execute(
            f"CREATE OR REPLACE VIEW {EXTRACT_REJECTS} AS SELECT r.* REPLACE (line + moved AS line,"
            " byte_offset + places AS byte_offset)"
            f" FROM {REJECTED} AS r ASOF JOIN stretches ON line >= first"
        )

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
