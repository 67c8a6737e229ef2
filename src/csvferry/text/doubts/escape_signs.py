r"""Signs that backslashes are escapes, or that the quote is one.

Strong ones stop the run at once: `\N` alone, `\"` within quotes that an escape explains better, a
backslash before a line end or a delimiter that makes a record whole. Weak ones stop it at the end,
unless a backslash stands before a character that no writer escapes: `\\`, a letter of an escape
where the delimiter is one of programs that never quote, and `\"` in unquoted fields while none of
their quotes lacks the backslash. A Windows path is no sign.
"""

import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from csvferry.config.read_options import Preset
from csvferry.errors import DoubtfulDialectError
from csvferry.model.reject_codes import Code
from csvferry.text.doubts.places import (
    QUOTED_BY_ALL,
    in_doubt,
    lone_quote,
    records_before,
)
from csvferry.text.escapes import Escape
from csvferry.text.grammar import Grammar, grammar_of
from csvferry.text.scanner import Fault, Good
from csvferry.text.sniffer import Dialect

_BEFORE_LINE_END = "a backslash before a line end may escape it"
_BEFORE_DELIMITER = "a backslash before a delimiter may escape it"
_ONE_BACKSLASH = r"\\ there may be one escaped backslash"
_QUOTE_OUTSIDE = r"\{} in an unquoted field may be an escaped quote"
_LETTER = r"\{} there may be an escape"
_FOLDER = re.compile(rb"(?:[A-Za-z]:|\\)\\")  # begins a path
_LONGEST_PATH = 32_767  # characters (Windows, "Maximum Path Length Limitation")
_HOST = re.compile(rb"\\\\[\w.$-]+\\(?!\\)")  # \\server\share
_PAIR = rb"\\"
_DOUBLED = re.compile(rb"(?<!\\)\\\\")
_LETTERS = re.compile(rb"\\(?<!\\\\)([ntr'])")


class Weak(NamedTuple):
    """A sign that counts only where no backslash of the file contradicts it."""

    line: int
    what: str


@dataclass
class EscapeSigns:
    """Looks at the records of a file whose user names no rule of escapes.

    `weak`: the first weak sign; `literal`: a backslash stands before a character that no writer
    escapes; `outside`: the first escaped quote in an unquoted field; `bare`: a quote of an
    unquoted field has no backslash before it.
    """

    dialect: Dialect
    null_named: bool
    weak: Weak | None = None
    literal: bool = False
    outside: Weak | None = None
    bare: bool = False
    _ended: tuple[int, bytes] | None = None  # the record before, which ends with a backslash
    _closed: int = field(default=0)  # the record that lacks fields and ends with a quote

    # What comes

    def good(self, event: Good) -> None:
        """Look at good records. Raises DoubtfulDialectError."""
        if b"\\" in event.data:
            self.lines(event.data, event.line, event)
        if event.loose and not self.bare:
            self._quotes_outside(event)
        self._ended = None
        if _odd_backslash(event.data[-200:].rstrip(b"\r\n")):
            self._ended = event.line + event.records - 1, b""

    def lines(self, data: bytes, line: int, quoted: Good | None = None) -> None:
        """Look at whole records, some of which hold backslashes. Raises DoubtfulDialectError."""
        if {part[:1] for part in data.split(b"\\")[1:]} <= self._no_signs:
            return
        if not self.null_named and b"\\N" in data:
            found = self._null.search(data) if quoted is None else self._null_without_quotes(data)
            if found is not None:
                place = line + records_before(data, found.start(), quoted, self.dialect)
                raise self._escaped(place, r"\N alone there may mean NULL", r"--null '\N', ")
        if quoted is not None and self.dialect.quote:
            self._within(quoted)
        if self.dialect.width == 1:
            for number, text in enumerate(data.splitlines(keepends=True)):
                bare = text.rstrip(b"\r\n")
                ended = len(bare) < len(text) and _odd_backslash(bare)
                if ended and not _ends_path(bare, 0, len(bare)):
                    raise self._escaped(line + number, _BEFORE_LINE_END)
        if not self.literal:
            self._backslashes(data, line, quoted)

    def fault(self, event: Fault) -> None:
        """Look at a rejected record. Raises DoubtfulDialectError."""
        quote = self.dialect.grammar.quote
        self._quote_escapes(event)
        if quote and b"\\" + quote in event.raw:
            if event.code is Code.BAD_QUOTE and self._escaped_quote.search(event.raw):
                raise self._quoted(event.line)
            if event.ragged and self._good_if_escaped(event.raw):
                raise self._quoted(event.line)
        if event.ragged and self._whole_if_cut_is_escaped(event.raw):
            raise self._escaped(event.line, _BEFORE_DELIMITER)
        if event.ragged and self._ended:
            line, before = self._ended
            width = self._width_if_escaped(before) + self._width_if_escaped(event.raw) - 1
            if (width if before else self._width_if_escaped(event.raw)) <= self._most(before):
                raise self._escaped(line, _BEFORE_LINE_END)
        self._ended = None
        if event.ragged and _odd_backslash(event.raw):
            self._ended = event.line, event.raw

    def end(self) -> None:
        """All was seen. Raises DoubtfulDialectError."""
        if self.literal:
            return
        if self.weak:
            raise self._escaped(*self.weak)
        if self.outside and not self.bare:
            raise self._escaped(*self.outside)

    # Single signs

    def _backslashes(self, data: bytes, line: int, quoted: Good | None) -> None:
        self.literal = self._literal_in(data)
        if self.literal or self.weak:
            return
        for at, what in self._weak_signs(data):
            place = line + records_before(data, at, quoted, self.dialect)
            self.weak = Weak(place, what)
            return

    def _literal_in(self, data: bytes) -> bool:
        # Pairs are passed over, so that what is found stands behind no other backslash.
        return any(pair.group() != _PAIR for pair in self._unescapable.finditer(data))

    def _weak_signs(self, data: bytes) -> list[tuple[int, str]]:
        """The first place of each kind of weak sign, the first of them first."""
        cut, quote = self.dialect.grammar.delimiter, self.dialect.grammar.quote
        signs = []
        for found in _DOUBLED.finditer(data) if _PAIR in data else ():
            before = data[found.start() - 1 : found.start()]
            begins = before in (b"", b"\n", b"\r", quote or b"\n")
            begins |= data.endswith(cut, 0, found.start())
            if not (begins and _HOST.match(data, found.start())):
                signs.append((found.start(), _ONE_BACKSLASH))
                break
        start = seen = 0
        for found in _LETTERS.finditer(data) if self._unquoting else ():
            at = found.start()
            start = max(start, *(_behind(mark, data, seen, at) for mark in (b"\n", cut)))
            seen = max(at - len(cut), 0)
            enclosed = bool(quote) and data.startswith(quote, start)
            if not enclosed and not _is_path(data, start, at + 1, (b"\r",)):
                signs.append((found.start(), _LETTER.format(found[1].decode())))
                break
        return sorted(signs)

    @property
    def _unquoting(self) -> bool:
        """Whether programs that escape and never quote have this delimiter."""
        return self.dialect.delimiter not in QUOTED_BY_ALL

    def _quotes_outside(self, event: Good) -> None:
        r"""`\"` in unquoted fields, while none of their quotes lacks the backslash."""
        quote = self.dialect.grammar.quote
        if not quote:
            return
        self.bare = self._lone_quote.search(event.data, 1) is not None
        if self.bare or self.outside or b"\\" + quote not in event.data:
            return
        for number, found in enumerate(self.dialect.grammar.one.finditer(event.data)):
            for part in self.dialect.grammar.field.findall(found.group(1) + self._cut):
                if not part.startswith(quote) and b"\\" + quote in part:
                    what = _QUOTE_OUTSIDE.format(self.dialect.quote)
                    self.outside = Weak(event.line + number, what)
                    return

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
            raise in_doubt(
                self.dialect,
                event.line - bool(rest),
                "a quote may escape what stands behind it",
                "--escape rfc, or --escape none if it does not",
                lambda preset: preset.escape == Escape.RFC,
            )
        closed = event.ragged and event.raw.endswith(self.dialect.grammar.quote)
        self._closed = event.line if closed else 0

    def _within(self, event: Good) -> None:
        """Signs that need a look at single records; few have them."""
        if not self._suspicious.search(event.data):
            return
        for number, found in enumerate(self.dialect.grammar.one.finditer(event.data)):
            raw, line = found.group(1), event.line + number
            if self._closed_if_escaped.search(raw) and self._good_if_escaped(raw):
                raise self._quoted(line)
            for part in self.dialect.grammar.field.findall(raw + self._cut):
                if not part.startswith(self.dialect.grammar.quote):
                    continue
                ends = re.finditer(rb"\\(?=\r\n|\n|\r)", part)
                if not all(_ends_path(part, 1, end.end()) for end in ends):
                    raise self._escaped(line, _BEFORE_LINE_END)

    def _null_without_quotes(self, data: bytes) -> re.Match[bytes] | None:
        r"""The first `\N` of whole records in one that has it for a field."""
        for record in self.dialect.grammar.one.finditer(data):
            text = record.group(1)
            if b"\\N" in text and rb"\N" in self.dialect.grammar.field.findall(text + self._cut):
                return self._null.search(data, record.start())
        return None

    # Patterns

    @cached_property
    def _no_signs(self) -> frozenset[bytes]:
        """What may stand behind each backslash of records that hold no sign of either kind."""
        letters = b"bfvZ0" if self._unquoting else b"bfvZ0ntr'"
        grammar = self.dialect.grammar
        others = set(grammar.quote + grammar.delimiter)
        return frozenset(bytes((letter,)) for letter in letters if letter not in others)

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
    def _lone_quote(self) -> re.Pattern[bytes]:
        return lone_quote(self.dialect)

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

    # What it would be

    def _most(self, before: bytes) -> int:
        return self.dialect.width if before else 1

    def _whole_if_cut_is_escaped(self, raw: bytes) -> bool:
        if b"\\" + self._cut[:1] not in raw or self.literal or self._literal_in(raw):
            return False
        return self._width_if_escaped(raw) == self.dialect.width

    def _good_if_escaped(self, raw: bytes) -> bool:
        """Whether a record is one of the right width if its backslashes are escapes."""
        patterns = grammar_of(replace(self.dialect.syntax, escape=Escape.QUOTED))
        end = self.dialect.syntax.usual or b"\n"
        hidden = patterns.hidden(raw) + end + b"x"
        run = patterns.runs[-1].pattern.match(hidden, 0, len(hidden))
        return run is not None and run.end() == len(hidden) - 1

    def _width_if_escaped(self, raw: bytes) -> int:
        patterns = self._with_escapes
        return len(patterns.field.findall(patterns.hidden(raw) + patterns.delimiter))

    # The errors

    def _quoted(self, line: int) -> DoubtfulDialectError:
        quote = self.dialect.quote
        return self._escaped(line, f"\\{quote} within quotes may be an escaped quote")

    def _escaped(self, line: int, what: str, also: str = "") -> DoubtfulDialectError:
        rule = "quoted or --escape mysql" if self.dialect.quote else "mysql"
        options = f"{also}--escape {rule}, or --escape none if backslashes are text"
        return in_doubt(self.dialect, line, what, options, _escapes)


def _behind(mark: bytes, data: bytes, start: int, at: int) -> int:
    """Behind the last mark between two places, or the beginning."""
    found = data.rfind(mark, start, at)
    return 0 if found < 0 else found + len(mark)


def _is_path(data: bytes, start: int, end: int, without: tuple[bytes, ...]) -> bool:
    """Whether a path of Windows goes on up to `end`: behind `start`, and behind each of `without`.

    Only its longest length is looked at, so that many places take no longer than they are many.
    """
    start = max(start, end - _LONGEST_PATH)
    start = max(start, *(_behind(mark, data, start, end) for mark in without))
    return _FOLDER.search(data, start, end) is not None


def _ends_path(data: bytes, start: int, end: int) -> bool:
    """Whether the backslash before `end` ends the path of a folder on Windows, in one line."""
    return _is_path(data, start, end - 1, (b"\r", b"\n", b'"', b"'"))


def _escapes(preset: Preset) -> bool:
    return preset.escape not in (Escape.NONE, Escape.RFC)


def _odd_backslash(raw: bytes) -> bool:
    return (len(raw) - len(raw.rstrip(b"\\"))) % 2 == 1
