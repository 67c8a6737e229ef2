"""What a record of a CSV file is, as regular expressions over UTF-8 bytes.

    record := field (delimiter field)* end          end := LF | CR LF | CR
    field  := quoted | bare
    quoted := quote (any character but quote, or quote twice)* quote
    bare   := any characters but delimiter, LF and CR; the first is no quote

A bare field may hold quotes further on; they are text. All quantifiers are possessive: no pattern
backtracks over what it has read, so time is linear and no input makes the engine's stack grow.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

Pattern = re.Pattern[bytes]

MANY = 1000  # records that span lines, in one run


@dataclass(frozen=True)
class Grammar:
    """The patterns of one dialect and width; `width` 0 means any."""

    width: int
    delimiter: bytes
    quote: bytes
    flat: Pattern  # a run of good records, none with a line end in quotes
    spanning: Pattern  # a run of at most MANY good records
    one: Pattern  # one record of a run that is whole; group 1 without its line end
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
    some = b"++" if width == 1 else b"*+"
    bare = rb"[^%b%b\r\n\0]%b" % (mark, cut, some)
    flat = rb"(?:%b|%b)" % (_quoted(mark, rb"\r\n\0"), bare)
    good = rb"(?:%b|%b)" % (_quoted(mark, rb"\0"), bare)
    anything = rb"(?:%b|%b)" % (_quoted(mark, b""), _bare(mark, cut))
    record = rb"(?:%b%b)*+%b" % (anything, cut, anything)
    return Grammar(
        width=width,
        delimiter=delimiter.encode(),
        quote=quote.encode(),
        flat=re.compile(rb"(?:%b%b)*+" % (_row(flat, cut, width), _END)),
        spanning=re.compile(rb"(?:%b%b){0,%d}+" % (_row(good, cut, width), _END, MANY)),
        one=re.compile(rb"(%b)(?:\r\n?+|\n)" % _row(good, cut, width)),
        record=re.compile(rb"(%b)%b" % (record, _END)),
        field=re.compile(rb"(%b)%b" % (anything, cut)),
        closed=re.compile(rb"(?:%b%b)*+" % (anything, cut)),
        opened=re.compile(_opened(mark)),
        blank=re.compile(rb"%b++" % _END),
    )


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


def _bare(mark: bytes, cut: bytes) -> bytes:
    first = rb"(?!%b)" % mark if mark else b""
    return rb"%b[^%b\r\n]*+" % (first, cut)


def _row(field: bytes, cut: bytes, width: int) -> bytes:
    return rb"%b(?:%b%b){%d}+" % (field, cut, field, max(width - 1, 0))
