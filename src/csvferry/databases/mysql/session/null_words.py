"""Empty fields of a CSV file become the word NULL on their way to LOAD DATA.

The server takes an empty field for empty text, and the word without quotes for NULL where there is
ENCLOSED BY and no ESCAPED BY (MySQL manual, "LOAD DATA Statement", Field and Line Handling). To
have it compare (`SET x = NULLIF(@x, '')`) would ask a collation, and `""` is no NULL.
"""

import re
from collections.abc import Callable, Iterator

_QUOTE = b'"'
_INSIDE = b"\0"  # stands for what is within quotes: no file that is sent has such a byte


def empty_as_null(delimiter: bytes) -> Callable[[Iterator[bytes]], Iterator[bytes]]:
    """For the bytes of good records of two fields and more, whose lines end with LF."""
    cut = re.escape(delimiter)
    within = re.compile(rb"%b(?=[%b\n])" % (cut, cut))
    first = re.compile(rb"\n(?=%b)" % cut)

    def spelled(parts: Iterator[bytes]) -> Iterator[bytes]:
        rest = b""
        for part in parts:
            fields, rest = _whole_records(rest + part)
            yield _spelled(fields)
        if rest:
            yield _spelled((rest + b"\n").split(_QUOTE))

    def _spelled(fields: list[bytes]) -> bytes:
        """`fields`: every other one stands within quotes."""
        outside = within.sub(delimiter + b"NULL", _INSIDE.join(fields[::2]))
        fields[::2] = first.sub(b"\nNULL", outside).split(_INSIDE)
        if outside.startswith(delimiter):
            fields[0] = b"NULL" + fields[0]
        return _QUOTE.join(fields)

    return spelled


def _whole_records(data: bytes) -> tuple[list[bytes], bytes]:
    """What was split at the quotes, up to the last line end outside them; and what is behind it."""
    fields = data.split(_QUOTE)
    last = (len(fields) - 1) // 2 * 2
    while last >= 0 and b"\n" not in fields[last]:
        last -= 2
    if last < 0:
        return [b""], data
    end = fields[last].rfind(b"\n") + 1
    rest = _QUOTE.join([fields[last][end:], *fields[last + 1 :]])
    return [*fields[:last], fields[last][:end]], rest
