"""Which columns of a file's beginning are quoted throughout."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from csvferry.text.grammar import Syntax

NULL_WORDS = frozenset((b"NA", b"NULL", b"null", b"None", b"nan", b"NaN", b"nil", b"N/A"))


class Quoted(NamedTuple):
    """A column (from 0) whose values are quoted without need, and how many are."""

    place: int
    values: int


def quoted_columns(rows: Sequence[Sequence[bytes]], syntax: Syntax) -> Iterator[Quoted]:
    """The columns in which only words for NULL are unquoted; the rows are equally long."""
    mark = syntax.quote.encode()
    needed = re.compile(rb"[\r\n%b%b]" % (re.escape(mark), re.escape(syntax.delimiter.encode())))
    for number, column in enumerate(zip(*rows, strict=True) if mark else ()):
        quoted = [field for field in column if field.startswith(mark)]
        bare = {field for field in column if field and not field.startswith(mark)}
        needless = any(len(f) > 2 and not needed.search(f[1:-1]) for f in quoted)
        if needless and bare <= NULL_WORDS:
            yield Quoted(number, len(quoted))
