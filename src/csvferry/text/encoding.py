"""The file's text as UTF-8: byte order marks, other encodings, and the way back to the first bytes.

Everything after this module works on UTF-8 bytes. A UTF-8 file is taken as it lies there. Any
other is written to scratch space as UTF-8 once where it fits, else converted as it is read; a byte
that its encoding does not know becomes the lone surrogate U+DC00 + byte, which is no valid UTF-8
and so makes its row a `bad_encoding`.
"""

import codecs
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from csvferry.config.read_options import known_encoding
from csvferry.errors import FileError
from csvferry.sources.content import CHUNK, Blocks, Content, Reader, copied, read_whole, skip

_MARKS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MARKED = re.compile("([\udc00-\udcff]+)")


@dataclass(frozen=True)
class Text:
    """A file's text: `content` holds UTF-8 and begins at byte `start`.

    `mark` is the length of the byte order mark in the original, `transcoded` whether the original
    has another encoding.
    """

    content: Content
    encoding: str
    start: int
    mark: int
    transcoded: bool


@contextmanager
def opened(content: Content, encoding: str | None, scratch: Path) -> Iterator[Text]:
    """The text of a file in the encoding given or found out (byte order mark, else UTF-8).

    A copy in scratch space goes at the end.

    Raises UsageError for an encoding that there is none of, FileError where the byte order mark
    says another than was given.
    """
    found, mark = _byte_order_mark(content)
    name = _settled(known_encoding(encoding) if encoding else None, found)
    if name == "utf-8":
        yield Text(content, name, mark, mark, transcoded=False)
        return
    text = Transcoded(content, name, mark)
    path = scratch / "text.utf8"
    try:
        copy = copied(text, path, _unheard) if content.path else None
        yield Text(copy or text, name, 0, mark, transcoded=True)
    finally:
        path.unlink(missing_ok=True)


def _unheard(done: int, total: int) -> None:
    """The copy is part of a step that tells its own progress."""


def _byte_order_mark(content: Content) -> tuple[str | None, int]:
    with content.open() as source:
        head = read_whole(source, 4)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name, len(mark)
    return None, 0


def _settled(given: str | None, found: str | None) -> str:
    if given is None:
        return found or "utf-8"
    if given in ("utf-16", "utf-32"):
        if not found:
            return f"{given}-le"
        given = found if found.startswith(given) else given
    if found and found != given:
        raise FileError(
            f"the file begins with the byte order mark of {found}, not {given}",
            "leave the encoding out",
        )
    return given


def _mark_bad(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    return "".join(chr(0xDC00 + byte) for byte in bad), error.end


codecs.register_error("csvferry-mark", _mark_bad)


@dataclass(frozen=True)
class Transcoded:
    """A content of another encoding, whose byte order mark has `mark` bytes, as UTF-8."""

    original: Content
    encoding: str
    mark: int
    path: None = None

    @property
    def size(self) -> int:
        return self.original.size

    @contextmanager
    def open(self, start: int = 0) -> Iterator[Reader]:
        with self.original.open(self.mark) as raw:
            reader = Blocks(self._blocks(raw), source=raw)
            skip(reader, start)
            yield reader

    def _blocks(self, raw: Reader) -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder(self.encoding)("csvferry-mark")
        while block := raw.read(CHUNK):
            yield decoder.decode(block).encode("utf-8", "surrogatepass")
        yield decoder.decode(b"", final=True).encode("utf-8", "surrogatepass")


class Origin:
    """The way back: where a record of the text lay in the original, and its bytes there.

    Offsets must be asked for in rising order; the text between them is read and encoded back once.
    """

    def __init__(self, text: Text) -> None:
        self._text = text
        self._at = text.start
        self._original = text.mark
        self._open = ExitStack()
        self._reader: Reader | None = None

    def close(self) -> None:
        """Close it."""
        self._open.close()

    def of(self, offset: int, raw: bytes) -> tuple[int, bytes]:
        """The byte offset and the bytes of the record that lies in the text at `offset`."""
        if not self._text.transcoded:
            return offset, raw
        self._reader = self._reader or self._open.enter_context(self._text.content.open(self._at))
        while self._at < offset:
            self._forward(self._reader, offset - self._at)
        return self._original, self._back(raw)

    def _forward(self, reader: Reader, size: int) -> None:
        block = reader.read(min(size, CHUNK))
        if not block:
            raise FileError("the text ended before one of its records")
        while _open_end(block):
            block += reader.read(1)
        self._at += len(block)
        self._original += len(self._back(block))

    def _back(self, data: bytes) -> bytes:
        text = data.decode("utf-8", "surrogatepass")
        parts = _MARKED.split(text)
        return b"".join(
            bytes(ord(char) - 0xDC00 for char in part)
            if odd % 2
            else part.encode(self._text.encoding, "replace")
            for odd, part in enumerate(parts)
        )


def _open_end(block: bytes) -> bool:
    """Whether the block ends within a character."""
    for back in range(1, min(4, len(block)) + 1):
        byte = block[-back]
        if byte < 0x80:
            return False
        if byte >= 0xC0:
            return back < (2 if byte < 0xE0 else 3 if byte < 0xF0 else 4)
    return False
