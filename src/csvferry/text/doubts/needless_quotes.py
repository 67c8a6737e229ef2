"""Quotes around fields that need none, in a file that nothing else shows to be quoted.

Who quotes `Smith, John` between tabs has a rule of its own: each field with a comma is quoted. A
field has such a reason where it holds a mark that no unquoted field of the file holds, where it is
empty, or begins or ends with a mark that some programs quote. Without one its quotes may be text.
"""

import re
from dataclasses import dataclass, field
from functools import cached_property

from csvferry.text.columns.quoted import NULL_WORDS
from csvferry.text.doubts.places import records_before
from csvferry.text.scanner import Good
from csvferry.text.sniffer import Dialect, opened

_ALIKE = bytes(range(0x80)) + b"\x80" * 0x80  # each byte beyond ASCII counts as one mark
_LETTERS = bytes(byte for byte in range(0x80) if chr(byte).isalnum())
_BEGINS = b"\t !#=+-@"


@dataclass
class NeedlessQuotes:
    """Looks at good records until something shows that quotes enclose fields.

    `proven`: it was seen. `first`: the first record with quotes around a field that needs none.
    `_reasons`: the least sets of marks of such fields, each with its first record; `_bare`: marks
    of unquoted fields.
    """

    dialect: Dialect
    proven: bool = False
    first: int | None = None
    _reasons: dict[frozenset[int], int] = field(default_factory=dict)
    _bare: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        quote = self.dialect.grammar.quote
        header = opened(self.dialect.header_raw, self.dialect.delimiter, quote)
        self.proven = header > 0 or self.dialect.fully_quoted

    def good(self, event: Good) -> None:
        """Look at good records, with quotes or without."""
        if self.proven:
            return
        data = event.data
        if self.dialect.grammar.quote in data:
            if self._doubled.search(data):
                self.proven = True
                return
            for found in self.enclosed.finditer(data):
                self._weigh(found, event)
            data = self.enclosed.sub(b"", data)
        self._bare |= _marks(data)

    def _weigh(self, found: re.Match[bytes], event: Good) -> None:
        text, marks = found[1], _marks(found[1])
        known = not text or text[:1] in _BEGINS or text[-1:] == b" " or text in NULL_WORDS
        known |= any(less <= marks for less in self._reasons)
        if known and self.first is not None:
            return
        line = event.line + records_before(event.data, found.start(), event, self.dialect)
        self.first = line if self.first is None else self.first
        if not known:
            more = {less: at for less, at in self._reasons.items() if not marks <= less}
            self._reasons = {**more, marks: line}

    @property
    def without_reason(self) -> int | None:
        """The first record, as far as is known, whose quotes may be text."""
        if self.proven:
            return None
        return min((at for marks, at in self._reasons.items() if marks <= self._bare), default=None)

    @cached_property
    def enclosed(self) -> re.Pattern[bytes]:
        """Quotes around text that needs none."""
        quote, cut = re.escape(self.dialect.grammar.quote), self.dialect.grammar.delimiter
        inside = rb"([^%b%b\r\n]*+)" % (quote, re.escape(cut[:1]))
        return re.compile(self._begins + rb"%b%b(?=%b|[\r\n])" % (inside, quote, re.escape(cut)))

    @cached_property
    def _doubled(self) -> re.Pattern[bytes]:
        """A quoted field that holds a doubled quote."""
        quote, cut = re.escape(self.dialect.grammar.quote), self.dialect.grammar.delimiter
        inside = rb"[^%b]*+(?:%b%b[^%b]*+)++" % (quote, quote, quote, quote)
        return re.compile(self._begins + rb"%b%b(?=%b|[\r\n])" % (inside, quote, re.escape(cut)))

    @property
    def _begins(self) -> bytes:
        quote, cut = re.escape(self.dialect.grammar.quote), self.dialect.grammar.delimiter
        return rb"%b(?<![^\r\n%b]%b)" % (quote, re.escape(cut[-1:]), quote)


def _marks(data: bytes) -> frozenset[int]:
    """What is neither letter nor digit, as byte values; one stands for all beyond ASCII."""
    return frozenset(data.translate(_ALIKE, _LETTERS))
