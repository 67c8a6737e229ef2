r"""Backslash escapes: hidden from the patterns of records, then written as plain CSV.

A backslash and the character that it takes become two bytes that UTF-8 has not, so that offsets
stay and no escaped quote, delimiter or line end is taken for one. `written` makes plain CSV of
records so hidden: what an escape stood for goes between quotes, so that no such field is NULL.
Both are a few replacements over a whole piece of the file; no field becomes a Python object.

Rules: MySQL manual, "LOAD DATA Statement", Field and Line Handling; PostgreSQL manual, "COPY", Text
Format.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from itertools import islice

_BACKSLASH, _QUOTE, _CUT, _FEED, _RETURN, _TAB, _NULL, _DROP = (
    bytes([byte, byte]) for byte in range(0xFF, 0xF7, -1)
)
_JOINT, _COMMA, _END = b"\xf5", b"\xc0", b"\xc1"  # never pairs of what was there before
_SIGNS = (_BACKSLASH, _QUOTE, _CUT, _FEED, _RETURN, _TAB, _NULL, _DROP, _COMMA)


class Escape(StrEnum):
    """Which backslashes of a file are escapes."""

    NONE = "none"
    QUOTED = "quoted"
    MYSQL = "mysql"
    POSTGRES = "postgres"
    RFC = "rfc"  # the quote escapes itself and line ends: MySQL's ESCAPED BY '"'

    @property
    def backslash(self) -> bool:
        """Whether backslashes escape."""
        return self not in (Escape.NONE, Escape.RFC)

    @property
    def nulls(self) -> bool:
        """Whether an escape stands for NULL."""
        return self.everywhere or self is Escape.RFC

    @property
    def everywhere(self) -> bool:
        """Whether they are escapes outside quotes too."""
        return self in (Escape.MYSQL, Escape.POSTGRES)

    def hidden(
        self, data: bytes, delimiter: bytes, quote: bytes, width: int = 0, *, last: bool = True
    ) -> bytes:
        """The bytes with escapes hidden that may look like a quote, delimiter or line end.

        `data` begins with a record of `width` columns; `last`: nothing comes behind it. An escape
        that stands for a NUL byte becomes one, and so does one by number, which is not served.
        """
        if self is Escape.RFC:
            return _rfc_hidden(data, delimiter, quote, width, last=last) if width else data
        if self is Escape.NONE or b"\\" not in data:
            return data
        for pair, sign in _pairs(self, delimiter, quote):
            data = data.replace(pair, sign)
        return data


_TRIED = 100  # beginnings

# Letters that stand for another character; any other character stands for itself.
_COMMON = ((b"n", _FEED), (b"r", _RETURN), (b"t", _TAB), (b"b", _DROP + b"\b"), (b"N", _NULL))
_LETTERS = {
    Escape.MYSQL: (*_COMMON, (b"Z", _DROP + b"\x1a")),
    Escape.POSTGRES: (*_COMMON, (b"f", _DROP + b"\f"), (b"v", _DROP + b"\v")),
}


@lru_cache
def _pairs(escape: Escape, delimiter: bytes, quote: bytes) -> tuple[tuple[bytes, bytes], ...]:
    pairs = [(b"\\\\", _BACKSLASH)]
    if quote:
        pairs.append((b"\\" + quote, _QUOTE))
    if not escape.everywhere:
        return tuple(pairs)
    pairs += [(b"\\" + delimiter[:1], _CUT), (b"\\\n", _FEED), (b"\\\r", _RETURN)]
    numbers = b"0" if escape is Escape.MYSQL else b"01234567x"
    return (*pairs, *((b"\\" + numbers[n : n + 1], b"\0\0") for n in range(len(numbers))))


def _rfc_hidden(data: bytes, delimiter: bytes, quote: bytes, width: int, *, last: bool) -> bytes:
    r"""What MySQL writes with ESCAPED BY '"': `"N` is NULL, and `"` before LF escapes it.

    Only the number of columns tells whether such a LF ends a record.
    """
    enclosed = data.startswith(quote)
    row, begin, field = _rfc_patterns(delimiter, quote, width, enclosed=enclosed)
    parts, at = [], 0
    while at < len(data):
        found = row.match(data, at)
        end = found.end() if found else data.find(b"\n", at) + 1
        if not found and not last and not _has_record(row, begin, data, at):
            parts.append(data[at:].replace(b"\n", _FEED[:1]))  # the record's end is still to come
            break
        end = end or len(data)
        parts.append(field.sub(_rfc_field, data[at:end]) if found else data[at:end])
        at = end
    return b"".join(parts)


def _has_record(row: re.Pattern[bytes], begin: re.Pattern[bytes], data: bytes, at: int) -> bool:
    """Whether a whole record begins where one of the next fields may begin.

    More than a few are not tried, as each may be read to the end of the data.
    """
    tried = islice(begin.finditer(data, at), _TRIED)
    return any(row.match(data, found.start()) for found in tried)


def _rfc_field(found: re.Match[bytes]) -> bytes:
    field = found.group()
    if len(field) == 2 and field.endswith(b"N"):
        return _NULL
    quote, inside = field[:1], field[1:-1]
    inside = inside.replace(quote * 2, _QUOTE).replace(quote + b"\n", _FEED)
    return quote + inside + quote


@lru_cache
def _rfc_patterns(
    delimiter: bytes, quote: bytes, width: int, *, enclosed: bool
) -> tuple[re.Pattern[bytes], re.Pattern[bytes], re.Pattern[bytes]]:
    """A record with its line end, where a field may begin, and a field that is NULL or quoted.

    `enclosed`: each record begins with a quote.
    """
    mark, cut = re.escape(quote), re.escape(delimiter)
    start = rb"%b(?!%b)|%b%b[%b\n]" % (mark, mark, mark, mark, cut)
    start = start if enclosed else rb"[^%b%b\n]*+%b" % (mark, cut, cut)
    inner = rb"%b(?:[^%b]++|%b%b|%b\n%%b)*+%b" % (mark, mark, mark, mark, mark, mark)
    bare = rb"[^%b%b\n]*+" % (mark, cut)
    fields = rb"(?:%b(?=%b)|%bN|%b)%b" % (inner % b"", cut, mark, bare, cut)
    last = rb"(?:%b(?=\n)|%bN|%b)\n" % (inner % (rb"(?!%b|\Z)" % start), mark, bare)
    row = re.compile(rb"(?:%b){%d}%b" % (fields, width - 1, last))
    begin = re.compile(rb"(?<=%b)|(?<=\n)|(?=%b)|(?<=%b)" % (cut, mark, mark))
    either = rb"%bN(?=%b|\n)|%b(?=%b|\n)" % (mark, cut, inner % b"", cut)
    whole = rb"(?:(?<=[%b\n])|\A)(?:%b)" % (cut, either)
    return row, begin, re.compile(whole)


@dataclass(frozen=True)
class PlainCsv:
    """Writes records of a syntax, escapes hidden, as records that DuckDB reads without doubt.

    `comma`: the delimiter of what is written; its quote is the syntax's or a double one, its line
    end LF. `front` of `written` is put before each record. `null`: what stands for NULL in it.
    """

    escape: Escape
    delimiter: bytes
    quote: bytes
    line_end: str
    comma: bytes
    null: bytes = b"\\N"

    @cached_property
    def mark(self) -> bytes:
        """The quote of what is written."""
        return self.quote or b'"'

    def written(self, hidden: bytes, front: bytes) -> bytes:
        """Plain CSV of whole records."""
        if not self.quote:
            return (front + self._outside(hidden.replace(b'"', _QUOTE), front))[: -len(front)]
        parts = hidden.split(self.quote)
        outside = self._outside(_JOINT.join(parts[::2]), front).split(_JOINT)
        inside = self._inside(_JOINT.join(parts[1::2])).split(_JOINT) if len(parts) > 1 else []
        parts[::2], parts[1::2] = outside, inside
        return (front + self.quote.join(parts))[: -len(front)]

    def loose(self, field: bytes) -> bytes:
        """A bare field with quotes in it, between quotes; escapes still hidden."""
        if not self.escape.everywhere:  # backslashes outside quotes are text
            field = field.replace(_BACKSLASH, _BACKSLASH * 2).replace(_QUOTE, _BACKSLASH + _QUOTE)
            field = field.replace(b"\\", _BACKSLASH)
        return self.quote + field.replace(self.quote, _QUOTE) + self.quote

    def _inside(self, text: bytes) -> bytes:
        """Of what stands between quotes."""
        if self.escape.backslash and b"\\" in text:
            text = self._letters(text).replace(b"\\", b"")
        return self._shown(text)

    def _outside(self, text: bytes, front: bytes) -> bytes:
        """Of bare fields, delimiters and line ends."""
        text = self._line_feeds(text)
        if self.comma != self.delimiter:
            text = text.replace(self.comma, _COMMA).replace(self.delimiter, self.comma)
        if self.escape.everywhere:
            text = self._letters(text).replace(b"\\", _DROP)
        else:  # backslashes outside quotes are text
            text = text.replace(_QUOTE, b"\\" + _QUOTE).replace(_BACKSLASH, b"\\\\")
        if any(sign in text for sign in _SIGNS):
            text = self.mark.join(_signed_fields(self.comma).split(text))
            text = text.replace(self.mark + _NULL + self.mark, self.null)
        return self._shown(text.replace(b"\n", b"\n" + front))

    def _line_feeds(self, text: bytes) -> bytes:
        """LF at the end of each record, and nowhere else."""
        match self.line_end:
            case "any":
                return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            case "lf":
                return text.replace(b"\r", _RETURN)
            case "crlf":
                text = text.replace(b"\r\n", _END).replace(b"\n", _FEED)
                return text.replace(b"\r", _RETURN).replace(_END, b"\n")
        return text.replace(b"\n", _FEED).replace(b"\r", b"\n")

    def _letters(self, text: bytes) -> bytes:
        """Escapes that stand for another character."""
        for letter, sign in _LETTERS.get(self.escape, ()):
            text = text.replace(b"\\" + letter, sign)
        return text

    def _shown(self, text: bytes) -> bytes:
        """What the signs stand for."""
        for sign, shown in self._signs:
            text = text.replace(sign, shown)
        return text

    @cached_property
    def _signs(self) -> tuple[tuple[bytes, bytes], ...]:
        twice, cut = self.mark * 2, self.delimiter[:1]
        shown = (b"\\", twice, cut, b"\n", b"\r", b"\t", b"N", b"", self.comma)
        return tuple(zip(_SIGNS, shown, strict=True))


def value(escape: Escape, field: bytes, delimiter: bytes, quote: bytes) -> bytes:
    """What a field stands for whose escapes are hidden."""
    enclosed = bool(quote) and field.startswith(quote)
    text = field[1:-1].replace(quote * 2, quote) if enclosed else field
    if escape.everywhere:
        for letter, sign in _LETTERS[escape]:
            text = text.replace(b"\\" + letter, sign)
    elif not enclosed and escape.backslash:
        text = text.replace(_BACKSLASH, _BACKSLASH * 2).replace(_QUOTE, _BACKSLASH + _QUOTE)
        text = text.replace(b"\\", _BACKSLASH)
    shown = (b"\\", quote or b'"', delimiter[:1], b"\n", b"\r", b"\t", b"N", b"", b"")
    text = text.replace(b"\\", b"") if escape.backslash else text
    for sign, char in zip(_SIGNS, shown, strict=True):
        text = text.replace(sign, char)
    return text


@lru_cache
def _signed_fields(comma: bytes) -> re.Pattern[bytes]:
    """Bare fields in which a sign stands."""
    signs = b"".join(sign[:1] for sign in _SIGNS)
    edge = re.escape(comma) + rb"\n" + _JOINT
    return re.compile(rb"(?<![^%b])([^%b%b]*+[%b][^%b]*+)" % (edge, edge, signs, signs, edge))
