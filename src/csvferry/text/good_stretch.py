"""Many good records told at once: the proof that `scanner` would come to record by record.

A split at the quotes leaves every other part outside them. Outside, a quoted field is nothing but
quotes, one for each part that its doubled quotes cut it into. Such a row of quotes must begin and
end where a field does; all that is left beside it are delimiters and line ends, which must be those
of whole records. Each step is one pass of a bytes method: a third of what the patterns take.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from csvferry.text.grammar import Grammar, Pattern, Syntax

LEAST = 1 << 16  # bytes: with fewer there is little to gain
_MOST = 1 << 18  # what lies in the processor's cache still when it is looked at again


class Stretch(NamedTuple):
    """Good records, none of them with a bare field that holds a quote: where they end.

    `spans`: some may have line ends in quotes.
    """

    end: int
    records: int
    spans: bool


def good_stretch(data: bytes, start: int, stop: int, grammar: Grammar) -> Stretch | None:
    """Good records that `data` has from `start` on, before `stop`; None where that is not told.

    A record begins at `start`. All before `stop` is UTF-8.
    """
    shape = _shape(grammar.syntax)
    taken = data[start : min(stop, start + _MOST)]
    if shape is None or b"\0" in taken or _repeats(taken, grammar.syntax.repeated):
        return None
    quote = grammar.quote
    parts = taken.split(quote)
    outside = parts[::2]
    while outside and b"\n" not in outside[-1]:  # of a record that goes on
        outside.pop()
    if not outside:
        return None
    last = outside[-1].rfind(b"\n") + 1
    rest = len(outside[-1]) - last + sum(len(part) + 1 for part in parts[2 * len(outside) - 1 :])
    outside[-1] = outside[-1][:last]
    records = shape.records(quote.join(outside))
    if not records:
        return None
    size = len(taken) - rest
    lines = taken.count(b"\n", 0, size) == records and b"\r" not in taken
    return Stretch(start + size, records, spans=not lines)


def _repeats(data: bytes, header: bytes) -> bool:
    """Whether a line may be the header once more."""
    return bool(header) and (data.startswith(header) or b"\n" + header in data)


class _Shape(NamedTuple):
    """What is left of each record but for its fields, all bytes that are not of it, odd quotes."""

    left: bytes
    fields: bytes
    odd: Pattern

    def records(self, outside: bytes) -> int:
        """How many records it is that stand outside quotes; 0 where not all are good."""
        records = outside.count(b"\n")
        if b"\r" in outside and not outside.count(b"\r\n") == outside.count(b"\r") == records:
            return 0
        if outside.translate(None, self.fields) != self.left * records or self.odd.search(outside):
            return 0
        return records


@lru_cache(maxsize=64)
def _shape(syntax: Syntax) -> _Shape | None:
    """None where records are more than fields, delimiters and line ends."""
    delimiter, quote = syntax.delimiter.encode(), syntax.quote.encode()
    if not syntax.plain or syntax.width < 2:
        return None
    if len(delimiter) != 1 or len(quote) != 1:
        return None
    left = delimiter * (syntax.width - 1) + b"\n"
    mark, cut = re.escape(quote), re.escape(delimiter)
    # The quote first: the engine passes over all other bytes quickly.
    begun = rb"(?<![%b\n%b]%b)(?<!\A%b)" % (cut, mark, mark, mark)
    odd = rb"%b(?:%b|(?![%b\r\n%b]))" % (mark, begun, cut, mark)
    return _Shape(left, bytes(set(range(256)) - set(left)), re.compile(odd))
