"""The records of a CSV file, walked over once in bounded memory.

`walk` tells the file as a row of events, in file order: runs of good records as they stand in the
file (no Python object per record), faults one by one, and runs of lines that are no record. What it
decides depends on the bytes alone, never on how they were cut into blocks.
"""

import codecs
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from csvferry.model.reject_codes import Code
from csvferry.text.good_stretch import LEAST, good_stretch
from csvferry.text.grammar import Grammar

LIMIT = 2_000_000  # bytes of a record, its line end included
KEPT = 65_536  # bytes of an over-long line that a reject keeps
STRAY = "a line end outside quotes that is not the file's"
BLOCK = 1 << 21


class Source(Protocol):
    """Where the bytes come from."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most `size`; none at the end."""


class Good(NamedTuple):
    """A number of good `records` as they stand in the file.

    `hidden`: the same bytes with escapes hidden. `spans`: some may have line ends in quotes.
    `loose`: some may have bare fields with quotes in them, which DuckDB would not take for text.
    """

    line: int
    offset: int
    data: bytes
    records: int
    spans: bool
    loose: bool
    hidden: bytes


class Fault(NamedTuple):
    """One rejected record; `field` counts from 0 where one is to blame.

    `end` is its line end. `ragged`: it has another number of fields than it should.
    """

    line: int
    offset: int
    raw: bytes
    code: Code
    message: str
    field: int | None = None
    end: bytes = b"\n"
    ragged: bool = False


class Blank(NamedTuple):
    """`records` empty lines, or a comment, which counts as none; `data` is what stands there."""

    line: int
    offset: int
    records: int
    data: bytes


Event = Good | Fault | Blank

_PIECE, _LARGEST_PIECE = 1 << 10, 1 << 20  # bytes that are decoded at once


@dataclass
class _Window:
    """The part of the file at hand: `data` begins at byte `base`; `at` is the next record.

    `hidden` is the same with escapes hidden.
    """

    source: Source
    grammar: Grammar
    base: int
    block: int
    data: bytes = b""
    hidden: bytes = b""
    at: int = 0
    ended: bool = False
    bad: int = 0  # the first byte at or after `at` that is no UTF-8, else the end of `data`
    odd: int = 0  # before this byte of the file is a record that no good stretch has

    def more(self) -> bool:
        """Read on, keeping what lies from `at` on; False at the end of the file."""
        if self.ended:
            return False
        new = self.source.read(self.block)
        rest = self.data[self.at :]
        self.hidden = self.grammar.hidden(rest + new, last=not new)
        if not new:
            self.ended = True
            new = self._last_line_end()
            self.hidden += new
        self.data = rest + new
        self.base += self.at
        self.at = 0
        self.bad = -1
        return bool(new) or bool(rest)

    def _last_line_end(self) -> bytes:
        """What the last record lacks: its line end. No escape reaches beyond the last byte."""
        rest, syntax = self.hidden, self.grammar.syntax
        if syntax.escape.everywhere and rest.endswith(b"\\"):
            self.hidden = rest[:-1] + b"\0"
        end = {"crlf": b"\r\n", "cr": b"\r"}.get(syntax.line_end, b"\n")
        return end if rest and not rest.endswith(end) else b""

    def first_bad(self) -> int:
        """Where the first byte lies, at or after `at`, that is no UTF-8; else the end."""
        if self.bad < self.at:
            self.bad = _first_bad(self.data, self.at, final=self.ended)
        return self.bad

    @property
    def enough(self) -> bool:
        """Whether as much lies at hand as any decision needs."""
        return self.ended or len(self.data) - self.at > LIMIT


def _first_bad(data: bytes, start: int, *, final: bool) -> int:
    """A piece at a time: the error that tells of a bad byte copies all that was to be decoded."""
    view, at, size = memoryview(data), start, _PIECE
    while at < len(data):
        stop = min(at + size, len(data))
        last = final and stop == len(data)
        try:
            _, taken = codecs.utf_8_decode(view[at:stop], "strict", last)
        except UnicodeDecodeError as error:
            return at + error.start
        if not taken:  # the rest begins a character
            break
        at, size = at + taken, min(2 * size, _LARGEST_PIECE)
    return len(data)


def walk(
    source: Source, grammar: Grammar, offset: int, line: int, block: int = BLOCK
) -> Iterator[Event]:
    """The events from byte `offset` on, where the record with number `line` begins.

    `source` stands at `offset`. `block` is how much is read at once.
    """
    window = _Window(source, grammar, offset, block)
    while True:
        if window.at == len(window.data) and not window.more():
            return
        events = _step(window, grammar, line)
        if not events and not window.enough:
            window.more()
            continue
        for event in events or _over_limit(window, grammar, line):
            yield event
            line += 1 if isinstance(event, Fault) else event.records


def _step(window: _Window, grammar: Grammar, line: int) -> Sequence[Event]:
    """What the next bytes are, or nothing where that can't be told without more of them."""
    event = (
        _good_run(window, grammar, line)
        or _blank_lines(window, grammar, line)
        or _comment(window, grammar, line)
        or _single(window, grammar, line)
    )
    return (event,) if event else _broken(window, grammar, line)


def _good_run(window: _Window, grammar: Grammar, line: int) -> Good | None:
    start = window.at
    end = min(start + LIMIT, window.first_bad())
    if end - start >= LEAST and window.base + start >= window.odd:
        if found := good_stretch(window.hidden, start, end, grammar):
            window.at = found.end
            data = window.data[start : found.end]
            return Good(
                line,
                window.base + start,
                data,
                found.records,
                found.spans,
                loose=False,
                hidden=data,
            )
        window.odd = window.base + start + LEAST
    for pattern, spans, loose in grammar.runs:
        run = pattern.match(window.hidden, start, end)
        if run and run.end() > start:
            window.at = run.end()
            data, hidden = window.data[start : run.end()], run.group()
            count = _records(hidden, grammar, loose=loose) if spans else grammar.line_ends(hidden)
            return Good(line, window.base + start, data, count, spans, loose, hidden)
    return None


def _records(hidden: bytes, grammar: Grammar, *, loose: bool) -> int:
    if loose or not grammar.quote:
        return len(grammar.one.findall(hidden))
    parts = hidden.split(grammar.quote)  # every other one stands outside quotes
    return grammar.line_ends(grammar.quote.join(parts[::2]))


def _blank_lines(window: _Window, grammar: Grammar, line: int) -> Blank | None:
    start = window.at
    run = grammar.blank.match(window.hidden, start)
    if run is None:
        return None
    window.at = run.end()
    return Blank(line, window.base + start, grammar.line_ends(run.group()), run.group())


def _comment(window: _Window, grammar: Grammar, line: int) -> Blank | None:
    start = window.at
    found = grammar.comment and grammar.comment.match(window.data, start, start + LIMIT + 1)
    if not found:
        return None
    window.at = found.end()
    return Blank(line, window.base + start, 0, found.group())


def _single(window: _Window, grammar: Grammar, line: int) -> Good | Fault | None:
    start = window.at
    found = grammar.record.match(window.hidden, start, start + LIMIT + 1)
    if found is None or found.end() - start > LIMIT:
        return None
    hidden = found.group(1)
    raw, end = window.data[start : start + len(hidden)], found.group()[len(hidden) :]
    offset = window.base + start
    bad = window.first_bad()
    window.at = found.end()
    if b"\0" in hidden:
        return Fault(line, offset, raw, *_nul_byte(raw), end=end)
    if bad < found.end():
        return Fault(line, offset, raw, Code.BAD_ENCODING, _no_text(raw), end=end)
    if grammar.stray(hidden):
        return Fault(line, offset, raw, Code.BAD_QUOTE, STRAY, end=end)
    if hidden == grammar.syntax.repeated:
        return Fault(line, offset, raw, Code.BAD_VALUE, "the header of the file again", end=end)
    *fields, last = grammar.field.findall(hidden + grammar.delimiter)
    trails = grammar.syntax.trailing and not last
    columns = len(fields) + (not trails)
    # One that ended just before a CR at the end of a run.
    if columns == grammar.width and trails == grammar.syntax.trailing:
        data = window.data[start : found.end()]
        return Good(line, offset, data, 1, spans=True, loose=True, hidden=found.group())
    code, message = _miscounted(columns, grammar.width)
    return Fault(line, offset, raw, code, message, end=end, ragged=True)


def _no_text(raw: bytes) -> str:
    """What to say of a record that is no UTF-8; it may be Windows' usual encoding."""
    try:
        raw.decode("cp1252")
    except UnicodeDecodeError:
        return "bytes that are no text"
    marked = re.search(rb"\xed[\xb0-\xb3]", raw)  # a byte that another encoding does not know
    return "bytes that are no text" + ("" if marked else "; they look like --encoding cp1252")


def _nul_byte(raw: bytes) -> tuple[Code, str]:
    if b"\0" in raw or b"\\0" in raw:
        return Code.NUL_BYTE, "a NUL byte"
    return Code.BAD_VALUE, "a backslash whose escape csvferry does not read"


def _miscounted(found: int, width: int) -> tuple[Code, str]:
    code = Code.TOO_MANY_COLUMNS if found > width else Code.MISSING_COLUMNS
    columns = "1 column" if width == 1 else f"{width} columns"
    if found == width:
        return Code.MISSING_COLUMNS, f"expected {columns} and a delimiter at the end"
    return code, f"expected {columns}, found {found}"


def _broken(window: _Window, grammar: Grammar, line: int) -> Sequence[Event]:
    """The lines that broken quoting swallowed, where its break lies at hand."""
    limit = window.at + LIMIT
    opening = grammar.closed.match(window.hidden, window.at, limit).end()  # type: ignore[union-attr]
    quoted = grammar.opened.match(window.hidden, opening, limit)
    if not quoted or not quoted.group(1):
        return ()
    unseen = len(window.hidden) < quoted.end() + max(len(grammar.delimiter), 2)
    if (unseen and not window.ended) or grammar.behind.match(window.hidden, quoted.end()):
        return ()
    end = grammar.sure.search(window.hidden, quoted.end(), limit + 1)
    if end is None or end.end() > limit:
        return ()
    return _swallowed(window, grammar, line, end.end(), "text after the closing quote")


def _over_limit(window: _Window, grammar: Grammar, line: int) -> Sequence[Event]:
    """The record has no end, or none within LIMIT bytes."""
    if window.ended and len(window.data) - window.at <= LIMIT:
        stop = len(window.data)
    else:
        stop = _last_line_end(window.hidden, window.at, window.at + LIMIT)
    if stop == window.at:
        return (_long_line(window, line),)
    return _swallowed(window, grammar, line, stop, "a quote that is not closed")


def _last_line_end(data: bytes, start: int, end: int) -> int:
    """The end of the last whole line in `data[start:end]`, else `start`."""
    stop = max(data.rfind(b"\n", start, end), data.rfind(b"\r", start, end), start - 1) + 1
    if data[stop - 1 : stop + 1] == b"\r\n" and stop > start:
        return _last_line_end(data, start, stop - 1)
    return stop


def _swallowed(
    window: _Window, grammar: Grammar, line: int, stop: int, why: str
) -> Sequence[Event]:
    """Every physical line up to `stop`, each a fault of its own."""
    start, data = window.at, window.data
    window.at = stop
    field = _open_field(window.hidden[start:stop], grammar)
    events: list[Event] = []
    message, first = f"{why} in column {field + 1}", line
    if not grammar.syntax.escape.backslash and b"\\" + grammar.quote in data[start:stop]:
        message += f"; \\{grammar.syntax.quote} looks like --escape quoted"
    for end in grammar.line.finditer(window.hidden, start, stop):
        offset, raw = window.base + start, data[start : end.start()]
        events.append(
            Fault(line, offset, raw, Code.BAD_QUOTE, message, field, end.group())
            if raw
            else Blank(line, offset, 1, end.group())
        )
        start, line = end.end(), line + 1
        message = f"within the quotes that line {first} left open"
    return events


def _open_field(data: bytes, grammar: Grammar) -> int:
    closed = grammar.closed.match(data)
    return len(grammar.field.findall(closed.group())) if closed else 0


def _long_line(window: _Window, line: int) -> Fault:
    """Skips the rest of the line without keeping it."""
    offset, raw = window.base + window.at, window.data[window.at : window.at + KEPT]
    while (end := window.grammar.sure.search(window.hidden, window.at)) is None:
        pair = window.hidden[-1:] != window.data[-1:]  # of an escape: it stays whole
        window.at = len(window.data) - (2 if pair else 1)
        window.more()
    window.at = end.end()
    message = f"longer than {LIMIT} bytes"
    return Fault(line, offset, raw, Code.LINE_TOO_LONG, message, end=end.group())
