"""The records of a CSV file, walked over once in bounded memory.

`walk` tells the file as a row of events, in file order: runs of good records as they stand in the
file (no Python object per record), faults one by one, and runs of empty lines. What it decides
depends on the bytes alone, never on how they were cut into blocks.
"""

import codecs
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from csvferry.model.reject_codes import Code
from csvferry.text.grammar import LINE_END, SURE_END, Grammar

LIMIT = 2_000_000  # bytes of a record, its line end included
KEPT = 65_536  # bytes of an over-long line that a reject keeps
BLOCK = 1 << 21


class Source(Protocol):
    """Where the bytes come from."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most `size`; none at the end."""


class Good(NamedTuple):
    """A number of good `records` as they stand in the file.

    `spans`: some may have line ends in quotes. `loose`: some may have bare fields with quotes in
    them, which DuckDB would not take for text.
    """

    line: int
    offset: int
    data: bytes
    records: int
    spans: bool = False
    loose: bool = False


class Fault(NamedTuple):
    """One rejected record, without its line end; `field` counts from 0 where one is to blame."""

    line: int
    offset: int
    raw: bytes
    code: Code
    message: str
    field: int | None = None


class Blank(NamedTuple):
    """`records` empty lines."""

    line: int
    offset: int
    records: int


Event = Good | Fault | Blank


@dataclass
class _Window:
    """The part of the file at hand: `data` begins at byte `base`; `at` is the next record."""

    source: Source
    base: int
    block: int
    data: bytes = b""
    at: int = 0
    ended: bool = False
    bad: int = 0  # the first byte at or after `at` that is no UTF-8, else the end of `data`

    def more(self) -> bool:
        """Read on, keeping what lies from `at` on; False at the end of the file."""
        if self.ended:
            return False
        new = self.source.read(self.block)
        rest = self.data[self.at :]
        if not new:
            self.ended = True
            new = b"\n" if rest and not rest.endswith(b"\n") else b""
        self.data = rest + new
        self.base += self.at
        self.at = 0
        self.bad = -1
        return bool(new) or bool(rest)

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
    try:
        codecs.utf_8_decode(memoryview(data)[start:], "strict", final)
    except UnicodeDecodeError as error:
        return start + error.start
    return len(data)


def walk(
    source: Source, grammar: Grammar, offset: int, line: int, block: int = BLOCK
) -> Iterator[Event]:
    """The events from byte `offset` on, where the record with number `line` begins.

    `source` stands at `offset`. `block` is how much is read at once.
    """
    window = _Window(source, offset, block)
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
        or _single(window, grammar, line)
    )
    return (event,) if event else _broken(window, grammar, line)


def _good_run(window: _Window, grammar: Grammar, line: int) -> Good | None:
    start = window.at
    end = min(start + LIMIT, window.first_bad())
    for pattern, spans, loose in grammar.runs:
        run = pattern.match(window.data, start, end)
        if run and run.end() > start:
            window.at = run.end()
            data = run.group()
            count = _records(data, grammar, loose=loose) if spans else _line_ends(data)
            return Good(line, window.base + start, data, count, spans, loose)
    return None


def _records(data: bytes, grammar: Grammar, *, loose: bool) -> int:
    if loose or not grammar.quote:
        return len(grammar.one.findall(data))
    return sum(map(_line_ends, data.split(grammar.quote)[::2]))  # of what stands outside quotes


def _line_ends(data: bytes) -> int:
    returns = data.count(b"\r")
    return data.count(b"\n") + (returns - data.count(b"\r\n") if returns else 0)


def _blank_lines(window: _Window, grammar: Grammar, line: int) -> Blank | None:
    start = window.at
    run = grammar.blank.match(window.data, start)
    if run is None:
        return None
    window.at = run.end()
    return Blank(line, window.base + start, _line_ends(run.group()))


def _single(window: _Window, grammar: Grammar, line: int) -> Good | Fault | None:
    start = window.at
    found = grammar.record.match(window.data, start, start + LIMIT + 1)
    if found is None or found.end() - start > LIMIT:
        return None
    raw = found.group(1)
    offset = window.base + start
    bad = window.first_bad()
    window.at = found.end()
    if b"\0" in raw:
        return Fault(line, offset, raw, Code.NUL_BYTE, "a NUL byte")
    if bad < found.end():
        return Fault(line, offset, raw, Code.BAD_ENCODING, "bytes that are no text")
    columns = len(grammar.field.findall(raw + grammar.delimiter))
    if columns == grammar.width:  # a good one that ended just before a CR at the end of a run
        return Good(line, offset, found.group(), 1, spans=True, loose=True)
    return Fault(line, offset, raw, *_miscounted(columns, grammar.width))


def _miscounted(found: int, width: int) -> tuple[Code, str]:
    code = Code.TOO_MANY_COLUMNS if found > width else Code.MISSING_COLUMNS
    columns = "1 column" if width == 1 else f"{width} columns"
    return code, f"expected {columns}, found {found}"


def _broken(window: _Window, grammar: Grammar, line: int) -> Sequence[Event]:
    """The lines that broken quoting swallowed, where its break lies at hand."""
    limit = window.at + LIMIT
    opening = grammar.closed.match(window.data, window.at, limit).end()  # type: ignore[union-attr]
    quoted = grammar.opened.match(window.data, opening, limit)
    if not quoted or not quoted.group(1):
        return ()
    behind = window.data[quoted.end() : quoted.end() + 1]
    if behind in (b"", b"\r", b"\n", grammar.delimiter):
        return ()
    end = SURE_END.search(window.data, quoted.end(), limit + 1)
    if end is None or end.end() > limit:
        return ()
    return _swallowed(window, grammar, line, end.end(), "text after the closing quote")


def _over_limit(window: _Window, grammar: Grammar, line: int) -> Sequence[Event]:
    """The record has no end, or none within LIMIT bytes."""
    if window.ended and len(window.data) - window.at <= LIMIT:
        stop = len(window.data)
    else:
        stop = _last_line_end(window.data, window.at, window.at + LIMIT)
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
    field = _open_field(data[start:stop], grammar)
    events: list[Event] = []
    message, first = f"{why} in column {field + 1}", line
    for end in LINE_END.finditer(data, start, stop):
        offset, raw = window.base + start, data[start : end.start()]
        events.append(
            Fault(line, offset, raw, Code.BAD_QUOTE, message, field)
            if raw
            else Blank(line, offset, 1)
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
    while (end := SURE_END.search(window.data, window.at)) is None:
        window.at = len(window.data) - 1
        window.more()
    window.at = end.end()
    return Fault(line, offset, raw, Code.LINE_TOO_LONG, f"longer than {LIMIT} bytes")
