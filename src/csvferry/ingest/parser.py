"""A CSV file becomes the table `incoming`; what can't be read becomes the table `rejects`.

The fast way hands a file on disk to DuckDB as it lies there, when a pass over its bytes has shown
that DuckDB reads it as we would: it is plain (`screen`), or every record of it is good (`_proven`).
The careful way, one pass over bytes from wherever they come, hands on the good records piece by
piece, each in the one form that DuckDB reads without doubt, and sets the others aside.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import duckdb

from csvferry.config.read_options import CsvReadOptions
from csvferry.errors import AccountError, UsageError
from csvferry.ingest import reader
from csvferry.ingest.fast_path import Plain, Watched, screen
from csvferry.ingest.normalizer import Cleaner
from csvferry.ingest.parquet_parts import WIDE, Slices, Weight
from csvferry.ingest.reject_writer import Rejects, make_table
from csvferry.sources.content import Content
from csvferry.text.encoding import Origin, Text, opened
from csvferry.text.grammar import Grammar, grammar
from csvferry.text.scanner import Event, Fault, Good, walk
from csvferry.text.sniffer import Dialect, Doubt, OtherQuoteError, check, find

__all__ = ["Parsed", "Survey", "check", "locate", "parse", "read_all", "surveyed"]

Progress = Callable[[int, int], None]
_PIECE = 16 << 20  # bytes of a clean copy


@dataclass(frozen=True)
class Parsed:
    r"""What was read, and how.

    `names` is None where the file has no header. `newline` is '\n', '\r\n', '\r' or 'mixed'.
    `start` and `line`: the byte of the text, and the record, at which the rows begin. `sure`: all
    records are good, and none has a quote but around fields. `plain`: the file that holds the text,
    where each of its lines is a record.
    """

    names: tuple[str, ...] | None
    width: int
    delimiter: str
    quote: str
    encoding: str
    newline: str
    rows: int
    rejected: int
    header_raw: bytes
    start: int
    line: int
    sure: bool
    plain: Path | None = None


def parse(
    con: duckdb.DuckDBPyConnection,
    content: Content,
    reading: CsvReadOptions,
    scratch: Path,
    progress: Progress | None = None,
) -> Parsed:
    """Make the tables `incoming(line, c0, ...)` and `rejects` from a file's content.

    `progress` is told bytes done and bytes in all, as they are stored. Raises UsageError,
    EmptyFileError, FileError.
    """
    with surveyed(con, content, reading, scratch, progress) as survey:
        return read_all(survey)


@contextmanager
def surveyed(
    con: duckdb.DuckDBPyConnection,
    content: Content,
    reading: CsvReadOptions,
    scratch: Path,
    progress: Progress | None = None,
) -> Iterator["Survey"]:
    """What is known of a file before its rows are read. Raises as `parse`."""
    check(reading)
    with opened(content, reading.encoding, scratch) as text:
        dialect = find(text, reading)
        passed = _monotone(progress, text.content.size)
        yield Survey(con, text, reading, dialect, _tokens(reading, dialect), scratch, passed)


@dataclass(frozen=True)
class Survey:
    """A file's text and dialect, and where its rows go."""

    con: duckdb.DuckDBPyConnection
    text: Text
    reading: CsvReadOptions
    dialect: Dialect
    null: tuple[str, ...]
    scratch: Path
    passed: Callable[[int], None]


def read_all(survey: Survey) -> Parsed:
    """The tables `incoming` and `rejects`, made anew from the survey's text."""
    try:
        return _read_all(survey)
    except OtherQuoteError:
        reading = replace(survey.reading, quote="'")
        dialect = find(survey.text, reading)
        null = _tokens(reading, dialect)
        return _read_all(replace(survey, reading=reading, dialect=dialect, null=null))


def _read_all(survey: Survey) -> Parsed:
    make_table(survey.con)
    return _fast(survey) or _careful(survey)


def _tokens(reading: CsvReadOptions, dialect: Dialect) -> tuple[str, ...]:
    tokens = reading.null or ("",)
    for token in tokens:
        if any(mark and mark in token for mark in (dialect.delimiter, dialect.quote, "\r", "\n")):
            raise UsageError(
                "a token that means NULL can't hold the delimiter, the quote or a line end",
                "a quoted field is never NULL",
            )
    return tokens


def _monotone(progress: Progress | None, total: int) -> Callable[[int], None]:
    """A pass over the bytes after another begins anew; the person sees no step back."""
    furthest = 0

    def passed(done: int) -> None:
        nonlocal furthest
        if progress and done > furthest:
            furthest = done
            progress(min(done, total), total)

    return passed


def _fast(survey: Survey) -> Parsed | None:
    """Reads the file as it lies there; None where DuckDB can't, or sees it otherwise than we do."""
    path, dialect = survey.text.content.path, survey.dialect
    if (
        path is None
        or dialect.width > WIDE
        or (dialect.names is not None and not _one_line_header(dialect))
    ):
        return None
    look = Doubt(dialect).look
    plain = screen(path, survey.text.start, dialect.grammar, survey.passed, look)
    found = plain or _proven(survey)
    if found is None:
        return None
    skip = 0 if dialect.names is None else 1
    job = _job(survey, path)
    job = replace(job, newline=found.newline, skip=skip, shift=skip, parallel=plain is not None)
    try:
        rows = reader.read(survey.con, job)
    except duckdb.InvalidInputException:
        return None
    if rows != found.lines - skip:
        return None
    told = _told(survey, found.newline, rows, 0, sure=True)
    return replace(told, plain=path) if plain else told


def _one_line_header(dialect: Dialect) -> bool:
    return dialect.line == 2 and not any(end in dialect.header_raw for end in (b"\r", b"\n"))


def _proven(survey: Survey) -> Plain | None:
    """What the file holds, if every record of it, the header too, is good."""
    text, lines, weight, doubt = survey.text, 0, Weight(), Doubt(survey.dialect)
    with text.content.open(text.start) as raw:
        source = Watched(raw, survey.passed)
        for event in walk(source, survey.dialect.grammar, text.start, 1):
            if not isinstance(event, Good) or event.loose:
                return None
            doubt.look(event.data)
            if weight.heavy(len(event.data), event.records):
                return None
            lines += event.records
    return Plain(lines, source.ends.kind) if source.ends.kind else None


def _careful(survey: Survey) -> Parsed:
    """Reads the good records from clean copies of them and sets the others aside."""
    text, dialect, scratch = survey.text, survey.dialect, survey.scratch
    clean, sure = scratch / "clean.csv", True
    job = replace(_job(survey, clean), numbered=True)
    con = survey.con.cursor()  # of the thread that takes the pieces
    pieces = reader.read_pieces(con, job)
    slices = Slices(con, job, scratch, scarce=text.content.path is None)
    weight, doubt = Weight(), Doubt(dialect)
    if dialect.width > WIDE:
        slices.begin()
    with (
        con,
        text.content.open(dialect.start) as raw,
        Origin(text) as origin,
        Rejects(survey.con, scratch / "rejects.tsv", dialect.names, origin) as rejects,
        Cleaner(clean, dialect.grammar, survey.null) as cleaner,
    ):
        source = Watched(raw, survey.passed)
        for event in walk(source, dialect.grammar, dialect.start, dialect.line):
            sure = sure and isinstance(event, Good) and not event.loose
            if isinstance(event, Fault):
                doubt.look(b"\n%b\n" % event.raw)
                rejects.add(event)
            elif isinstance(event, Good):
                doubt.look(event.data)
                cleaner.add(event)
                if weight.heavy(len(event.data), event.records) and not slices.begun:
                    cleaner.wait()
                    slices.begin()
                if slices.due(cleaner.size, cleaner.held):
                    cleaner.cut(slices.take)
                elif not slices.begun and cleaner.size >= _PIECE:
                    cleaner.cut(pieces.take)
        cleaner.cut(slices.take if slices.begun else pieces.take)
        rejects.hand_over()
        cleaner.wait()
        rows = slices.finish() if slices.begun else pieces.finish()
    if rows != cleaner.rows:
        raise AccountError(f"{cleaner.rows} rows were read and {rows} arrived")
    newline = source.ends.kind or "mixed"
    return _told(survey, newline, rows, rejects.count, sure=sure)


def _job(survey: Survey, path: Path) -> reader.Job:
    dialect = survey.dialect
    return reader.Job(path, dialect.width, dialect.delimiter, dialect.quote, survey.null)


def _told(survey: Survey, newline: str, rows: int, rejected: int, *, sure: bool) -> Parsed:
    dialect = survey.dialect
    return Parsed(
        names=dialect.names,
        width=dialect.width,
        delimiter=dialect.delimiter,
        quote=dialect.quote,
        encoding=survey.text.encoding,
        newline=newline,
        rows=rows,
        rejected=rejected,
        header_raw=dialect.header_raw,
        start=dialect.start,
        line=dialect.line,
        sure=sure,
    )


def locate(
    content: Content, parsed: Parsed, reading: CsvReadOptions, lines: Iterable[int], scratch: Path
) -> Iterator[tuple[int, int, bytes]]:
    """Line, byte offset and bytes (without line end) of the good records `lines`, sorted.

    One pass over the content that `parsed` came from.
    """
    wanted = iter(lines)
    if (line := next(wanted, None)) is None:
        return
    with opened(content, reading.encoding, scratch) as text:
        yield from locate_in(text, parsed, chain((line,), wanted))


def locate_in(text: Text, parsed: Parsed, lines: Iterable[int]) -> Iterator[tuple[int, int, bytes]]:
    """The same of an open text."""
    patterns = grammar(parsed.delimiter, parsed.quote, parsed.width)
    wanted = iter(lines)
    line = next(wanted, None)
    with text.content.open(parsed.start) as source, Origin(text) as origin:
        for event in walk(source, patterns, parsed.start, parsed.line):
            for number, offset, raw in _records(event, patterns, line):
                while line is not None and line < number:
                    line = next(wanted, None)
                if line == number:
                    yield number, *origin.of(offset, raw)
            if line is None:
                break


def _records(
    event: Event, patterns: Grammar, wanted: int | None
) -> Iterator[tuple[int, int, bytes]]:
    """The records of an event, or none where it ends before the line wanted."""
    if isinstance(event, Good) and wanted is not None and wanted < event.line + event.records:
        for number, record in enumerate(patterns.one.finditer(event.data), event.line):
            yield number, event.offset + record.start(), record.group(1)
