"""Good records on their way to DuckDB, in the one form that it reads without doubt.

UTF-8, LF line ends, no blank line, no escape; a bare field that holds quotes is quoted. A record's
line number exceeds its row number by the same `shift` until a fault or a blank line comes. Up to
there records are copied as they stand; from there on each has its shift in front, as a field: a run
without line ends in quotes takes one `replace`. They go through scratch files, a piece of the file
at a time, so that these need little space: while one is filled, the one before is taken.
"""

import re
import secrets
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from csvferry.text.escapes import Escape, PlainCsv
from csvferry.text.grammar import Grammar, Syntax
from csvferry.text.scanner import Good

_MARK = b"\xef\xbb\xbf"  # DuckDB drops it at the beginning of a file

Take = Callable[[Path, int | None], object]
"""Takes a piece, whose records all have this shift, or (None) have theirs in front."""


def plain_csv(syntax: Syntax, *, null_quoted: bool) -> PlainCsv | None:
    """How records are written that DuckDB can't read as they are."""
    if syntax.escape is Escape.NONE and len(syntax.delimiter) == 1:
        return None
    delimiter = syntax.delimiter.encode()
    # Text that no escape stands for must not be taken for NULL.
    null = f"\\N{secrets.token_hex(8)}".encode() if null_quoted else rb"\N"
    comma = delimiter
    if len(delimiter) > 1:
        used = syntax.delimiter + syntax.quote
        comma = next(sign for sign in ",;|:^~!#%&" if sign not in used).encode()
    return PlainCsv(syntax.escape, delimiter, syntax.quote.encode(), syntax.line_end, comma, null)


class Cleaner:
    """The clean piece at `path`, which holds `held` records of `size` bytes; `rows` counts all."""

    def __init__(
        self, path: Path, grammar: Grammar, plain: PlainCsv | None, null: tuple[str, ...]
    ) -> None:
        self._path, self._given = path, path.with_name(f"given-{path.name}")
        self._out = path.open("wb")
        self._beside = ThreadPoolExecutor(1)
        self._taking: Future[object] | None = None
        self._grammar, self._plain = grammar, plain
        self._comma = plain.comma if plain else grammar.delimiter
        self._digits = max(map(len, null), default=0) + 1  # longer than any token: never NULL
        self.rows = self.held = self.size = 0
        self._shift = 0  # of all records that the piece holds, where it is not `_numbered`
        self._numbered = plain is not None or grammar.width == 1

    def close(self) -> None:
        """Leave nothing behind."""
        self._beside.shutdown()
        self._out.close()
        for path in (self._path, self._given):
            path.unlink(missing_ok=True)

    def fits(self, run: Good) -> bool:
        """Whether the run's records may stand in this piece; else it is to be cut before them."""
        if self._numbered:
            return True
        if self.held:
            return run.line - self.rows - 1 == self._shift
        return not run.hidden.startswith(_MARK)

    def add(self, run: Good) -> None:
        """Write the run's records."""
        shift = run.line - self.rows - 1
        moved = not self.held and self.rows > 0 and shift != self._shift
        self._numbered = self._numbered or moved or not self.fits(run)
        front = str(shift).zfill(self._digits).encode() + self._comma if self._numbered else b""
        data = self._with_quotes(run.hidden) if run.loose else run.hidden
        if self._plain:
            written = self._plain.written(data, front)
        elif run.spans and (front or b"\r" in data):
            written = self._spanning(data, front)
        else:
            written = _flat(data, front) if front else _with_line_feeds(data)
        self._shift = shift
        self.size += self._out.write(written)
        self.rows += run.records
        self.held += run.records

    def cut(self, take: Take) -> None:
        """Give what the file holds away, to be taken by another thread, and begin it anew.

        Pieces are taken one after the other. Raises what taking the one before raised.
        """
        self._out.close()
        self.wait()
        self._path.replace(self._given)
        shift = None if self._numbered else self._shift
        self._taking = self._beside.submit(take, self._given, shift)
        self._out = self._path.open("wb")
        self.held = self.size = 0

    def wait(self) -> None:
        """Until all that was given away is taken. Raises what taking it raised."""
        if self._taking:
            self._taking.result()

    def _with_quotes(self, data: bytes) -> bytes:
        """Bare fields with quotes in them are quoted."""
        quote, plain = self._grammar.quote, self._plain
        if not quote:
            return data

        def quoted(found: re.Match[bytes]) -> bytes:
            clear, doubtful = found.groups()
            if not doubtful:
                return clear
            if plain:
                return clear + plain.loose(doubtful)
            return clear + quote + doubtful.replace(quote, quote * 2) + quote

        return self._grammar.doubtful.sub(quoted, data)

    def _spanning(self, data: bytes, front: bytes) -> bytes:
        quote = self._grammar.quote
        if not quote:
            return _flat(data, front)
        parts = data.split(quote)  # every other one stands outside quotes
        parts[::2] = [_with_line_feeds(part).replace(b"\n", b"\n" + front) for part in parts[::2]]
        return (front + quote.join(parts)).removesuffix(front)


def _flat(data: bytes, front: bytes) -> bytes:
    return front + _with_line_feeds(data)[:-1].replace(b"\n", b"\n" + front) + b"\n"


def _with_line_feeds(data: bytes) -> bytes:
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return data
