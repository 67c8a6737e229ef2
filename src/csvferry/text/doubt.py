r"""What leaves a file's dialect in doubt, looked for in all of its records as they are read.

Two readings of one file may both be good CSV and give other values. Where the bytes do not decide,
nothing is guessed: the first such place is named, with the options that decide it. Such places are

- quotes that enclose what are whole records of the right width without them;
- signs of backslash escapes: `\"` within quotes, `\N` alone in an unquoted field, a backslash
  before a line end, `\\` while no backslash stands before a character that no writer escapes;
- signs that the quote escapes what is behind it: `"N` alone, and `"` before a line end in a field;
- `NA` and the like, unquoted in a column whose values are quoted: a writer's NULL.

A Windows path is no such sign, and a file whose user names the options is not in doubt.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import islice

from csvferry.config.read_options import PRESETS, Preset
from csvferry.errors import DoubtfulDialectError
from csvferry.model.reject_codes import Code
from csvferry.text.escapes import Escape
from csvferry.text.grammar import LINE_END, Grammar, grammar_of
from csvferry.text.scanner import Blank, Event, Fault, Good
from csvferry.text.sniffer import NULL_WORDS, Dialect, encloses, opened

_BEFORE_LINE_END = "a backslash before a line end may escape it"
_PROOFS = 3  # records that only quotes hold together: then they are quotes
_PATH = re.compile(rb"(?:[A-Za-z]:|\\)\\[^\r\n\"']*\\\Z")
_HOST = re.compile(rb"\\\\[\w.$-]+\\(?!\\)")  # \\server\share
_PAIR = rb"\\"
_DOUBLED = re.compile(rb"(?<!\\)\\\\")


class OtherQuoteError(Exception):
    """The file's fields are enclosed in single quotes, as is seen only now."""


@dataclass
class Doubt:
    """Looks at the records of a file, one event or block after the other.

    `header`: bytes of what comes before them in the first blocks. `proofs`: records that only
    quotes hold together; `swallowed`: the first record in which quotes enclose whole ones, and
    `swallows` their number; `doubled`: the first with two backslashes; `literal`: a backslash
    stands before a character that no writer escapes; `blanks`: empty lines between records.
    """

    dialect: Dialect
    header: int = 0
    null_named: bool = False
    proofs: int = 0
    swallowed: int | None = None
    swallows: int = 0
    doubled: int | None = None
    literal: bool = False
    blanks: int = 0
    _passed: int = 0  # empty lines of which it is open whether records come behind them
    _open: bool = False
    _ended: tuple[int, bytes] | None = None  # the record before, which ends with a backslash
    _rest: bytes = b""
    _closed: int = 0  # the record that lacks fields and ends with a quote
    _line: int = field(default=0)

    def __post_init__(self) -> None:
        dialect = self.dialect
        self._open = dialect.doubtful
        self._line = dialect.line
        first = dialect.header_raw[: len(dialect.quote)]
        self._quoting = bool(dialect.quote) and not dialect.quote_named
        self._quoting &= first != dialect.quote.encode() and dialect.width > 1
        self._escapes = not dialect.escape_named and dialect.delimiter != "\\"

    # What comes

    def event(self, event: Event) -> None:
        """Look at the next records. Raises DoubtfulDialectError, OtherQuoteError."""
        if isinstance(event, Blank):
            self._passed += event.records
            return
        self.blanks, self._passed = self.blanks + self._passed, 0
        if isinstance(event, Fault):
            self._look_for_quote(b"\n%b\n" % event.raw)
            self._fault(event)
        else:
            self._look_for_quote(event.data)
            self._good(event)

    def block(self, data: bytes) -> None:
        """Look at the next bytes of a file without quotes, whose lines are its records."""
        data, self.header = data[self.header :], max(self.header - len(data), 0)
        self._look_for_quote(data)
        if not self._escapes or (b"\\" not in data and not self._rest):
            self._line += _lines(data)
            return
        whole = self._rest + data
        end = max(whole.rfind(b"\n"), whole.rfind(b"\r")) + 1
        self._rest = whole[end:]
        lines = whole[:end]
        self._signs(lines, self._line)
        self._line += _lines(lines)

    def end(self) -> None:
        """All was seen. Raises DoubtfulDialectError."""
        if self._rest:
            self._signs(self._rest + b"\n", self._line)
        if self.swallowed is not None and self.proofs < max(_PROOFS, 2 * self.swallows):
            raise self._in_doubt(
                self.swallowed,
                "a quote there encloses what are whole records without it",
                f"--quote '' if quotes are text, --quote {_shown(self.dialect.quote)} if not",
                lambda preset: not preset.quote,
            )
        if self.doubled is not None and not self.literal:
            raise self._escaped(self.doubled, r"\\ there may be one escaped backslash")

    # Quotes

    def _look_for_quote(self, data: bytes) -> None:
        """Single quotes may enclose the fields of a file whose beginning has none."""
        if not self._open:
            return
        delimiter = self.dialect.delimiter
        if b'"' in data and opened(data, delimiter, b'"'):
            self._open = False
        elif b"'" in data and opened(data, delimiter, b"'") and encloses(data, self.dialect):
            raise OtherQuoteError

    def _good(self, event: Good) -> None:
        if self._quoting and self.dialect.grammar.quote in event.data:
            self._weigh_quotes(event)
        if self.dialect.enclosed and not self.null_named:
            self._null_word(event)
        if self._escapes:
            if b"\\" in event.data:
                self._signs(event.data, event.line, quoted=event)
            self._ended = None
            if _odd_backslash(event.data[-200:].rstrip(b"\r\n")):
                self._ended = event.line + event.records - 1, b""

    def _weigh_quotes(self, event: Good) -> None:
        """Whether its quotes hold fields together, or enclose whole records."""
        width, patterns = self.dialect.width, self._without_quotes
        if not event.spans:
            cuts = event.hidden.count(patterns.delimiter)
            self.proofs += cuts > event.records * (width - 1)
        else:
            for number, found in enumerate(self.dialect.grammar.one.finditer(event.hidden)):
                lines = LINE_END.split(found.group(1))
                if len(lines) > 1:
                    ends = (lines[0], lines[-1])
                    self._weigh(event.line + number, [_width(line, patterns) for line in ends])
        self._quoting = self.proofs < _PROOFS or self.swallowed is not None

    def _weigh(self, line: int, widths: list[int]) -> None:
        if all(width == self.dialect.width for width in widths):
            self.swallows += 1
            self.swallowed = line if self.swallowed is None else self.swallowed
        else:
            self.proofs += 1

    def _fault(self, event: Fault) -> None:
        if self._escapes:
            self._faulty_signs(event)

    @cached_property
    def _without_quotes(self) -> Grammar:
        return grammar_of(replace(self.dialect.syntax, quote=""))

    def _null_word(self, event: Good) -> None:
        """An unquoted word for NULL where each value is quoted."""
        cut, patterns = self._cut, self.dialect.grammar
        if (
            not any(cut + word in event.data for word in NULL_WORDS)
            and 0 not in self.dialect.enclosed
        ):
            return
        for found in self._words.finditer(event.hidden):
            before = _records_before(event.data, found.start(), event, self.dialect)
            raw = next(islice(patterns.one.finditer(event.hidden), before, None)).group(1)
            fields = patterns.field.findall(raw + cut)
            if any(fields[n] == found[1] for n in self.dialect.enclosed):
                word = found[1].decode()
                raise self._in_doubt(
                    event.line + before,
                    f"{word} there, where other values are quoted, may mean NULL",
                    f"--null {word}, or --null '' if it is text",
                    partial(_has_null, word),
                )

    @cached_property
    def _words(self) -> re.Pattern[bytes]:
        cut, words = re.escape(self._cut), b"|".join(sorted(NULL_WORDS))
        return re.compile(rb"(?:(?<=[\r\n])|(?<=%b)|\A)(%b)(?=%b|[\r\n])" % (cut, words, cut))

    # Escapes

    def _faulty_signs(self, event: Fault) -> None:
        quote = self.dialect.grammar.quote
        self._quote_escapes(event)
        if quote and b"\\" + quote in event.raw:
            if event.code is Code.BAD_QUOTE and self._escaped_quote.search(event.raw):
                raise self._quoted(event.line)
            if event.ragged and self._good_if_escaped(event.raw):
                raise self._quoted(event.line)
        if event.ragged and self._ended:
            line, before = self._ended
            width = self._width_if_escaped(before) + self._width_if_escaped(event.raw) - 1
            if (width if before else self._width_if_escaped(event.raw)) <= self._most(before):
                raise self._escaped(line, _BEFORE_LINE_END)
        self._ended = None
        if event.ragged and _odd_backslash(event.raw):
            self._ended = event.line, event.raw

    def _quote_escapes(self, event: Fault) -> None:
        """Signs that the quote is the escape too."""
        quote, cut = re.escape(self.dialect.grammar.quote), re.escape(self._cut)
        if not quote:
            return
        null = event.code is Code.BAD_QUOTE and re.search(
            rb"(?:\A|%b)%bN(?:%b|\Z)" % (cut, quote, cut), event.raw
        )
        rest = event.ragged and re.match(
            rb"[^%b%b]*+%b(?:%b|\Z)" % (quote, cut, quote, cut), event.raw
        )
        if null or (rest and self._closed == event.line - 1):
            raise self._in_doubt(
                event.line - bool(rest),
                "a quote may escape what stands behind it",
                "--escape rfc, or --escape none if it does not",
                lambda preset: preset.escape == Escape.RFC,
            )
        closed = event.ragged and event.raw.endswith(self.dialect.grammar.quote)
        self._closed = event.line if closed else 0

    def _most(self, before: bytes) -> int:
        return self.dialect.width if before else 1

    def _signs(self, data: bytes, line: int, quoted: Good | None = None) -> None:
        """Look at whole records, some of which hold backslashes."""
        if not self.null_named and b"\\N" in data:
            for found in self._null.finditer(data):
                if quoted is None or not self._within_quotes(data, found.start()):
                    place = line + _records_before(data, found.start(), quoted, self.dialect)
                    raise self._escaped(place, r"\N alone there may mean NULL", r"--null '\N', ")
        if quoted is not None and self.dialect.quote:
            self._signs_within_quotes(quoted)
        if self.dialect.width == 1:
            for found in re.finditer(rb"[^\r\n]*+(?<=\\)(?=[\r\n])", data):
                if _odd_backslash(found.group()) and not _PATH.search(found.group()):
                    raise self._escaped(line + _lines(data[: found.start()]), _BEFORE_LINE_END)
        if not self.literal:
            self._backslashes(data, line, quoted)

    def _backslashes(self, data: bytes, line: int, quoted: Good | None) -> None:
        # Pairs are passed over, so that what is found stands behind no other backslash.
        self.literal = any(pair.group() != _PAIR for pair in self._unescapable.finditer(data))
        if self.literal or self.doubled is not None or _PAIR not in data:
            return
        for found in _DOUBLED.finditer(data):
            before = data[found.start() - 1 : found.start()]
            begins = before in (b"", b"\n", b"\r", self.dialect.grammar.quote or b"\n")
            begins |= data.endswith(self.dialect.grammar.delimiter, 0, found.start())
            if not (begins and _HOST.match(data, found.start())):
                self.doubled = line + _records_before(data, found.start(), quoted, self.dialect)
                return

    def _signs_within_quotes(self, event: Good) -> None:
        """Signs that need a look at single records; few have them."""
        if not self._suspicious.search(event.data):
            return
        for number, found in enumerate(self.dialect.grammar.one.finditer(event.data)):
            raw, line = found.group(1), event.line + number
            if self._closed_if_escaped.search(raw) and self._good_if_escaped(raw):
                raise self._quoted(line)
            for part in self.dialect.grammar.field.findall(raw + self.dialect.grammar.delimiter):
                if not part.startswith(self.dialect.grammar.quote):
                    continue
                for end in re.finditer(rb"\\(?=\r\n|\n|\r)", part):
                    start = max(part.rfind(b"\n", 0, end.start()), 0) + 1
                    if not _PATH.search(part, start, end.end()):
                        raise self._escaped(line, _BEFORE_LINE_END)

    def _within_quotes(self, data: bytes, at: int) -> bool:
        """Whether this byte of whole records stands within quotes."""
        for found in self.dialect.grammar.one.finditer(data):
            if at < found.end():
                fields = self.dialect.grammar.field.findall(found.group(1) + self._cut)
                return rb"\N" not in fields
        return False

    @property
    def _cut(self) -> bytes:
        return self.dialect.grammar.delimiter

    @cached_property
    def _null(self) -> re.Pattern[bytes]:
        cut = re.escape(self._cut)
        before = rb"(?:(?<=[\r\n])|(?<=%b)|\A)" % cut
        return re.compile(rb"%b\\N(?=%b|[\r\n]|\Z)" % (before, cut))

    @cached_property
    def _unescapable(self) -> re.Pattern[bytes]:
        """A pair of backslashes, or one before a character that no writer escapes."""
        taken = rb"\"'NnrtbfvZ0\r\n" + re.escape(self._cut[:1] + self.dialect.grammar.quote)
        return re.compile(rb"\\[^%b]" % taken)  # begins with what `search` finds at once

    @cached_property
    def _escaped_quote(self) -> re.Pattern[bytes]:
        """A quote behind a backslash that closes no field."""
        quote = re.escape(self.dialect.grammar.quote)
        return re.compile(rb"\\%b(?!%b|[\r\n]|\Z)" % (quote, re.escape(self._cut)))

    @cached_property
    def _closed_if_escaped(self) -> re.Pattern[bytes]:
        r"""`\""` before a delimiter: text with a quote, or an escaped quote and the field's end."""
        quote, cut = re.escape(self.dialect.grammar.quote), re.escape(self._cut)
        pairs = rb"\\(?:%b%b)++(?:%b|[\r\n]|\Z)" % (quote, quote, cut)
        return re.compile(pairs)

    @cached_property
    def _suspicious(self) -> re.Pattern[bytes]:
        return re.compile(rb"%b|\\[\r\n]" % self._closed_if_escaped.pattern)

    @cached_property
    def _with_escapes(self) -> Grammar:
        return grammar_of(replace(self.dialect.syntax, escape=Escape.MYSQL))

    def _good_if_escaped(self, raw: bytes) -> bool:
        """Whether a record is one of the right width if its backslashes are escapes."""
        patterns = grammar_of(replace(self.dialect.syntax, escape=Escape.QUOTED))
        return self._matches(patterns, raw)

    def _matches(self, patterns: Grammar, raw: bytes) -> bool:
        end = self.dialect.syntax.usual or b"\n"
        hidden = patterns.hidden(raw) + end + b"x"
        run = patterns.runs[-1].pattern.match(hidden, 0, len(hidden))
        return run is not None and run.end() == len(hidden) - 1

    def _width_if_escaped(self, raw: bytes) -> int:
        patterns = self._with_escapes
        return len(patterns.field.findall(patterns.hidden(raw) + patterns.delimiter))

    def _quoted(self, line: int) -> DoubtfulDialectError:
        quote = self.dialect.quote
        return self._escaped(line, f"\\{quote} within quotes may be an escaped quote")

    def _escaped(self, line: int, what: str, also: str = "") -> DoubtfulDialectError:
        rule = "quoted or --escape mysql" if self.dialect.quote else "mysql"
        options = f"{also}--escape {rule}, or --escape none if backslashes are text"
        plain = (Escape.NONE, Escape.RFC)
        return self._in_doubt(line, what, options, lambda preset: preset.escape not in plain)

    def _in_doubt(
        self, line: int, what: str, options: str, decides: Callable[[Preset], bool]
    ) -> DoubtfulDialectError:
        """The error; it names the presets of the delimiter that decide it."""
        alike = [p for p in PRESETS.values() if p.delimiter == self.dialect.delimiter]
        names = ", ".join(preset.name for preset in alike if decides(preset))
        also = f"; --dialect names the program that wrote it: {names}" if names else ""
        return DoubtfulDialectError(
            f"doubtful_dialect: line {line}: {what}", f"say {options}{also}"
        )


def _has_null(word: str, preset: Preset) -> bool:
    return word in preset.null


def _shown(quote: str) -> str:
    return "'\"'" if quote == '"' else f'"{quote}"'


def _width(line: bytes, patterns: Grammar) -> int:
    return len(patterns.field.findall(line + patterns.delimiter))


def _odd_backslash(raw: bytes) -> bool:
    return (len(raw) - len(raw.rstrip(b"\\"))) % 2 == 1


def _lines(data: bytes) -> int:
    return len(LINE_END.findall(data)) if b"\r" in data else data.count(b"\n")


def _records_before(data: bytes, at: int, event: Good | None, dialect: Dialect) -> int:
    """How many records end before a byte of whole records."""
    if event is None or not event.spans:
        return _lines(data[:at])
    return sum(found.end() <= at for found in dialect.grammar.one.finditer(data))
