"""Delimiter, quote, header and width: as the user says, else found out.

The header tells most. A quote that the first 2 MB do not show is looked for further on (`Doubt`).
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from csvferry.config.read_options import CsvReadOptions
from csvferry.errors import EmptyFileError, FileError, UsageError
from csvferry.sources.content import read_whole
from csvferry.text.encoding import Text
from csvferry.text.grammar import LINE_END, Grammar, grammar
from csvferry.text.header import MAX_COLUMNS, checked_names, fields
from csvferry.text.scanner import LIMIT

DELIMITERS = "\t|;,"  # where all agree as well, the one that text holds least often
QUOTES = "\"'"
_SAMPLE_RECORDS = 1000

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
class Dialect:
    """What a file is written in. Its rows begin at byte `start` of the text, as record `line`.

    `doubtful`: nothing in the file's beginning tells the quote.
    """

    delimiter: str
    quote: str
    names: tuple[str, ...] | None
    width: int
    header_raw: bytes
    start: int
    line: int
    doubtful: bool = False

    @property
    def grammar(self) -> Grammar:
        """The patterns of its records."""
        return grammar(self.delimiter, self.quote, self.width)


class OtherQuoteError(Exception):
    """The file's fields are enclosed in single quotes, as is seen only now."""


class Doubt:
    """Looks for the first quoted fields of a file whose beginning has none."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect, self._open = dialect, dialect.doubtful

    def look(self, data: bytes) -> None:
        """Look at the next bytes. Raises OtherQuoteError."""
        if not self._open:
            return
        delimiter = self._dialect.delimiter
        if b'"' in data and _opened(data, delimiter, b'"'):
            self._open = False
        elif b"'" in data and _opened(data, delimiter, b"'"):
            whole = data[data.find(b"\n") + 1 : data.rfind(b"\n") + 1]
            if _quote(self._dialect.header_raw + b"\n" + whole, delimiter) == "'":
                raise OtherQuoteError


def check(reading: CsvReadOptions) -> None:
    """UsageError where the words themselves are off, whatever the file holds."""
    if reading.delimiter is not None:
        _check_delimiter(reading.delimiter)
    if reading.quote:
        _check_character("quote", reading.quote)
        if reading.quote == reading.delimiter:
            raise UsageError("delimiter and quote are the same character")


def _check_delimiter(delimiter: str) -> None:
    _check_character("delimiter", delimiter)
    if delimiter in QUOTES:
        raise UsageError("a quote can't be the delimiter")


def _check_character(what: str, value: str) -> None:
    if len(value) != 1 or not value.isascii() or value in "\r\n\0":
        raise UsageError(f"the {what} must be one ASCII character and no line end")
    if value.isalnum():
        raise UsageError(f"a letter or digit can't be the {what}")


def find(text: Text, reading: CsvReadOptions) -> Dialect:
    """The dialect of the text.

    Raises EmptyFileError where there is not even a header, FileError where the first record is
    none that a table could have, UsageError where `reading` is off.
    """
    check(reading)
    with text.content.open(text.start) as source:
        sample = read_whole(source, LIMIT + 2)
    whole = len(sample) < LIMIT + 2
    if whole and sample[-1:] not in (b"\n", b""):
        sample += b"\n"
    blank = re.match(rb"(?:\r\n|\n|\r)*+", sample)
    skip = blank.end() if blank else 0
    if skip == len(sample):
        raise EmptyFileError("the file is empty", "not even a header is in it")
    _refuse_binary(sample)
    lines = len(LINE_END.findall(sample[:skip]))
    found = _settled(sample[skip:], reading, text.start + skip, lines + 1)
    told = whole or reading.quote is not None or _opened(sample, found.delimiter, b'"')
    return replace(found, doubtful=not told and found.quote == '"')


def _refuse_binary(sample: bytes) -> None:
    for magic, what in _BINARY:
        if sample[: len(magic)].lower() == magic.lower():
            raise FileError(f"the file is no CSV: it looks like {what}")
    if re.match(rb'[\[{]\s*+["{\[]', sample):
        raise FileError("the file is no CSV: it looks like JSON")


def _settled(sample: bytes, reading: CsvReadOptions, start: int, line: int) -> Dialect:
    delimiter = reading.delimiter or _delimiter(sample, reading)
    quote = _quote(sample, delimiter) if reading.quote is None else reading.quote
    if quote == delimiter:
        raise UsageError("delimiter and quote are the same character")
    if not reading.header:
        width = _common_width(sample, delimiter, quote)
        return Dialect(delimiter, quote, None, _limited(width), b"", start, line)
    found = grammar(delimiter, quote, 0).record.match(sample)
    if found is None:
        raise FileError(*_no_record(sample))
    raw = found.group(1)
    names = _names(raw, grammar(delimiter, quote, 0))
    _limited(len(names))
    return Dialect(
        delimiter, quote, checked_names(names), len(names), raw, start + found.end(), line + 1
    )


def _no_record(sample: bytes) -> tuple[str, str]:
    if LINE_END.search(sample, 0, LIMIT):
        return "the quoting of the header is broken", "mend it, or say which --quote to use"
    return f"the first line is longer than {LIMIT} bytes", "is it a CSV file?"


def _names(raw: bytes, any_width: Grammar) -> tuple[str, ...]:
    if b"\0" in raw:
        raise FileError("the header holds NUL bytes", "is it UTF-16? then --encoding utf-16-le")
    try:
        return fields(raw, any_width)
    except UnicodeDecodeError as error:
        raise FileError(
            "the header holds bytes that are no text", "name the file's encoding with --encoding"
        ) from error


def _limited(width: int) -> int:
    if width > MAX_COLUMNS:
        raise FileError(f"the file has {width} columns; a table has at most {MAX_COLUMNS}")
    return width


def _delimiter(sample: bytes, reading: CsvReadOptions) -> str:
    """The one that the first record holds and that cuts most records into as many fields."""
    quotes = _telling(sample, QUOTES if reading.quote is None else [reading.quote])
    best, most = ",", (0.0, 1)
    for delimiter in filter(lambda mark: mark.encode() in sample, DELIMITERS):
        for quote in quotes:
            agree = _agreement(sample, delimiter, quote, common=not reading.header)
            if agree > most:
                best, most = delimiter, agree
    return best


def _telling(sample: bytes, quotes: Iterable[str]) -> list[str]:
    """The quotes that text holds, and one of the others: they all cut it alike."""
    there = [quote for quote in quotes if quote.encode() in sample]
    return there + [quote for quote in quotes if quote not in there][:1]


def _agreement(sample: bytes, delimiter: str, quote: str, *, common: bool) -> tuple[float, int]:
    """The share of records that have as many fields as the first (or most) have, and how many."""
    widths = list(_widths(sample, delimiter, quote))
    if not widths:
        return 0, 0
    width = Counter(widths).most_common(1)[0][0] if common else widths[0]
    return (widths.count(width) / len(widths), width) if width > 1 else (0, 0)


def _widths(sample: bytes, delimiter: str, quote: str) -> Iterator[int]:
    """Fields of each of the first records; 0 for one that is broken."""
    return map(len, _records(sample, delimiter, quote))


def _records(sample: bytes, delimiter: str, quote: str) -> Iterator[list[bytes]]:
    """The fields of each of the first records; none of one that is broken."""
    patterns, at = grammar(delimiter, quote, 0), 0
    for _ in range(_SAMPLE_RECORDS):
        found = patterns.record.match(sample, at) or LINE_END.search(sample, at)
        if found is None:
            return
        at = found.end()
        if not found.lastindex:
            yield []
        elif found.group(1):
            yield patterns.field.findall(found.group(1) + patterns.delimiter)


def _common_width(sample: bytes, delimiter: str, quote: str) -> int:
    widths = Counter(width for width in _widths(sample, delimiter, quote) if width)
    if not widths:
        raise FileError(*_no_record(sample))
    return widths.most_common(1)[0][0]


def _quote(sample: bytes, delimiter: str) -> str:
    """The double quote, unless single quotes clearly enclose fields and double ones do not."""
    if delimiter == "'" or _opened(sample, delimiter, b'"'):
        return '"'
    opened = _opened(sample, delimiter, b"'")
    enclosed = _enclosed(sample, delimiter) if opened else []
    if not opened or len(enclosed) != opened:
        return '"'
    needed = re.compile(rb"[\r\n%b]|''" % re.escape(delimiter.encode()))
    clear = any(needed.search(field) for field in enclosed) or _column_of_quoted(sample, delimiter)
    return "'" if clear else '"'


def _opened(sample: bytes, delimiter: str, quote: bytes) -> int:
    if quote not in sample:
        return 0
    cut = re.escape(delimiter.encode())
    return len(re.findall(rb"(?<![^%b\r\n])%b" % (cut, quote), sample))


def _enclosed(sample: bytes, delimiter: str) -> list[bytes]:
    """What single quotes enclose from one delimiter or line end to another."""
    cut = re.escape(delimiter.encode())
    field = rb"(?<![^%b\r\n])'([^']*+(?:''[^']*+)*+)'(?=[%b\r\n])" % (cut, cut)
    return re.findall(field, sample)


def _column_of_quoted(sample: bytes, delimiter: str) -> bool:
    """Whether the header is quoted, or all values of a column are, and those are two or more."""
    records = list(_records(sample, delimiter, "'"))
    if records and any(field.startswith(b"'") for field in records[0]):
        return True
    for column in zip(*records[1:], strict=False):
        values = [value for value in column if value]
        if len(values) > 1 and all(value.startswith(b"'") for value in values):
            return True
    return False
