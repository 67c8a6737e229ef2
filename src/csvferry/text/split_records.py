"""Records that an unusual line end cuts in two: they are rejected as a whole.

In a file whose lines end with LF, a CR may end a record too, or stand in a value that should have
been quoted. Two records with such a line end between them, one of which has another number of
fields than it should, may be one: neither half of it is taken for a row.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from csvferry.model.reject_codes import Code
from csvferry.text.grammar import Grammar
from csvferry.text.scanner import LIMIT, STRAY, Blank, Event, Fault, Good, Source, walk


def records(source: Source, grammar: Grammar, offset: int, line: int) -> Iterator[Event]:
    """The events of `walk`, those joined that may be one record."""
    events = walk(source, grammar, offset, line)
    return joined(events, grammar) if grammar.syntax.usual else events


def joined(events: Iterable[Event], grammar: Grammar) -> Iterator[Event]:
    """The events, those joined that may be one record."""
    joint = _Joint(grammar)
    for event in events:
        yield from joint.add(event)
    yield from joint.end()


@dataclass
class _Joint:
    """The last record or run of them, and the empty lines behind it, that are still held back.

    `fewer`: by how much the numbers of records fall short, as some were joined.
    """

    grammar: Grammar
    held: Good | Fault | None = None
    blanks: list[Blank] = field(default_factory=list)
    fewer: int = 0

    def add(self, found: Event) -> Iterator[Event]:
        """What is certain once this event is seen."""
        event = found._replace(line=found.line - self.fewer)
        if isinstance(event, Blank):
            self.blanks.append(event)
            return
        rest: Good | Fault | None = event
        if self.held and self._one_record(self.held, event):
            before, first = _last(self.held, self.grammar)
            second, rest = _first(event, self.grammar)
            if before:
                yield before
            lost = 1 + sum(blank.records for blank in self.blanks)
            self.held, self.blanks = _join(first, self.blanks, second), []
            self.fewer += lost
            rest = rest._replace(line=rest.line - lost) if rest else None
        if rest:
            yield from self.end()
            self.held = rest

    def end(self) -> Iterator[Event]:
        """What is held back."""
        if self.held:
            yield self.held
        yield from self.blanks
        self.held, self.blanks = None, []

    def _one_record(self, held: Good | Fault, event: Good | Fault) -> bool:
        """Whether the last record held and the next one may be one."""
        ragged = any(isinstance(one, Fault) and one.ragged for one in (held, event))
        if not ragged or (isinstance(held, Fault) and len(held.raw) > LIMIT):
            return False
        ends = [_end(held), *(blank.data for blank in self.blanks)]
        line_end, usual = self.grammar.line, self.grammar.syntax.usual
        return not any(usual in line_end.findall(part) for part in ends)


def _end(event: Good | Fault) -> bytes:
    """The last line end of an event."""
    if isinstance(event, Fault):
        return event.end
    return b"\r\n" if event.data.endswith(b"\r\n") else event.data[-1:]


def _last(event: Good | Fault, grammar: Grammar) -> tuple[Good | None, Fault]:
    """What stands before the last record, and that record."""
    if isinstance(event, Fault):
        return None, event
    *_, found = grammar.one.finditer(event.hidden)
    fault = _as_fault(event, found, event.records - 1)
    return _part(event, 0, found.start(), 0), fault


def _first(event: Good | Fault, grammar: Grammar) -> tuple[Fault, Good | None]:
    """The first record, and what stands behind it."""
    if isinstance(event, Fault):
        return event, None
    found = next(grammar.one.finditer(event.hidden))
    return _as_fault(event, found, 0), _part(event, found.end(), len(event.data), 1)


def _part(event: Good, start: int, end: int, passed: int) -> Good | None:
    if start == end:
        return None
    return event._replace(
        line=event.line + passed,
        offset=event.offset + start,
        data=event.data[start:end],
        hidden=event.hidden[start:end],
        records=event.records - 1,
    )


def _as_fault(event: Good, found: re.Match[bytes], passed: int) -> Fault:
    raw, end = event.data[found.start() : found.end(1)], found.group()[len(found.group(1)) :]
    line, offset = event.line + passed, event.offset + found.start()
    return Fault(line, offset, raw, Code.BAD_QUOTE, STRAY, end=end)


def _join(first: Fault, blanks: list[Blank], second: Fault) -> Fault:
    """One fault of two; ragged where the second is, as it may go on."""
    raw = first.raw + first.end + b"".join(blank.data for blank in blanks) + second.raw
    fault = Fault(first.line, first.offset, raw, Code.BAD_QUOTE, STRAY, end=second.end)
    return fault._replace(ragged=second.ragged)
