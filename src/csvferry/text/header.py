"""The first record: the columns' names, or the reason why it can't be a header.

Where the first record looks like data its fields are values of a row, so no message shows them;
names are shown only of a record that passed that test.
"""

import re
from collections import Counter
from collections.abc import Sequence

from csvferry.errors import FileError
from csvferry.model.names import fold
from csvferry.text.grammar import Grammar

MAX_COLUMNS = 4096  # MySQL 8.4 manual, 10.4.7 Limits on Table Column Count
MAX_NAME = 64  # MySQL 8.4 manual, 11.2.1 Identifier Length Limits

_LONGEST = 320  # characters of what is looked at: an e-mail address (RFC 3696, erratum 1690)

# No quantifier backtracks over what it has read, so that no name takes longer than its length.
_SHAPES = (
    ("an e-mail address", re.compile(r"[^@\s]++@[^@\s.]++(?:\.++[^@\s.]++)++")),
    ("a date", re.compile(r"\d{4}-\d{1,2}-\d{1,2}([T ].*)?|\d{1,4}([./])\d{1,2}\2\d{1,4}( .*)?")),
    ("a time", re.compile(r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?")),
    ("a number", re.compile(r"[+-]?(\d[\d ,.']*+|[.,]\d++)([eE][+-]?\d++)?\s*+%?")),
    ("a web address", re.compile(r"(https?|s3|ftp)://.*", re.DOTALL)),
    ("a UUID", re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")),
)


def fields(raw: bytes, grammar: Grammar) -> tuple[str, ...]:
    """The fields of a record as text, quotes taken off."""
    found = grammar.field.findall(raw + grammar.delimiter)
    return tuple(_unquoted(field, grammar.quote).decode() for field in found)


def _unquoted(field: bytes, quote: bytes) -> bytes:
    if quote and field.startswith(quote):
        return field[1:-1].replace(quote * 2, quote)
    return field


def checked_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names, if they can be columns of a table; FileError where not."""
    for position, name in enumerate(names, 1):
        if looks := _looks_like(name):
            raise FileError(
                f"the first row is no header: its column {position} is {looks}",
                "with --no-header the first row is data",
            )
    _check_shape(names)
    _check_repeats(names)
    return names


def _looks_like(name: str) -> str | None:
    text = name.strip()
    if len(text) > _LONGEST:
        return None
    return next((what for what, shape in _SHAPES if shape.fullmatch(text)), None)


def _check_shape(names: Sequence[str]) -> None:
    for position, name in enumerate(names, 1):
        if not name.strip():
            raise FileError(f"column {position} has no name in the header", "name it in the file")
        if len(name) > MAX_NAME:
            raise FileError(
                f"the name of column {position} has {len(name)} characters, more than {MAX_NAME}",
                "shorten it, or is the first row no header? then --no-header",
            )


def _check_repeats(names: Sequence[str]) -> None:
    exact = [name for name, count in Counter(names).items() if count > 1]
    if exact:
        raise FileError(f"the header names columns twice: {', '.join(exact)}")
    folded = Counter(fold(name) for name in names)
    alike = [name for name in names if folded[fold(name)] > 1]
    if alike:
        raise FileError(f"column names differ only in case: {', '.join(alike)}")
