"""A CSV file becomes the table `incoming`; what can't be read becomes the table `rejects`.

The fast way hands the file to DuckDB as it lies there, when a pass over its bytes has shown that
DuckDB reads it as we would: it is plain (`screen`), or every record of it is good (`_proven`).
The careful way writes the good records to scratch space, each in the one form that DuckDB reads
without doubt, and sets the others aside.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from csvferry import reader
from csvferry.clean import Cleaner
from csvferry.dialect import Dialect, Reading, check, find
from csvferry.encoding import Origin, Text, opened
from csvferry.errors import AccountError, UsageError
from csvferry.grammar import Grammar, grammar
from csvferry.records import Event, Fault, Good, walk
from csvferry.screen import Plain, Watched, screen
from csvferry.setaside import Rejects, make_table
from csvferry.slices import WIDE, Slices, Weight

__all__ = ["Parsed", "Reading", "check", "locate", "parse"]

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Parsed:
    r"""What was read, and how.

    `names` is None where the file has no header. `newline` is '\n', '\r\n', '\r' or 'mixed'.
    `start` and `line`: the byte of the text, and the record, at which the rows begin.
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


def parse(
    con: duckdb.DuckDBPyConnection,
    file: Path,
    reading: Reading,
    scratch: Path,
    progress: Progress | None = None,
) -> Parsed:
    """Make the tables `incoming(line, c0, ...)` and `rejects` from a plain local file.

    `progress` is told bytes done and bytes in all. Raises UsageError, EmptyFileError, FileError.
    """
    check(reading)
    with opened(file, reading.encoding, scratch) as text:
        dialect = find(text, reading)
        passed = _monotone(progress, text.path.stat().st_size)
        task = _Task(con, text, dialect, _tokens(reading, dialect), scratch, passed)
        make_table(con)
        return _fast(task) or _careful(task)


@dataclass(frozen=True)
class _Task:
    """What both ways need to know."""

    con: duckdb.DuckDBPyConnection
    text: Text
    dialect: Dialect
    null: tuple[str, ...]
    scratch: Path
    passed: Callable[[int], None]


def _tokens(reading: Reading, dialect: Dialect) -> tuple[str, ...]:
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


def _fast(task: _Task) -> Parsed | None:
    """Reads the file as it lies there; None where DuckDB can't, or sees it otherwise than we do."""
    text, dialect = task.text, task.dialect
    if dialect.width > WIDE:
        return None
    if dialect.names is not None and not _one_line_header(dialect):
        return None
    plain = screen(text.path, text.start, dialect.grammar, task.passed)
    found = plain or _proven(task)
    if found is None:
        return None
    skip = 0 if dialect.names is None else 1
    job = _job(task, text.path)
    job = replace(job, newline=found.newline, skip=skip, shift=skip, parallel=plain is not None)
    try:
        rows = reader.read(task.con, job)
    except duckdb.InvalidInputException:
        return None
    return _told(task, found.newline, rows, 0) if rows == found.lines - skip else None


def _one_line_header(dialect: Dialect) -> bool:
    return dialect.line == 2 and not any(end in dialect.header_raw for end in (b"\r", b"\n"))


def _proven(task: _Task) -> Plain | None:
    """What the file holds, if every record of it, the header too, is good."""
    text, lines, weight = task.text, 0, Weight()
    with text.path.open("rb") as file:
        file.seek(text.start)
        source = Watched(file, task.passed)
        for event in walk(source, task.dialect.grammar, text.start, 1):
            if not isinstance(event, Good) or event.loose:
                return None
            if weight.heavy(len(event.data), event.records):
                return None
            lines += event.records
    return Plain(lines, source.ends.kind) if source.ends.kind else None


def _careful(task: _Task) -> Parsed:
    """Reads the good records from a clean copy and sets the others aside."""
    text, dialect = task.text, task.dialect
    clean, job = task.scratch / "clean.csv", _job(task, task.scratch / "clean.csv")
    slices, weight = Slices(task.con, job, task.scratch), Weight()
    if dialect.width > WIDE:
        slices.begin()
    with (
        text.path.open("rb") as file,
        Rejects(task.scratch / "rejects.tsv", dialect.names, Origin(text)) as rejects,
        Cleaner(clean, dialect.grammar, task.null) as cleaner,
    ):
        file.seek(dialect.start)
        source = Watched(file, task.passed)
        for event in walk(source, dialect.grammar, dialect.start, dialect.line):
            if isinstance(event, Fault):
                rejects.add(event)
            elif isinstance(event, Good):
                cleaner.add(event)
                if weight.heavy(len(event.data), event.records):
                    slices.begin()
                if slices.due(cleaner.size, cleaner.held):
                    cleaner.cut(slices.take)
        rejects.load(task.con)
    rows = _read_clean(task.con, job, slices)
    if rows != cleaner.rows:
        raise AccountError(f"{cleaner.rows} rows were read and {rows} arrived")
    return _told(task, source.ends.kind or "mixed", rows, rejects.count)


def _read_clean(con: duckdb.DuckDBPyConnection, job: reader.Job, slices: Slices) -> int:
    try:
        if not slices.begun:
            return reader.read(con, replace(job, numbered=True))
        slices.take(job.path)
        return slices.finish()
    finally:
        job.path.unlink()


def _job(task: _Task, path: Path) -> reader.Job:
    dialect = task.dialect
    return reader.Job(path, dialect.width, dialect.delimiter, dialect.quote, task.null)


def _told(task: _Task, newline: str, rows: int, rejected: int) -> Parsed:
    dialect = task.dialect
    return Parsed(
        names=dialect.names,
        width=dialect.width,
        delimiter=dialect.delimiter,
        quote=dialect.quote,
        encoding=task.text.encoding,
        newline=newline,
        rows=rows,
        rejected=rejected,
        header_raw=dialect.header_raw,
        start=dialect.start,
        line=dialect.line,
    )


def locate(
    file: Path, parsed: Parsed, reading: Reading, lines: Iterable[int], scratch: Path
) -> Iterator[tuple[int, int, bytes]]:
    """Line, byte offset and bytes (without line end) of the good records `lines`, sorted.

    One pass over the file that `parsed` came from.
    """
    patterns = grammar(parsed.delimiter, parsed.quote, parsed.width)
    wanted = iter(lines)
    line = next(wanted, None)
    with opened(file, reading.encoding, scratch) as text, text.path.open("rb") as source:
        origin = Origin(text)
        source.seek(parsed.start)
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
