"""Good records written to scratch space in the one form that DuckDB reads without doubt.

UTF-8, LF line ends, no blank line; a bare field that holds quotes is quoted. Each record has a
field in front: what its line number exceeds its row number by. Within a run that is one number, so
a run without line ends in quotes takes one `replace`.
"""

from pathlib import Path
from types import TracebackType
from typing import Self

from csvferry.grammar import Grammar
from csvferry.records import Good, Mended


class Cleaner:
    """The clean file at `path`; `rows` counts its records."""

    def __init__(self, path: Path, grammar: Grammar, null: tuple[str, ...]) -> None:
        self._out = path.open("wb")
        self._grammar = grammar
        self._digits = max(map(len, null), default=0) + 1  # longer than any token: never NULL
        self.rows = 0

    def __enter__(self) -> Self:
        """The same, open."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self._out.close()

    def add(self, event: Good | Mended) -> None:
        """Write the event's records."""
        shift = event.line - self.rows - 1
        front = str(shift).zfill(self._digits).encode() + self._grammar.delimiter
        if isinstance(event, Mended):
            self._out.write(front + self._mended(event.raw) + b"\n")
            self.rows += 1
            return
        self._out.write(self._numbered(event, front))
        self.rows += event.records

    def _numbered(self, run: Good, front: bytes) -> bytes:
        data = run.data
        if run.spans:
            return self._grammar.one.sub(front.replace(b"\\", b"\\\\") + rb"\1\n", data)
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return front + data[:-1].replace(b"\n", b"\n" + front) + b"\n"

    def _mended(self, raw: bytes) -> bytes:
        cut, quote = self._grammar.delimiter, self._grammar.quote
        fields = self._grammar.field.findall(raw + cut)
        return cut.join(_quoted(field, quote) for field in fields)


def _quoted(field: bytes, quote: bytes) -> bytes:
    if not quote or quote not in field or field.startswith(quote):
        return field
    return quote + field.replace(quote, quote * 2) + quote
