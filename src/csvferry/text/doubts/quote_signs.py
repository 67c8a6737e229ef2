"""Whether quotes enclose fields, or are text: what holds records together, and what they break.

Quotes that enclose what are whole records without them may be text. Where the delimiter is one of
programs that never quote, so may quotes that break records which are whole without them, and
quotes around fields that need none, while other fields hold quotes without any around them, or
while nothing shows why their writer quoted these fields and not others (`needless_quotes`).
"""

import re
from dataclasses import dataclass, replace
from functools import cached_property

from csvferry.config.read_options import Preset
from csvferry.errors import DoubtfulDialectError
from csvferry.model.reject_codes import Code
from csvferry.text.doubts.needless_quotes import NeedlessQuotes
from csvferry.text.doubts.places import QUOTED_BY_ALL, in_doubt, lone_quote, records_before
from csvferry.text.grammar import LINE_END, Grammar, grammar_of
from csvferry.text.scanner import STRAY, Fault, Good
from csvferry.text.sniffer import Dialect

_PROOFS = 3  # records that only quotes hold together: then they are quotes
_SWALLOWS = "a quote there encloses what are whole records without it"
_NEEDLESS = "the quotes there may be text, as other fields hold quotes and none encloses them"
_WITHOUT_REASON = "the quotes there may be text: nothing in the file shows that fields are quoted"
_TAKEN_OFF = "line {}: quotes enclose a field that needs none and are no part of its value"
_BREAKS = "a quote there breaks what is a whole record without it"


def quotes_may_be_text(dialect: Dialect) -> bool:
    """Whether only all of a file's records tell if its quotes enclose fields."""
    signs = QuoteSigns(dialect)
    return signs.open and signs.unquoting


@dataclass
class QuoteSigns:
    """Looks at the records of a file whose user names no quote.

    `proofs`: records that only quotes hold together; `swallowed`: the first record in which quotes
    enclose whole ones, and `swallows` their number; `broken`: the first that they break, `None`
    where none does; `needless`: the first that has quotes around a field that needs none; `bare`: a
    field holds quotes that none encloses. `open`: whether anything is still to be found out.
    """

    dialect: Dialect
    open: bool = False
    proofs: int = 0
    swallowed: int | None = None
    swallows: int = 0
    broken: int | None = None
    needless: int | None = None
    bare: bool = False

    def __post_init__(self) -> None:
        dialect = self.dialect
        first = dialect.header_raw[: len(dialect.quote)]
        self.open = bool(dialect.quote) and not dialect.quote_named
        self.open &= first != dialect.quote.encode() and dialect.width > 1
        self._around = NeedlessQuotes(dialect)

    def good(self, event: Good) -> None:
        """Whether its quotes hold fields together, or enclose whole records."""
        if not self.open:
            return
        if self.unquoting and not self.proofs:
            self._around.good(event)
        if self.dialect.grammar.quote not in event.data:
            return
        if self.unquoting:
            self._contradict(event)
        width, patterns = self.dialect.width, self._without_quotes
        if not event.spans:
            cuts = event.hidden.count(patterns.delimiter)
            self.proofs += cuts > event.records * (width - 1)
        else:
            cut = False
            for number, found in enumerate(self.dialect.grammar.one.finditer(event.hidden)):
                lines = LINE_END.split(found.group(1))
                if len(lines) > 1:
                    ends = (lines[0], lines[-1])
                    self._weigh(event.line + number, [_width(line, patterns) for line in ends])
                else:
                    cut = cut or found.group(1).count(patterns.delimiter) >= width
            self.proofs += cut
        self.open = self.proofs < _PROOFS or self.swallowed is not None

    @property
    def unquoting(self) -> bool:
        """Whether a program that never quotes may have written it."""
        return self.dialect.delimiter not in QUOTED_BY_ALL and not self.dialect.fully_quoted

    def _contradict(self, event: Good) -> None:
        """Who quotes fields that need it quotes those that hold a quote."""
        if event.loose and not self.bare:
            self.bare = self._lone_quote.search(event.data, 1) is not None
        if self.needless is None and (found := self._around.enclosed.search(event.data)):
            before = records_before(event.data, found.start(), event, self.dialect)
            self.needless = event.line + before

    def _weigh(self, line: int, widths: list[int]) -> None:
        if all(width == self.dialect.width for width in widths):
            self.swallows += 1
            self.swallowed = line if self.swallowed is None else self.swallowed
        else:
            self.proofs += 1

    def fault(self, event: Fault) -> None:
        """Whether a record that quotes break is whole without them."""
        if not self.open or not self.unquoting:
            return
        breaks = event.code is Code.BAD_QUOTE and event.message != STRAY
        if breaks and _width(event.raw, self._without_quotes) == self.dialect.width:
            self.broken = event.line if self.broken is None else self.broken

    def end(self) -> None:
        """All was seen. Raises DoubtfulDialectError."""
        if self.swallowed is not None and self.proofs < max(_PROOFS, 2 * self.swallows):
            raise self._in_doubt(self.swallowed, _SWALLOWS)
        if self.broken is not None and not self.proofs:
            raise self._in_doubt(self.broken, _BREAKS)
        if self.needless is not None and self.bare and not self.proofs:
            raise self._in_doubt(self.needless, _NEEDLESS)
        if not self.proofs and (line := self._around.without_reason) is not None:
            raise self._in_doubt(line, _WITHOUT_REASON)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the report says once all was seen."""
        line = None if self.proofs or self._around.proven else self._around.first
        return () if line is None else (_TAKEN_OFF.format(line) + " (--quote '' if they are)",)

    def _in_doubt(self, line: int, what: str) -> DoubtfulDialectError:
        quote = "'\"'" if self.dialect.quote == '"' else f'"{self.dialect.quote}"'
        options = f"--quote '' if quotes are text, --quote {quote} if not"
        return in_doubt(self.dialect, line, what, options, _quotes_nothing)

    @cached_property
    def _lone_quote(self) -> re.Pattern[bytes]:
        return lone_quote(self.dialect)

    @cached_property
    def _without_quotes(self) -> Grammar:
        return grammar_of(replace(self.dialect.syntax, quote=""))


def _quotes_nothing(preset: Preset) -> bool:
    return not preset.quote


def _width(line: bytes, patterns: Grammar) -> int:
    return len(patterns.field.findall(line + patterns.delimiter))
