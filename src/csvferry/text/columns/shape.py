"""Columns that were found, but perhaps are not what was meant: notes, and what stops the run."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from csvferry.config.read_options import CsvReadOptions
from csvferry.errors import DoubtfulDialectError
from csvferry.text.grammar import LINE_END, Syntax, grammar_of

_RECORDS = 1000
_MOST = 0.9  # of the records have one number of columns
_TIME = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d")  # the usual text with one space
_COMMENTS = ("#", "--", "//")


@dataclass(frozen=True)
class Shape:
    """The beginning of a file's text, of whole lines, and what was found of its columns.

    Its first record begins at byte `start`. `delimiters`: what else may end fields.
    """

    sample: bytes
    start: int
    syntax: Syntax
    reading: CsvReadOptions
    delimiters: Sequence[str]

    def notes(self) -> tuple[str, ...]:
        """What to tell of it."""
        notes = (self._preamble(), self._spaced(), self._one_column())
        return tuple(note for note in notes if note)

    def _preamble(self) -> str | None:
        """Of a first line whose number of columns nearly all of the others do not have."""
        if self.reading.header is False:
            return None
        own = self.syntax.delimiter
        others = () if self.reading.delimiter else self.delimiters
        for delimiter in (own, *(other for other in others if other != own)):
            widths = list(self._widths(delimiter))
            usual = Counter(width for _, width in widths).most_common(1)[0][0] if widths else 0
            if usual > 1 and widths[0][1] == usual:
                return None
            if usual < 2:
                continue
            first = next(n for n, (_, width) in enumerate(widths) if width == usual)
            behind = [width for _, width in widths[first:]]
            if len(behind) > 1 and behind.count(usual) >= _MOST * len(behind):
                return self._no_header(widths[0], widths[first])
        return None

    def _no_header(self, begin: tuple[int, int], rows: tuple[int, int]) -> str:
        (line, had), (first, has) = begin, rows
        mark = next((m for m in _COMMENTS if self.sample.startswith(m.encode(), self.start)), None)
        also = f", or --comment '{mark}'" if mark else ""
        return (
            f"line {line} looks like no header of the rest: it has {had} column{'s' * (had > 1)},"
            f" and from line {first} on there are {has}; if it is none, say"
            f" --skip-lines {first - 1}{also}"
        )

    def _spaced(self) -> str | None:
        """Of a space behind each delimiter."""
        delimiter = self.syntax.delimiter
        if self.syntax.width < 2 or len(delimiter) > 1 or delimiter == " ":
            return None
        pair, records = f"{delimiter} ".encode(), 0
        for _, record in self._records(replace(self.syntax, quote="")):
            records += 1
            if pair not in record or record.count(pair) < self.syntax.width - 1:
                return None
        if records < 2:
            return None
        quoted = pair + b'"' in self.sample
        also = ", and quotes behind it are text" if quoted else ""
        return (
            f"a space behind each delimiter is a part of names and values{also}; if it is none, say"
            f" --delimiter '{delimiter} '"
        )

    def check(self) -> None:
        """Raises DoubtfulDialectError where spaces cut one column into as many in each record."""
        rows = list(self._records(self.syntax))[bool(self.reading.header) :]
        columns = self._columns_by_spaces()
        if columns < 2 or len(rows) < 2 or all(_TIME.match(record) for _, record in rows):
            return
        spaces = "1 space" if columns == 2 else f"{columns - 1} spaces"
        raise DoubtfulDialectError(
            f"doubtful_dialect: line {rows[0][0]}: one column or {columns}: each line has {spaces}"
            " and no other delimiter",
            "say --delimiter ' ' if spaces end fields, --delimiter , if not",
        )

    def _one_column(self) -> str | None:
        if self._columns_by_spaces() < 2 or b"\n" not in self.sample[self.start :].strip():
            return None
        return "one column was found; if a space is the delimiter, say --delimiter ' '"

    def _columns_by_spaces(self) -> int:
        """As many as spaces make of each record of one column; 0 where they differ."""
        if self.syntax.width > 1 or self.reading.delimiter:
            return 0
        widths = {width for _, width in self._widths(" ")}
        return widths.pop() if len(widths) == 1 else 0

    def _widths(self, delimiter: str) -> Iterator[tuple[int, int]]:
        """Line and number of fields of each of the first records."""
        syntax = replace(self.syntax, delimiter=delimiter)
        patterns = grammar_of(_any(syntax))
        for line, record in self._records(syntax):
            yield line, len(patterns.field.findall(record + patterns.delimiter))

    def _records(self, syntax: Syntax) -> Iterator[tuple[int, bytes]]:
        """Line and bytes of each of the first records, up to one that is broken."""
        patterns = grammar_of(_any(syntax))
        hidden, at = patterns.hidden(self.sample[self.start :]), 0
        line = 1 + len(LINE_END.findall(self.sample, 0, self.start))
        for _ in range(_RECORDS):
            if comment := patterns.comment and patterns.comment.match(hidden, at):
                line, at = line + 1, comment.end()
                continue
            found = patterns.record.match(hidden, at)
            if found is None:
                return
            if found.group(1):
                yield line, found.group(1)
            line, at = line + len(LINE_END.findall(found.group())), found.end()


def _any(syntax: Syntax) -> Syntax:
    return replace(syntax, width=0, trailing=False, repeated=b"")
