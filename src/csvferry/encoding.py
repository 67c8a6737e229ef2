"""The file's text as UTF-8: byte order marks, other encodings, and the way back to the first bytes.

Everything after this module works on UTF-8 bytes. A UTF-8 file is taken as it lies there. Any
other is written to scratch space as UTF-8 once; a byte that its encoding does not know becomes the
lone surrogate U+DC00 + byte, which is no valid UTF-8 and so makes its row a `bad_encoding`.
"""

import codecs
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from csvferry.errors import FileError, UsageError

_BLOCK = 1 << 20
_MARKS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NOT_SERVED = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"}
_MARKED = re.compile("([\udc00-\udcff]+)")


@dataclass(frozen=True)
class Text:
    """A file's text: `path` holds UTF-8 and begins at byte `start`.

    `mark` is the length of the byte order mark in the original, `transcoded` whether `path` is
    a copy in scratch space.
    """

    path: Path
    encoding: str
    start: int
    mark: int
    transcoded: bool


@contextmanager
def opened(file: Path, encoding: str | None, scratch: Path) -> Iterator[Text]:
    """The text of `file` in the encoding given or found out (byte order mark, else UTF-8).

    A copy in scratch space goes at the end.

    Raises UsageError for an encoding that there is none of, FileError where the byte order mark
    says another than was given.
    """
    found, mark = _byte_order_mark(file)
    name = _settled(_known(encoding) if encoding else None, found)
    if name == "utf-8":
        yield Text(file, name, mark, mark, transcoded=False)
        return
    path = scratch / "text.utf8"
    try:
        _transcode(file, name, mark, path)
        yield Text(path, name, 0, mark, transcoded=True)
    finally:
        path.unlink(missing_ok=True)


def _byte_order_mark(file: Path) -> tuple[str | None, int]:
    with file.open("rb") as source:
        head = source.read(4)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name, len(mark)
    return None, 0


def _known(encoding: str) -> str:
    try:
        info = codecs.lookup(encoding)
        codecs.getincrementaldecoder(encoding)
        "".encode(encoding)  # bytes-to-bytes codecs (zlib, hex) refuse this
    except (LookupError, ValueError) as error:
        raise UsageError(f"no such encoding: {encoding}", "for example utf-8, cp1252") from error
    name = info.name.replace("_", "-")
    if name in _NOT_SERVED:
        raise UsageError(f"no encoding of files: {encoding}", "for example utf-8, cp1252")
    return "utf-8" if name == "utf-8-sig" else name


def _settled(given: str | None, found: str | None) -> str:
    if given is None:
        return found or "utf-8"
    if given in ("utf-16", "utf-32"):
        return found if found and found.startswith(given) else f"{given}-le"
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


def _transcode(file: Path, encoding: str, mark: int, target: Path) -> None:
    decoder = codecs.getincrementaldecoder(encoding)("csvferry-mark")
    with file.open("rb") as source, target.open("wb") as out:
        source.seek(mark)
        while block := source.read(_BLOCK):
            out.write(decoder.decode(block).encode("utf-8", "surrogatepass"))
        out.write(decoder.decode(b"", final=True).encode("utf-8", "surrogatepass"))


class Origin:
    """The way back: where a record of the text lay in the original, and its bytes there.

    Offsets must be asked for in rising order; the text between them is encoded back once.
    """

    def __init__(self, text: Text) -> None:
        self._text = text
        self._at = text.start
        self._original = text.mark

    def of(self, offset: int, raw: bytes) -> tuple[int, bytes]:
        """The byte offset and the bytes of the record that lies in the text at `offset`."""
        if not self._text.transcoded:
            return offset, raw
        if self._at < offset:
            with self._text.path.open("rb") as file:
                file.seek(self._at)
                while self._at < offset:
                    self._forward(file, min(offset, self._at + _BLOCK))
        return self._original, self._back(raw)

    def _forward(self, file: BinaryIO, offset: int) -> None:
        block = file.read(offset - self._at)
        while _open_end(block):
            block += file.read(1)
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
