r"""What leaves a file's dialect in doubt, looked for in all of its records as they are read.

Two readings of one file may both be good CSV and give other values. Where the bytes do not decide,
nothing is guessed: the first such place is named, with the options that decide it. Such places are

- signs that quotes are text (`quote_signs`);
- signs of escapes (`escape_signs`);
- `NA` and the like, unquoted in a column whose values are quoted: a writer's NULL.

A file whose user names the options is not in doubt.
"""

import re
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import islice

from csvferry.config.read_options import Preset
from csvferry.text.columns.quoted import NULL_WORDS
from csvferry.text.doubts.escape_signs import EscapeSigns
from csvferry.text.doubts.places import in_doubt, line_count, records_before
from csvferry.text.doubts.quote_signs import QuoteSigns
from csvferry.text.scanner import Blank, Event, Fault, Good
from csvferry.text.sniffer import Dialect, encloses, opened


class OtherQuoteError(Exception):
    """The file's fields are enclosed in single quotes, as is seen only now."""


@dataclass
class Doubt:
    """Looks at the records of a file, one event or block after the other.

    `header`: bytes of what comes before them in the first blocks. `blanks`: empty lines between
    records.
    """

    dialect: Dialect
    header: int = 0
    null_named: bool = False
    blanks: int = 0
    _passed: int = 0  # empty lines of which it is open whether records come behind them
    _open: bool = False
    _rest: bytes = b""
    _line: int = field(default=0)

    def __post_init__(self) -> None:
        dialect = self.dialect
        self._open = dialect.doubtful
        self._line = dialect.line
        self._quotes = QuoteSigns(dialect)
        escapes = not dialect.escape_named and dialect.delimiter != "\\"
        self._escapes = EscapeSigns(dialect, self.null_named) if escapes else None

    # What comes

    def event(self, event: Event) -> None:
        """Look at the next records. Raises DoubtfulDialectError, OtherQuoteError."""
        if isinstance(event, Blank):
            self._passed += event.records
            return
        self.blanks, self._passed = self.blanks + self._passed, 0
        if isinstance(event, Fault):
            self._look_for_quote(b"\n%b\n" % event.raw)
            self._quotes.fault(event)
            if self._escapes:
                self._escapes.fault(event)
        else:
            self._look_for_quote(event.data)
            self._quotes.good(event)
            if self.dialect.enclosed and not self.null_named:
                self._null_word(event)
            if self._escapes:
                self._escapes.good(event)

    def block(self, data: bytes) -> None:
        """Look at the next bytes of a file without quotes, whose lines are its records."""
        data, self.header = data[self.header :], max(self.header - len(data), 0)
        self._look_for_quote(data)
        if not self._escapes or (b"\\" not in data and not self._rest):
            self._line += line_count(data)
            return
        whole = self._rest + data
        end = max(whole.rfind(b"\n"), whole.rfind(b"\r")) + 1
        self._rest = whole[end:]
        lines = whole[:end]
        self._escapes.lines(lines, self._line)
        self._line += line_count(lines)

    def end(self) -> None:
        """All was seen. Raises DoubtfulDialectError."""
        if self._escapes and self._rest:
            self._escapes.lines(self._rest + b"\n", self._line)
        self._quotes.end()
        if self._escapes:
            self._escapes.end()

    @property
    def notes(self) -> tuple[str, ...]:
        """What the report says of places that were read in the likelier of two ways."""
        return self._quotes.notes

    def _look_for_quote(self, data: bytes) -> None:
        """Single quotes may enclose the fields of a file whose beginning has none."""
        if not self._open:
            return
        delimiter = self.dialect.delimiter
        if b'"' in data and opened(data, delimiter, b'"'):
            self._open = False
        elif b"'" in data and opened(data, delimiter, b"'") and encloses(data, self.dialect):
            raise OtherQuoteError

    # Words for NULL

    def _null_word(self, event: Good) -> None:
        """An unquoted word for NULL where each value is quoted."""
        cut, patterns = self.dialect.grammar.delimiter, self.dialect.grammar
        if (
            not any(cut + word in event.data for word in NULL_WORDS)
            and 0 not in self.dialect.enclosed
        ):
            return
        for found in self._words.finditer(event.hidden):
            before = records_before(event.data, found.start(), event, self.dialect)
            raw = next(islice(patterns.one.finditer(event.hidden), before, None)).group(1)
            fields = patterns.field.findall(raw + cut)
            if any(fields[n] == found[1] for n in self.dialect.enclosed):
                word = found[1].decode()
                raise in_doubt(
                    self.dialect,
                    event.line + before,
                    f"{word} there, where other values are quoted, may mean NULL",
                    f"--null {word}, or --null '' if it is text",
                    partial(_has_null, word),
                )

    @cached_property
    def _words(self) -> re.Pattern[bytes]:
        cut, words = re.escape(self.dialect.grammar.delimiter), b"|".join(sorted(NULL_WORDS))
        return re.compile(rb"(?:(?<=[\r\n])|(?<=%b)|\A)(%b)(?=%b|[\r\n])" % (cut, words, cut))


def _has_null(word: str, preset: Preset) -> bool:
    return word in preset.null
