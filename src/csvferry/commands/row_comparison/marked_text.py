"""Good records as one text: marks stand where fields and records end, quotes are gone.

The marks (`databases.sql_dialect`) are bytes that no UTF-8 text has, so that a field may hold
whatever it likes and the text still says which fields there are. An empty field without quotes,
which is NULL, is nothing; an empty one with quotes is `EMPTY`.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import NamedTuple

from csvferry.databases.sql_dialect import EMPTY, FIELD, RECORD
from csvferry.text.scanner import LIMIT, Source

# Bytes read at once: what lies in the processor's cache when it is looked at again.
_BLOCK = 1 << 18
_FIRST, _LAST = itemgetter(0), itemgetter(-1)


class Unmarked(Exception):  # noqa: N818  # no fault of the file: it is read otherwise
    """What these records say is not seen so easily."""


class Records(NamedTuple):
    """Whole records as they stand in the file, and as one text.

    `spans`: line ends stand in quotes too.
    """

    data: bytes
    text: bytes
    number: int
    spans: bool


@dataclass(frozen=True)
class Marks:
    """What the file has in place of the marks: single bytes, `quote` b"" is none."""

    delimiter: bytes
    quote: bytes
    line_end: bytes

    def records(self, source: Source, size: int = _BLOCK) -> Iterator[Records]:
        """The records of a source that stands where one begins, read in blocks of this size.

        Raises Unmarked.
        """
        rest = b""
        while block := source.read(size):
            rest += block
            end = self._last_end(rest)
            if end:
                yield self._marked(rest[:end])
                rest = rest[end:]
            if len(rest) > LIMIT:
                raise Unmarked
        if rest:
            yield self._marked(rest + self.line_end)

    def _last_end(self, data: bytes) -> int:
        """Where the last whole record ends."""
        at = data.rfind(b"\n")
        odd = bool(self.quote) and data.count(self.quote, 0, at + 1) & 1
        while odd:  # a line end within quotes: what ends before these do
            before = data.rfind(b"\n", 0, data.rfind(self.quote, 0, at))
            odd = odd ^ (data.count(self.quote, before + 1, at) & 1)
            at = before
        return at + 1

    def _marked(self, data: bytes) -> Records:
        text = self.text(data)
        number = text.count(RECORD)
        return Records(data, text, number, spans=data.count(b"\n") > number)

    def text(self, data: bytes) -> bytes:
        """The text of whole records. Raises Unmarked where one may be no good record.

        Fields are not counted: a record of another width has another number of marks.
        """
        if b"\0" in data or not _is_text(data):
            raise Unmarked
        if not self.quote or self.quote not in data:
            return self._outside(data)
        parts = data.split(self.quote)  # every other one stands within quotes
        if len(parts) % 2 == 0:
            raise Unmarked
        first, *more = self._outside(self.quote.join(parts[::2])).split(self.quote)
        parts[::2] = outside = [first, *(part or self.quote for part in more)]  # "" is a quote
        ends = outside if first else outside[1:]
        if not self._beside_quotes.issuperset({*map(_FIRST, outside[1:]), *map(_LAST, ends[:-1])}):
            raise Unmarked  # a quote that neither begins nor ends a field
        inside = parts[1::2]
        if b"" in inside:
            parts[1::2] = self._with_empty(outside, inside)
        return b"".join(parts)

    def _with_empty(self, outside: list[bytes], inside: list[bytes]) -> Iterator[bytes]:
        """What stands within quotes, in which a field of two quotes alone is marked."""
        for before, part, after in zip(outside, inside, outside[1:], strict=False):
            yield part or (b"" if self.quote in (before, after) else EMPTY)

    @cached_property
    def _beside_quotes(self) -> frozenset[int]:
        """What may stand next to a quote, outside."""
        return frozenset(FIELD + RECORD + self.quote)

    @cached_property
    def _table(self) -> bytes:
        return bytes.maketrans(self.delimiter + b"\n", FIELD + RECORD)

    def _outside(self, data: bytes) -> bytes:
        """What stands outside quotes."""
        if self.line_end == b"\n":
            usual = b"\r" not in data
        else:
            ends = data.count(self.line_end)
            usual = data.count(b"\n") == data.count(b"\r") == ends
        if not usual:
            raise Unmarked
        if self.line_end != b"\n":
            data = data.replace(self.line_end, b"\n")
        return data.translate(self._table)


def _is_text(data: bytes) -> bool:
    try:
        codecs.utf_8_decode(data, "strict", True)
    except UnicodeDecodeError:
        return False
    return True
