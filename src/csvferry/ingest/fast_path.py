"""One quick pass over the bytes: whether DuckDB may read the file as it lies there.

DuckDB's reader is given a file unread only when it is plain: UTF-8, no NUL byte, no quote
character, one kind of line end, no empty line, no stretch of long ones. Then each row has at least
as many fields as there are columns (DuckDB refuses a shorter one), so a total count of delimiters
that fits the lines proves that none has more, and that no line is empty.
"""

import codecs
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from csvferry.ingest.parquet_parts import Weight
from csvferry.sources.content import Reader
from csvferry.text.grammar import Grammar
from csvferry.text.scanner import LIMIT

_BLOCK = LIMIT // 2  # with a line end in each block no line reaches LIMIT


@dataclass
class LineEnds:
    """How many line ends of each kind some bytes hold."""

    feeds: int = 0
    returns: int = 0
    pairs: int = 0  # CR LF

    def count(self, block: bytes, before: bytes = b"") -> None:
        """Add those of `block`; `before` is the byte before it."""
        self.feeds += block.count(b"\n")
        if b"\r" in block or before == b"\r":
            self.returns += block.count(b"\r")
            self.pairs += block.count(b"\r\n") + (before == b"\r" and block[:1] == b"\n")

    @property
    def kind(self) -> str | None:
        r"""'\n', '\r\n' or '\r' where there is no other kind, else None."""
        if not self.returns:
            return "\n"
        if self.returns == self.pairs == self.feeds:
            return "\r\n"
        return None if self.feeds else "\r"

    @property
    def total(self) -> int:
        """All line ends."""
        return self.feeds + self.returns - self.pairs


class Watched:
    """A source of bytes that counts their line ends and tells how far it has been read."""

    def __init__(self, source: Reader, progress: Callable[[int], None]) -> None:
        self._source, self._progress = source, progress
        self.ends = LineEnds()
        self.last = b"\n"

    def tell(self) -> int:
        """How far."""
        return self._source.tell()

    def read(self, size: int, /) -> bytes:
        """The next bytes."""
        block = self._source.read(size)
        if block:
            self.ends.count(block, self.last)
            self.last = block[-1:]
            self._progress(self._source.tell())
        return block


@dataclass(frozen=True)
class Plain:
    """What a plain file holds: its lines (the last may lack its line end) and their kind."""

    lines: int
    newline: str


def screen(
    path: Path,
    start: int,
    grammar: Grammar,
    progress: Callable[[int], None],
    look: Callable[[bytes], None],
) -> Plain | None:
    """What the file holds from byte `start` on if it is plain; ends early where it is not.

    `look` is given each block that is plain.
    """
    delimiters, last, weight, ends = 0, b"\n", Weight(), 0
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        file.seek(start)
        source = Watched(file, progress)
        while block := source.read(_BLOCK):
            if _odd(block, grammar.quote) or not _is_text(decoder, block):
                return None
            if grammar.width == 1 and _has_blank(last + block):
                return None
            look(block)
            if weight.heavy(len(block), source.ends.total - ends):
                return None
            ends = source.ends.total
            delimiters += block.count(grammar.delimiter)
            last = source.last
    lines = source.ends.total + (last not in b"\r\n")
    whole = _is_text(decoder, b"", final=True) and delimiters == lines * (grammar.width - 1)
    return Plain(lines, source.ends.kind) if whole and source.ends.kind else None


def _odd(block: bytes, quote: bytes) -> bool:
    """Whether the block holds what only the walk over records can judge.

    A byte order mark may begin the header of a file that was put behind another.
    """
    if b"\0" in block or (quote and quote in block) or b"\xef\xbb\xbf" in block:
        return True
    return len(block) == _BLOCK and b"\n" not in block and b"\r" not in block


def _has_blank(data: bytes) -> bool:
    """Whether an empty line is in it; with two columns and more the delimiters' count shows it."""
    return any(pair in data for pair in (b"\n\n", b"\r\r", b"\n\r"))


def _is_text(decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool = False) -> bool:
    if block.isascii() and not decoder.getstate()[0]:
        return True
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True
