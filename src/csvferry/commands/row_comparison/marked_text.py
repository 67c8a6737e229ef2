"""Good records as one text: marks stand where fields and records end, quotes are gone.

The marks are bytes that no UTF-8 text has, so that a field may hold whatever it likes and the text
still says which fields there are. An empty field without quotes, which is NULL, is nothing; an
empty one with quotes is `EMPTY`.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from csvferry.text.scanner import LIMIT, Source

FIELD, EMPTY = b"\xff", b"\xfe"
RECORD = b"\xff\xfa\xff"
_OPEN, _CLOSE = b"\xfd", b"\xfc"
_BLOCK = (
    1 << 19
)  # bytes read at once: what lies in the processor's cache when it is looked at again


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
        parts[::2] = self._outside(self.quote.join(parts[::2])).split(self.quote)
        with_quotes = [b""] * (2 * len(parts) - 1)
        with_quotes[::2] = parts
        with_quotes[1::4] = [_OPEN] * len(with_quotes[1::4])
        with_quotes[3::4] = [_CLOSE] * len(with_quotes[3::4])
        text = FIELD + b"".join(with_quotes)
        text = text.replace(_CLOSE + _OPEN, self.quote)
        text = text.replace(FIELD + _OPEN + _CLOSE, FIELD + EMPTY)
        text = text.replace(FIELD + _OPEN, FIELD).replace(_CLOSE + FIELD, FIELD)
        loose = text.count(EMPTY) > text.count(EMPTY + FIELD)  # text behind two quotes
        if loose or _OPEN in text or _CLOSE in text:  # a quote that neither begins nor ends a field
            raise Unmarked
        return text[1:]

    def _outside(self, data: bytes) -> bytes:
        """What stands outside quotes."""
        if self.line_end == b"\n":
            usual = b"\r" not in data
        else:
            ends = data.count(self.line_end)
            usual = data.count(b"\n") == data.count(b"\r") == ends
        if not usual:
            raise Unmarked
        return data.replace(self.delimiter, FIELD).replace(self.line_end, RECORD)


def _is_text(data: bytes) -> bool:
    try:
        codecs.utf_8_decode(data, "strict", True)
    except UnicodeDecodeError:
        return False
    return True
