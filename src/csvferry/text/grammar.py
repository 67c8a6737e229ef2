"""What a record of a CSV file is, as regular expressions over UTF-8 bytes.

    record := field (delimiter field)* end
    field  := quoted | bare
    quoted := quote (any character but quote, or quote twice)* quote
    bare   := any characters but delimiter and line ends; the first is no quote

A bare field may hold quotes further on; they are text. Bytes with backslash escapes are given to
the patterns with their escapes hidden (`escapes`). All quantifiers are possessive: no pattern
backtracks over what it has read, so time is linear and no input makes the engine's stack grow.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from csvferry.text.escapes import Escape

Pattern = re.Pattern[bytes]

MANY = 1000  # records that span lines, in one run


@dataclass(frozen=True)
class Syntax:
    r"""How records are written.

    `quote` '' is none. `width` 0 means any number of columns. `line_end` is any, lf, crlf or cr;
    where it is any and `usual` is given, that line end ('\n', '\r\n', '\r') is the file's and the
    others are suspected. `comment`: what a line begins with that is no record. `trailing`: each
    record ends with a delimiter. `repeated`: a record that repeats the header of joined files.
    """

    delimiter: str
    quote: str = '"'
    width: int = 0
    escape: Escape = Escape.NONE
    line_end: str = "any"
    usual: bytes = b""
    comment: str = ""
    trailing: bool = False
    repeated: bytes = b""

    @property
    def plain(self) -> bool:
        """Whether a line outside quotes is a record, and a delimiter ends a field of it."""
        return (
            self.escape is Escape.NONE
            and self.line_end == "any"
            and not (self.comment or self.trailing)
            and len(self.delimiter) == 1
        )


class Run(NamedTuple):
    """A pattern of a run of good records.

    `spans`: some may have line ends in quotes; such a run has at most MANY records. `loose`: some
    may have bare fields with quotes in them.
    """

    pattern: Pattern
    spans: bool
    loose: bool


class LineEnd(NamedTuple):
    """One choice of line ends, as parts of patterns.

    `sure`: an end, once what is behind it was read. `breaks`: characters that no good bare field
    holds. `others`: what the bare field of any record may hold beside other characters.
    """

    sure: bytes
    breaks: bytes
    others: bytes
    stops: bytes


# A CR at the end of what was read so far may be half of a CR LF: it ends a record only when
# another byte is seen behind it.
_ANY = LineEnd(rb"(?:\n|\r\n|\r(?=[^\n]))", rb"\r\n", b"", rb"\r\n")
_ENDS = {
    "any": _ANY,
    "lf": LineEnd(rb"\n", rb"\r\n", b"", rb"\n"),
    "crlf": LineEnd(rb"\r\n", rb"\r\n", rb"\r(?=[^\n])", rb"\r"),
    "cr": LineEnd(rb"\r", rb"\r\n", b"", rb"\r"),
}
LINE_END = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True)
class Grammar:
    """The patterns of one syntax."""

    syntax: Syntax
    width: int
    delimiter: bytes
    quote: bytes
    runs: tuple[Run, ...]  # of good records, the plainest first
    one: Pattern  # a record of a run that is whole; group 1 without its line end
    doubtful: Pattern  # group 1: what stands before a bare field with quotes in it, group 2
    record: Pattern  # one record, whatever it holds; group 1 without its line end
    field: Pattern  # one field (group 1) and its delimiter
    closed: Pattern  # the fields of a record before the one that does not close
    opened: Pattern  # a field from its opening quote on; group 1 the closing quote, if any
    behind: Pattern  # what may stand behind a quoted field
    blank: Pattern  # a run of empty lines
    comment: Pattern | None  # a line that is no record
    line: Pattern  # the end of a line
    sure: Pattern  # the same, once what is behind it was read

    def hidden(self, data: bytes, *, last: bool = True) -> bytes:
        """The bytes with their escapes hidden: as many, and none of them is the patterns'.

        `data` begins with a record; `last`: nothing comes behind it.
        """
        escape = self.syntax.escape
        return escape.hidden(data, self.delimiter, self.quote, self.width, last=last)

    def line_ends(self, data: bytes) -> int:
        """How many line ends the bytes hold, all of them outside quotes."""
        match self.syntax.line_end:
            case "lf":
                return data.count(b"\n")
            case "crlf":
                return data.count(b"\r\n")
            case "cr":
                return data.count(b"\r")
        returns = data.count(b"\r")
        return data.count(b"\n") + (returns - data.count(b"\r\n") if returns else 0)

    def stray(self, raw: bytes) -> bool:
        """Whether an unquoted field of a record holds a line end, which ends no record."""
        if not (b"\r" in raw or b"\n" in raw) or self.free:
            return False
        fields = self.field.findall(raw + self.delimiter)
        return any(LINE_END.search(f) for f in fields if not (self.quote and f[:1] == self.quote))

    @property
    def free(self) -> bool:
        """Whether an unquoted field may hold line ends of another kind: who escapes them could."""
        return self.syntax.escape.everywhere and self.syntax.line_end != "any"


def grammar(delimiter: str, quote: str, width: int) -> Grammar:
    """The patterns of plain CSV: a delimiter, a quote ('' for none) and a number of columns."""
    return grammar_of(Syntax(delimiter, quote, width))


@lru_cache(maxsize=64)
def grammar_of(syntax: Syntax) -> Grammar:
    """The patterns of a syntax."""
    ends = _ENDS[syntax.line_end]
    if syntax.escape.everywhere and syntax.line_end != "any":
        ends = ends._replace(breaks=ends.stops)
    parts = _Parts(syntax, ends)
    mark, cut, end = parts.mark, parts.cut, ends.sure
    anything = parts.anything
    record = rb"((?:%b%b)*+%b)" % (anything, cut, anything)
    ended = rb"(?:\r\n?+|\n)" if syntax.line_end == "any" else end
    comment = re.escape(syntax.comment.encode())
    return Grammar(
        syntax=syntax,
        width=syntax.width,
        delimiter=syntax.delimiter.encode(),
        quote=syntax.quote.encode(),
        runs=tuple(parts.runs()),
        one=re.compile(rb"%b%b" % (record, ended)),
        doubtful=re.compile(parts.doubtful()),
        record=re.compile(record + end),
        field=re.compile(rb"(%b)%b" % (anything, cut)),
        closed=re.compile(rb"(?:%b%b)*+" % (anything, cut)),
        opened=re.compile(_opened(mark)),
        behind=re.compile(rb"%b|%b" % (cut, end)),
        blank=re.compile(rb"%b++" % end),
        comment=re.compile(rb"%b[^\r\n]*+%b" % (comment, _ANY.sure)) if comment else None,
        line=LINE_END if syntax.line_end == "any" else re.compile(end),
        sure=re.compile(end),
    )


def any_width(syntax: Syntax) -> Grammar:
    """The patterns of records with any number of columns."""
    return grammar_of(replace(syntax, width=0, trailing=False, repeated=b""))


@dataclass(frozen=True)
class _Parts:
    """Parts of the patterns of a syntax."""

    syntax: Syntax
    ends: LineEnd

    @property
    def mark(self) -> bytes:
        return re.escape(self.syntax.quote.encode())

    @property
    def cut(self) -> bytes:
        return re.escape(self.syntax.delimiter.encode())

    @property
    def anything(self) -> bytes:
        """A field of any record."""
        bare = self.bare(self.ends.stops, self.ends.others)
        return rb"(?:%b|%b%b)" % (_quoted(self.mark, b""), _no(self.mark), bare)

    def bare(self, without: bytes, others: bytes = b"") -> bytes:
        """Any number of characters that end no field and are not `without`, or are `others`."""
        delimiter = self.syntax.delimiter.encode()
        first, rest = re.escape(delimiter[:1]), re.escape(delimiter[1:])
        plain = rb"[^%b%b]*+" % (first, without)
        options = [rb"%b(?!%b)" % (first, rest)] if rest else []
        options += [others] if others else []
        return rb"%b(?:(?:%b)%b)*+" % (plain, b"|".join(options), plain) if options else plain

    def runs(self) -> Iterator[Run]:
        """Of good records, the plainest first."""
        strict = self.bare(self.mark + self.ends.breaks + rb"\0", self.free)
        loose = _no(self.mark) + self.bare(self.ends.breaks + rb"\0", self.free)
        for spans, times in ((False, b"*+"), (True, b"{0,%d}+" % MANY)):
            quoted = _quoted(self.mark, rb"\0" if spans else rb"\r\n\0")
            for bare in (strict, loose):
                field = rb"(?:%b|%b)" % (quoted, bare)
                row = self._row(field)
                yield Run(re.compile(rb"(?:%b)%b" % (row, times)), spans, bare is loose)

    @property
    def free(self) -> bytes:
        """What a good bare field may hold beside characters that break none."""
        return self.ends.others if self.syntax.escape.everywhere else b""

    def _row(self, field: bytes) -> bytes:
        syntax, end = self.syntax, self.ends.sure
        not_here = [re.escape(syntax.comment.encode())] if syntax.comment else []
        not_here += [re.escape(syntax.repeated) + end] if syntax.repeated else []
        if syntax.width == 1:  # in a single column an empty line is no row
            not_here += [rb"[\r\n]"]
        ahead = rb"(?!%b)" % b"|".join(not_here) if not_here else b""
        more = rb"(?:%b%b){%d}+" % (self.cut, field, max(syntax.width - 1, 0))
        return ahead + field + more + (self.cut if syntax.trailing else b"") + end

    def doubtful(self) -> bytes:
        """Matches up to the end of the run where no further doubtful field stands."""
        stops = self.ends.breaks
        clear = rb"(?:%b|%b)(?:%b|%b)" % (
            _quoted(self.mark, b""),
            self.bare(self.mark + stops, self.free),
            self.cut,
            rb"[\r\n]" if stops == rb"\r\n" else self.ends.sure,
        )
        return rb"((?:%b)*+)(?:(?!\Z)(%b)|\Z)" % (clear, self.bare(stops, self.free))


def _no(mark: bytes) -> bytes:
    return rb"(?!%b)" % mark if mark else b""


def _quoted(mark: bytes, without: bytes) -> bytes:
    if not mark:
        return rb"(?!)"
    inside = rb"[^%b%b]*+" % (mark, without)
    return rb"%b%b(?:%b%b%b)*+%b" % (mark, inside, mark, mark, inside, mark)


def _opened(mark: bytes) -> bytes:
    if not mark:
        return rb"(?!)"
    inside = rb"[^%b]*+" % mark
    return rb"%b%b(?:%b%b%b)*+(%b?+)" % (mark, inside, mark, mark, inside, mark)
