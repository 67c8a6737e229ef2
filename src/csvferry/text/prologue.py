"""Lines of a file that are no records: before the header, and at the end."""

import re
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from csvferry.config.read_options import CsvReadOptions
from csvferry.errors import EmptyFileError, FileError
from csvferry.sources.content import CHUNK, NO_LINE_END, Content, Reader
from csvferry.text.encoding import Text
from csvferry.text.grammar import LINE_END

_LINE = re.compile(rb"(?<![^\r\n])[^\r\n]*+(?:\r\n|\n|\r)")
_BLANK = re.compile(rb"(?:\r\n|\n|\r)*+")
_SEPARATOR = re.compile(rb'("?)sep=([^\r\n"]|\t)\1(?:\r\n|\n|\r)', re.IGNORECASE)
_BINARY = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook (.xlsx)"),
    (b"PAR1", "a Parquet file"),
    (b"\x1f\x8b", "gzip data"),
    (b"\x28\xb5\x2f\xfd", "Zstandard data"),
    (b"BZh", "bzip2 data"),
    (b"\xfd7zXZ", "xz data"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)"),
    (b"%PDF-", "a PDF document"),
    (b"SQLite format 3\0", "a SQLite database"),
    (b"ARROW1", "an Arrow file"),
    (b"Obj\x01", "an Avro file"),
    (b"ORC", "an ORC file"),
    (b"\x89PNG", "a PNG image"),
    (b"<?xml", "XML"),
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
)


@dataclass(frozen=True)
class Prologue:
    """What stands before the header: its bytes, its empty lines, and what a `sep=` line says."""

    size: int
    blanks: int
    delimiter: str | None = None


def prologue(sample: bytes, reading: CsvReadOptions) -> Prologue:
    """What stands before the first record of a file that begins with `sample`.

    Raises EmptyFileError where there is no record, FileError where too much is to be skipped.
    """
    at, delimiter = _skipped(sample, reading.skip_lines), None
    if at == 0 and (found := _SEPARATOR.match(sample)):
        at, delimiter = found.end(), found[2].decode("latin-1")
    blanks, comment = 0, (reading.comment or "").encode()
    while True:
        blank = _BLANK.match(sample, at)
        end = blank.end() if blank else at
        blanks += len(LINE_END.findall(sample, at, end))
        line = _LINE.match(sample, end) if comment and sample.startswith(comment, end) else None
        if line is None:
            break
        at = line.end()
    if end == len(sample):
        raise EmptyFileError("the file is empty", "not even a header is in it")
    return Prologue(end, blanks, delimiter)


def _skipped(sample: bytes, lines: int) -> int:
    at = 0
    for number in range(lines):
        line = _LINE.match(sample, at)
        if line is None:
            raise FileError(
                f"--skip-lines {lines}: the file's beginning has {number} lines", "skip fewer"
            )
        at = line.end()
    return at


def refuse_binary(sample: bytes) -> None:
    """Raises FileError for a file that is no CSV."""
    for magic, what in _BINARY:
        if sample[: len(magic)].lower() == magic.lower():
            raise FileError(f"the file is no CSV: it looks like {what}")
    if re.match(rb'[\[{]\s*+["{\[]', sample):
        raise FileError("the file is no CSV: it looks like JSON")


def without_footer(text: Text, lines: int) -> Text:
    """The text without its last `lines` lines; empty ones at the end do not count."""
    if not lines:
        return text
    starts: deque[int] = deque(maxlen=lines)
    at, held = text.start, b""
    with text.content.open(text.start) as reader:
        while block := reader.read(CHUNK):
            held, end = held + block, 0
            for found in _LINE.finditer(held):
                end = found.end()
                if found.group().strip(b"\r\n"):
                    starts.append(at + found.start())
            at, held = at + end, held[end:]
    if held:
        starts.append(at)
    end = starts[0] if len(starts) == lines else text.start
    return replace(text, content=_Shorter(text.content, end))


def cut_off(content: Content, start: int) -> tuple[str, ...]:
    """A note where a file that lies on disk has records from `start` on and no last line end."""
    if content.path is None or content.size <= start:
        return ()
    with content.open(content.size - 1) as reader:
        return () if reader.read(1) in (b"\r", b"\n") else (NO_LINE_END,)


@dataclass(frozen=True)
class _Shorter:
    """A content up to byte `end`."""

    whole: Content
    end: int
    path: None = None

    @property
    def size(self) -> int:
        return self.whole.size

    @contextmanager
    def open(self, start: int = 0) -> Iterator[Reader]:
        with self.whole.open(start) as reader:
            yield _Until(reader, max(self.end - start, 0))


@dataclass
class _Until:
    """A reading that ends after `left` bytes."""

    reader: Reader
    left: int

    def read(self, size: int, /) -> bytes:
        block = self.reader.read(min(size, self.left)) if self.left else b""
        self.left -= len(block)
        return block

    def tell(self) -> int:
        return self.reader.tell()
