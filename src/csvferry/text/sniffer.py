"""Delimiter, quote, line end, header and width: as the user says, else detected.

A quote that the first 2 MB do not show is looked for further on, and so is what leaves the dialect
in doubt (`doubt`).
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from operator import itemgetter

from csvferry.config.read_options import LINE_ENDS, PRESETS, QUOTES, CsvReadOptions, check, settled
from csvferry.errors import FileError, UsageError
from csvferry.sources.content import read_whole
from csvferry.text.columns.quoted import quoted_columns
from csvferry.text.columns.shape import Shape
from csvferry.text.encoding import Text
from csvferry.text.escapes import Escape
from csvferry.text.grammar import LINE_END, Grammar, Syntax, any_width, grammar_of
from csvferry.text.header import checked_names, header_names, limited
from csvferry.text.prologue import cut_off, prologue, refuse_binary
from csvferry.text.scanner import LIMIT

DELIMITERS = "\t|;,"  # where all agree as well, the one that text holds least often
# Taken only where every record agrees.
RARE = ("||", "^^", "~~", "::", "^", "~", "\x1f", "\x01", ":", " ")
_IN_NO_TEXT = "\x1f\x01"  # taken where 3 in 4 agree: nobody quoted the others' line ends
_SAMPLE_RECORDS = 1000
_BOM = b"\xef\xbb\xbf"
_Record = tuple[list[bytes], bytes]


@dataclass(frozen=True)
class Dialect:
    """What a file is written in. Its rows begin at byte `start` of the text, as record `line`.

    `names`: of the columns; one without a name has its place as a name, and its place (from 1) is
    in `unnamed`. `enclosed`: the columns (from 0) all of whose values are quoted without need, as
    far as they are seen. `fully_quoted`: one of them has two values or more, in half of the rows at
    least. `doubtful`: nothing in the file's beginning tells the quote.
    `quote_named`, `escape_named`: the user says it, so that nothing is in doubt. `separator`: a
    first line `sep=` says the delimiter. `notes`: what the report says of it.
    """

    syntax: Syntax
    names: tuple[str, ...] | None
    header_raw: bytes
    start: int
    line: int
    doubtful: bool = False
    quote_named: bool = False
    escape_named: bool = False
    unnamed: tuple[int, ...] = ()
    enclosed: frozenset[int] = frozenset()
    fully_quoted: bool = False
    separator: bool = False
    notes: tuple[str, ...] = field(default=(), compare=False)

    @property
    def delimiter(self) -> str:
        """What ends a field."""
        return self.syntax.delimiter

    @property
    def quote(self) -> str:
        """What encloses a field; '' is nothing."""
        return self.syntax.quote

    @property
    def width(self) -> int:
        """How many columns there are."""
        return self.syntax.width

    @property
    def grammar(self) -> Grammar:
        """The patterns of its records."""
        return grammar_of(self.syntax)

    @property
    def named(self) -> tuple[str, ...]:
        """The columns of a table that is made from the file; `column1` where one has no name."""
        names = self.names or (None,) * self.width
        return tuple(
            f"column{n}" if name is None or n in self.unnamed else name
            for n, name in enumerate(names, 1)
        )


def find(text: Text, reading: CsvReadOptions) -> Dialect:
    """The dialect of the text; `reading` is settled.

    Raises EmptyFileError where there is not even a header, FileError where the first record is
    none that a table could have, UsageError where `reading` is off.
    """
    with text.content.open(text.start) as source:
        sample = read_whole(source, LIMIT + 2)
    whole = len(sample) < LIMIT + 2
    if whole and sample[-1:] not in (b"\n", b""):  # another CR shows that one is a line end
        sample += b"\r" if sample.endswith(b"\r") else b"\n"
    before = prologue(sample, reading)
    refuse_binary(sample)
    if before.delimiter and reading.delimiter is None:
        reading = replace(reading, delimiter=before.delimiter)
        check(reading)
    sniffer = _Sniffer(sample[before.size :], reading, whole)
    found = sniffer.dialect(text.start + before.size, before.blanks + 1)
    shape = Shape(sample, before.size, found.syntax, reading, DELIMITERS)
    shape.check()
    notes = shape.notes() + cut_off(text.content, found.start)
    if before.delimiter is not None:
        notes = (f"the first line says that the delimiter is {before.delimiter}", *notes)
    return replace(found, separator=before.delimiter is not None, notes=notes)


def looks_like(dialect: Dialect, newline: str) -> str | None:
    """The preset whose files look so, if any."""
    for preset in PRESETS.values():
        same = (dialect.delimiter, dialect.quote, str(dialect.syntax.escape)) == (
            preset.delimiter,
            preset.quote,
            preset.escape,
        )
        ends = LINE_ENDS.get(preset.line_end or "", newline.encode()) == newline.encode()
        if same and ends and preset.header == (dialect.names is not None):
            return preset.name
    return None


def encloses(data: bytes, dialect: Dialect) -> bool:
    """Whether single quotes enclose fields of these records, and double quotes none."""
    records = dialect.header_raw + b"\n" + data[data.find(b"\n") + 1 : data.rfind(b"\n") + 1]
    return _Sniffer(records, settled(CsvReadOptions()), True).quote(dialect.delimiter) == "'"


@dataclass(frozen=True)
class _Sniffer:
    """The file's beginning from its first record on, and what the user says of it."""

    sample: bytes
    reading: CsvReadOptions
    whole: bool  # whether the sample is the whole file

    def dialect(self, start: int, line: int) -> Dialect:
        """What the file is written in. Raises FileError, UsageError."""
        reading = self.reading
        delimiter = reading.delimiter or self._delimiter()
        quote = self.quote(delimiter) if reading.quote is None else reading.quote
        if quote == delimiter:
            raise UsageError("delimiter and quote are the same character")
        syntax = self._with_line_end(self._syntax(delimiter, quote))
        proven = self.whole or reading.quote is not None or opened(self.sample, delimiter, b'"')
        found = self._with_columns(syntax, start, line)
        enclosed, full = self._quoted(found.syntax)
        return replace(
            found,
            doubtful=not proven and quote == '"',
            quote_named=reading.quote is not None,
            escape_named=reading.escape is not None,
            enclosed=enclosed,
            fully_quoted=full,
        )

    def _syntax(self, delimiter: str, quote: str) -> Syntax:
        escape = Escape(self.reading.escape or Escape.NONE)
        return Syntax(delimiter, quote, escape=escape, comment=self.reading.comment or "")

    # Delimiter

    def _delimiter(self) -> str:
        """The one that the first record holds and that cuts most records into as many fields."""
        best, most = ",", (0.0, 1)
        for delimiter in DELIMITERS:
            found = self._agreement(delimiter), delimiter
            most, best = max((most, best), found, key=itemgetter(0))
        others = RARE if most[0] < 1 else (*_IN_NO_TEXT, *RARE[: best == "|"])
        enough = {mark: 0.75 if mark in _IN_NO_TEXT else 1 for mark in others}
        agree = (mark for mark in others if self._agreement(mark)[0] >= enough[mark])
        return next(filter(self._clear, agree), best)

    def _agreement(self, delimiter: str) -> tuple[float, int]:
        """The share of records with as many fields as the first (or most) have, and how many."""
        if delimiter.encode() not in self.sample:
            return 0, 0
        quotes = QUOTES if self.reading.quote is None else [self.reading.quote]
        return max(self._share(delimiter, quote) for quote in _telling(self.sample, quotes))

    def _share(self, delimiter: str, quote: str) -> tuple[float, int]:
        first = next(self._cut(delimiter, quote, "any"), None)
        if first is None or (self.reading.header and len(first[0]) < 2):
            return 0, 0
        widths = list(self._widths(delimiter, quote))
        width = widths[0] if self.reading.header else Counter(widths).most_common(1)[0][0]
        return (widths.count(width) / len(widths), width) if width > 1 else (0, 0)

    def _clear(self, delimiter: str) -> bool:
        """Whether a rare delimiter is one.

        A pair stands in the header where no single one does, colons between names, with rows; of a
        space only quotes tell, which break the records without it, or hold spaces together.
        """
        widths = list(self._widths(delimiter, '"'))
        first = self.sample.splitlines()[0]
        if delimiter == " ":
            broken = 0 in self._widths(",", '"') or len(set(self._widths(" ", ""))) > 1
            return len(widths) > 1 and broken
        mark = delimiter[:1].encode()
        if len(delimiter) > 1 and first.count(mark) != 2 * first.count(mark * 2):
            return False
        return mark != b":" or (len(widths) > 1 and re.fullmatch(rb"[\w:]+", first) is not None)

    # Records of the sample

    def _widths(self, delimiter: str, quote: str) -> Iterator[int]:
        """Fields of each of the first records; 0 for one that is broken."""
        return (len(record) for record, _ in self._records(delimiter, quote))

    def _records(self, delimiter: str, quote: str, line_end: str = "any") -> list[_Record]:
        """The fields and the line end of each of the first records; no fields of a broken one."""
        how = (delimiter, quote, line_end)
        if how not in self._cut_last:
            self._cut_last.clear()  # records of one way at a time: there may be many fields
            self._cut_last[how] = list(self._cut(*how))
        return self._cut_last[how]

    @cached_property
    def _cut_last(self) -> dict[tuple[str, str, str], list[_Record]]:
        return {}

    def _cut(self, delimiter: str, quote: str, line_end: str) -> Iterator[_Record]:
        patterns = grammar_of(replace(self._syntax(delimiter, quote), line_end=line_end))
        sample, at = patterns.hidden(self.sample), 0
        for _ in range(_SAMPLE_RECORDS):
            if comment := patterns.comment and patterns.comment.match(sample, at):
                at = comment.end()
                continue
            found = patterns.record.match(sample, at) or LINE_END.search(sample, at)
            if found is None:
                return
            blank, at = found.start() == at and not found.lastindex, found.end()
            if blank:
                continue
            if not found.lastindex:
                yield [], b""
            elif raw := found.group(1):
                yield patterns.field.findall(raw + patterns.delimiter), found.group()[len(raw) :]

    # Quote

    def quote(self, delimiter: str) -> str:
        """The double quote, unless others enclose fields, or it clearly encloses none."""
        if delimiter == "'":
            return '"'
        if opened(self.sample, delimiter, b'"'):
            return "" if self._encloses_nothing(delimiter) else '"'
        begun = opened(self.sample, delimiter, b"'")
        enclosed = _enclosed(self.sample, delimiter) if begun else []
        if not begun or len(enclosed) != begun:
            return '"'
        needed = re.compile(rb"[\r\n%b]|''" % re.escape(delimiter.encode()))
        clear = any(map(needed.search, enclosed)) or self._column_of_quoted(delimiter)
        return "'" if clear else '"'

    def _encloses_nothing(self, delimiter: str) -> bool:
        """Whether quotes break records that are whole without them, and enclose nothing clearly.

        They enclose nothing where they swallow other records, or none stands around a field. Who
        writes commas or semicolons must quote: there a quote that breaks is a fault.
        """
        if delimiter in ",;":
            return False
        feeds = self.sample.count(b"\n") > 2 * self.sample.count(b"\r")
        line_end = "lf" if feeds else "any"  # a few CRs may be text
        widths = [len(record) for record, _ in self._records(delimiter, "", line_end)]
        whole = widths if self.whole else widths[:-1]
        if self.sample.startswith(b'"') or len(set(whole)) != 1 or whole[0] < 2:
            return False
        patterns = grammar_of(self._syntax(delimiter, '"'))
        sample, at = patterns.hidden(self.sample), 0
        swallows = breaks = encloses = False
        for _ in range(_SAMPLE_RECORDS):
            if at == len(sample):
                break
            found = patterns.record.match(sample, at)
            if found is None:
                opening = patterns.closed.match(sample, at)
                found = patterns.opened.match(sample, opening.end() if opening else at)
                escaped = found is not None and b'\\"' in found.group()  # perhaps
                if found is None or escaped or not (found.group(1) or self.whole):
                    return False
                breaks = True
                swallows |= LINE_END.search(found.group()[:-1]) is not None
                found = LINE_END.search(sample, found.end())
            else:
                swallows |= LINE_END.search(found.group(1)) is not None
                encloses |= opened(found.group(1), delimiter, b'"') > 0
            if found is None:
                break
            at = found.end()
        return breaks and (swallows or not encloses)

    def _column_of_quoted(self, delimiter: str) -> bool:
        """Whether the header is quoted, or all of two or more values of a column are."""
        records = [record for record, _ in self._records(delimiter, "'")]
        if records and any(field.startswith(b"'") for field in records[0]):
            return True
        for column in zip(*records[1:], strict=False):
            values = [value for value in column if value]
            if len(values) > 1 and all(value.startswith(b"'") for value in values):
                return True
        return False

    def _quoted(self, syntax: Syntax) -> tuple[frozenset[int], bool]:
        """`Dialect.enclosed` and `Dialect.fully_quoted`."""
        records = [record for record, _ in self._records(syntax.delimiter, syntax.quote)]
        rows = [r for r in records[bool(self.reading.header) :] if len(r) == syntax.width]
        columns = list(quoted_columns(rows, syntax))
        full = any(column.values > 1 and 2 * column.values >= len(rows) for column in columns)
        return frozenset(column.place for column in columns), full

    # Line end, columns

    def _with_line_end(self, syntax: Syntax) -> Syntax:
        """The line end given, or the one that ends most records.

        In one column, or where escapes stand for the others, no other can end a record.
        """
        if self.reading.line_end:
            return replace(syntax, line_end=self.reading.line_end)
        records = self._records(syntax.delimiter, syntax.quote)
        ends = Counter(end for record, end in records if record)
        usual = ends.most_common(1)[0][0] if ends else b"\n"
        if syntax.escape.everywhere or all(len(record) <= 1 for record, _ in records):
            kind = next(kind for kind, end in LINE_ENDS.items() if end == usual)
            return replace(syntax, line_end=kind)
        return replace(syntax, usual=usual)

    def _with_columns(self, syntax: Syntax, start: int, line: int) -> Dialect:
        trailing = self._trails(syntax)
        if not self.reading.header:
            width = self._common_width(syntax) - trailing
            syntax = replace(syntax, width=limited(width), trailing=trailing)
            return Dialect(syntax, None, b"", start, line)
        patterns = any_width(syntax)
        found = patterns.record.match(patterns.hidden(self.sample))
        if found is None:
            raise FileError(*_no_record(self.sample))
        raw = self.sample[: len(found.group(1))]
        names = header_names(raw, patterns)
        limited(len(names))
        names, unnamed = checked_names(names[:-1] if trailing else names)
        repeated = _BOM + found.group(1)
        syntax = replace(syntax, width=len(names), trailing=trailing, repeated=repeated)
        return Dialect(syntax, names, raw, start + found.end(), line + 1, unnamed=unnamed)

    def _trails(self, syntax: Syntax) -> bool:
        """Whether each record, the header too, ends with a delimiter that ends no column."""
        records = [record for record, _ in self._records(syntax.delimiter, syntax.quote)]
        whole = records if self.whole else records[:-1]
        if len(whole) < 2 or any(not record or record[-1] for record in whole):
            return False
        return len({len(record) for record in whole}) == 1 and len(whole[0]) > 1

    def _common_width(self, syntax: Syntax) -> int:
        widths = Counter(w for w in self._widths(syntax.delimiter, syntax.quote) if w)
        if not widths:
            raise FileError(*_no_record(self.sample))
        return widths.most_common(1)[0][0]


def _no_record(sample: bytes) -> tuple[str, str]:
    if LINE_END.search(sample, 0, LIMIT):
        return "the quoting of the header is broken", "fix it, or say which --quote to use"
    return f"the first line is longer than {LIMIT} bytes", "is it a CSV file?"


def _telling(sample: bytes, quotes: Iterable[str]) -> list[str]:
    """The quotes that text holds, and one of the others: they all cut it alike."""
    there = [quote for quote in quotes if quote.encode() in sample]
    return there + [quote for quote in quotes if quote not in there][:1]


def opened(data: bytes, delimiter: str, quote: bytes) -> int:
    """How many fields begin with a quote."""
    if quote not in data:
        return 0
    # The quote first: the engine passes over all other bytes quickly.
    begins = rb"%b(?:(?<=[\r\n]%b)|(?<=%b%b)|(?<=\A%b))"
    cut = re.escape(delimiter.encode())
    return len(re.findall(begins % (quote, quote, cut, quote, quote), data))


def _enclosed(sample: bytes, delimiter: str) -> list[bytes]:
    """What single quotes enclose from one delimiter or line end to another."""
    cut = re.escape(delimiter.encode())
    begin, end = rb"(?:(?<=[\r\n])|(?<=%b)|\A)" % cut, rb"(?=[\r\n]|%b)" % cut
    return re.findall(rb"%b'([^']*+(?:''[^']*+)*+)'%b" % (begin, end), sample)
