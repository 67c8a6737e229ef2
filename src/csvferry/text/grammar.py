"""What a record of a CSV file is, as regular expressions over UTF-8 bytes.

    record := field (delimiter field)* end          end := LF | CR LF | CR
    field  := quoted | bare
    quoted := quote (any character but quote, or quote twice)* quote
    bare   := any characters but delimiter, LF and CR; the first is no quote

A bare field may hold quotes further on; they are text. All quantifiers are possessive: no pattern
backtracks over what it has read, so time is linear and no input makes the engine's stack grow.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

Pattern = re.Pattern[bytes]

MANY = 1000  # records that span lines, in one run


class Run(NamedTuple):
    """A pattern of a run of good records.

    `spans`: some may have line ends in quotes; such a run has at most MANY records. `loose`: some
    may have bare fields with quotes in them.
    """

    pattern: Pattern
    spans: bool
    loose: bool


@dataclass(frozen=True)
class Grammar:
    """The patterns of one dialect and width; `width` 0 means any."""

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
    blank: Pattern  # a run of empty lines


# A CR at the end of what was read so far may be half of a CR LF: it ends a record only when
# another byte is seen behind it.
_END = rb"(?:\n|\r\n|\r(?=[^\n]))"
LINE_END = re.compile(rb"\r\n|\n|\r")
SURE_END = re.compile(_END)


@lru_cache(maxsize=64)
def grammar(delimiter: str, quote: str, width: int) -> Grammar:
    """The patterns for a delimiter, a quote ('' for none) and a number of columns."""
    mark, cut = re.escape(quote.encode()), re.escape(delimiter.encode())
    anything = rb"(?:%b|%b[^%b\r\n]*+)" % (_quoted(mark, b""), _no(mark), cut)
    record = rb"((?:%b%b)*+%b)" % (anything, cut, anything)
    return Grammar(
        width=width,
        delimiter=delimiter.encode(),
        quote=quote.encode(),
        runs=tuple(_runs(mark, cut, width)),
        one=re.compile(rb"%b(?:\r\n?+|\n)" % record),
        doubtful=re.compile(_doubtful(mark, cut)),
        record=re.compile(record + _END),
        field=re.compile(rb"(%b)%b" % (anything, cut)),
        closed=re.compile(rb"(?:%b%b)*+" % (anything, cut)),
        opened=re.compile(_opened(mark)),
        blank=re.compile(rb"%b++" % _END),
    )


def _runs(mark: bytes, cut: bytes, width: int) -> Iterator[Run]:
    some = b"++" if width == 1 else b"*+"  # in a single column an empty line is no row
    strict = rb"[^%b%b\r\n\0]%b" % (mark, cut, some)
    bare = rb"%b[^%b\r\n\0]%b" % (_no(mark), cut, some)
    for spans, times in ((False, b"*+"), (True, b"{0,%d}+" % MANY)):
        quoted = _quoted(mark, rb"\0" if spans else rb"\r\n\0")
        for loose in (False, True):
            field = rb"(?:%b|%b)" % (quoted, bare if loose else strict)
            row = rb"%b(?:%b%b){%d}+" % (field, cut, field, max(width - 1, 0))
            yield Run(re.compile(rb"(?:%b%b)%b" % (row, _END, times)), spans, loose)


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


def _doubtful(mark: bytes, cut: bytes) -> bytes:
    """Matches up to the end of the run where no further doubtful field stands."""
    clear = rb"(?:%b|[^%b%b\r\n]*+)[%b\r\n]" % (_quoted(mark, b""), mark, cut, cut)
    return rb"((?:%b)*+)(?:([^%b\r\n]++)|\Z)" % (clear, cut)
