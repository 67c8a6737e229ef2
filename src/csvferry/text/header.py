"""The first record: the columns' names, or the reason why it can't be a header.

Where the first record looks like data its fields are values of a row, so no message shows them;
names are shown only of a record that passed that test.
"""

import re
from collections import Counter
from collections.abc import Sequence

from csvferry.errors import FileError
from csvferry.model.names import fold
from csvferry.text.escapes import value
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
    found = grammar.field.findall(grammar.hidden(raw) + grammar.delimiter)
    escape = grammar.syntax.escape
    return tuple(value(escape, field, grammar.delimiter, grammar.quote).decode() for field in found)


def header_names(raw: bytes, patterns: Grammar) -> tuple[str, ...]:
    """The fields of the first record. Raises FileError where they are no text."""
    if b"\0" in raw:
        raise FileError("the header holds NUL bytes", "is it UTF-16? then --encoding utf-16-le")
    try:
        return fields(raw, patterns)
    except UnicodeDecodeError as error:
        raise FileError(
            "the header holds bytes that are no text", "name the file's encoding with --encoding"
        ) from error


def limited(width: int) -> int:
    """The width. Raises FileError where no table has as many columns."""
    if width > MAX_COLUMNS:
        raise FileError(f"the file has {width} columns; a table has at most {MAX_COLUMNS}")
    return width


def checked_names(given: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The names, and the places (from 1) of columns without one, whose name is then their place.

    Raises FileError where a table could not have such columns.
    """
    unnamed = tuple(n for n, name in enumerate(given, 1) if not name.strip())
    if len(unnamed) == len(given):
        raise FileError("no column has a name in the header", "with --no-header it is a row")
    places = frozenset(unnamed)
    names = tuple(str(n) if n in places else name for n, name in enumerate(given, 1))
    for position, name in enumerate(names, 1):
        if position not in places and (looks := _looks_like(name)):
            raise FileError(
                f"the first row is no header: its column {position} is {looks}",
                "with --no-header the first row is data",
            )
    _check_shape(names)
    _check_repeats(names)
    return names, unnamed


def _looks_like(name: str) -> str | None:
    text = name.strip()
    if len(text) > _LONGEST:
        return None
    return next((what for what, shape in _SHAPES if shape.fullmatch(text)), None)


def _check_shape(names: Sequence[str]) -> None:
    for position, name in enumerate(names, 1):
        if len(name) > MAX_NAME:
            raise FileError(
                f"the name of column {position} has {len(name)} characters, more than {MAX_NAME}",
                "shorten it, or is the first row no header? then --no-header",
            )


_REPEATED = (
    "give each another name in the file; or say --skip-lines 1 --no-header, and columns go by place"
)


def _check_repeats(names: Sequence[str]) -> None:
    exact = [name for name, count in Counter(names).items() if count > 1]
    if exact:
        raise FileError(f"the header names columns twice: {', '.join(exact)}", _REPEATED)
    folded = Counter(fold(name) for name in names)
    alike = [name for name in names if folded[fold(name)] > 1]
    if alike:
        raise FileError(f"column names differ only in case: {', '.join(alike)}", _REPEATED)
