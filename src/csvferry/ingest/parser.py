"""A CSV file becomes a relation of its rows; what can't be read becomes entries of rejects.

The fast way hands a file on disk to DuckDB as it lies there, when a pass over its bytes has shown
that DuckDB reads it as we would: it is plain (`screen`), or every record of it is good (`_proven`).
The careful way, one pass over bytes from wherever they come, hands on the good records piece by
piece, each in the one form that DuckDB reads without doubt, and sets the others aside.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import duckdb

from csvferry.config.read_options import LINE_ENDS, CsvReadOptions, check, check_null, settled
from csvferry.errors import AccountError
from csvferry.ingest import reader
from csvferry.ingest.fast_path import Plain, Watched, screen
from csvferry.ingest.normalizer import Cleaner, plain_csv
from csvferry.ingest.parquet_parts import (
    WIDE,
    CheckedSlices,
    RowCheck,
    Slices,
    Weight,
    check_in_place,
)
from csvferry.ingest.reject_writer import Rejects, make_tables
from csvferry.scratch.relations import WHOLE, FileRelations
from csvferry.sources.content import NO_LINE_END, Content, read_whole
from csvferry.text.columns.matching import ColumnNulls
from csvferry.text.doubts.doubt import Doubt, OtherQuoteError
from csvferry.text.encoding import Origin, Text, opened
from csvferry.text.escapes import Escape, PlainCsv
from csvferry.text.grammar import Grammar
from csvferry.text.prologue import without_footer
from csvferry.text.scanner import Event, Fault, Good
from csvferry.text.sniffer import Dialect, find
from csvferry.text.split_records import records

Progress = Callable[[int, int], None]
_PIECE = 16 << 20  # bytes of a clean copy


@dataclass(frozen=True)
class Parsed:
    r"""What was read, and how.

    `newline` is '\n', '\r\n', '\r' or 'mixed'. `sure`: all records are good, and none has a quote
    but around fields. `plain`: the file that holds the text, where each of its lines is a record.
    `checked`: the same file where each row passed the survey's check, and where some of its records
    begin, in their order, if they are not just its lines. `hashed`: what the survey has to be kept
    lies in HASHED. `notes`: what the report says of it.
    """

    dialect: Dialect
    encoding: str
    newline: str
    rows: int
    rejected: int
    sure: bool
    plain: Path | None = None
    checked: tuple[Path, tuple[int, ...] | None] | None = None
    hashed: bool = False
    notes: tuple[str, ...] = ()


def parse(
    con: duckdb.DuckDBPyConnection,
    content: Content,
    reading: CsvReadOptions,
    scratch: Path,
    progress: Progress | None = None,
) -> Parsed:
    """Make the relations of the whole from a file's content: its rows (line, c0, ...), rejects.

    `progress` is called with bytes done and bytes in all, as they are stored. Raises UsageError,
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
    reading = settled(reading)
    check(reading)
    with opened(content, reading.encoding, scratch) as whole:
        text = without_footer(whole, reading.skip_footer)
        dialect = find(text, reading)
        passed = _monotone(progress, text.content.size)
        yield Survey(con, text, reading, dialect, _tokens(reading, dialect), scratch, passed)


@dataclass(frozen=True)
class Survey:
    """A file's text and dialect, and where its rows go.

    `check`: what to ask of each row on the way, where that is worth it. `kept`: SQL of what to keep
    of each, where rows are sliced.
    """

    con: duckdb.DuckDBPyConnection
    text: Text
    reading: CsvReadOptions
    dialect: Dialect
    null: tuple[str, ...]
    scratch: Path
    passed: Callable[[int], None]
    nulls: tuple[ColumnNulls, ...] = ()
    values: tuple[tuple[int, str], ...] = ()
    into: FileRelations = WHOLE
    check: RowCheck | None = None
    kept: tuple[str, ...] = ()


def read_all(survey: Survey) -> Parsed:
    """The relations that the survey names, made anew from its text."""
    try:
        return _read_all(survey)
    except OtherQuoteError:
        reading = replace(survey.reading, quote="'")
        dialect = find(survey.text, reading)
        null = _tokens(reading, dialect)
        return _read_all(replace(survey, reading=reading, dialect=dialect, null=null))


def _read_all(survey: Survey) -> Parsed:
    for own in survey.nulls:
        check_null(own.tokens, _found(survey.reading, survey.dialect))
    make_tables(survey.con, survey.into)
    return _fast(survey) or _careful(survey)


def _tokens(reading: CsvReadOptions, dialect: Dialect) -> tuple[str, ...]:
    tokens = reading.null or ("",)
    if dialect.syntax.escape is Escape.RFC:
        tokens = tuple(token for token in tokens if token != f"{dialect.quote}N")
    check_null(tokens, _found(reading, dialect))
    return tokens


def _found(reading: CsvReadOptions, dialect: Dialect) -> CsvReadOptions:
    return replace(reading, delimiter=dialect.delimiter, quote=dialect.quote)


def _monotone(progress: Progress | None, total: int) -> Callable[[int], None]:
    """A pass over the bytes after another begins anew; the person sees no step back."""
    furthest = 0

    def passed(done: int) -> None:
        nonlocal furthest
        if progress and done > furthest:
            furthest = done
            progress(min(done, total), total)

    return passed


def plain_rows(survey: Survey) -> Parsed | None:
    """What a plain file holds, of which no row is read yet: `whole_file` says how.

    None where DuckDB may not read it as it lies there. Raises as `parse`, and OtherQuoteError.
    """
    doubt = _doubt(survey)
    plain = _plain(survey, doubt) if _in_one_piece(survey) else None
    return _expected(survey, plain, doubt) if plain else None


def whole_file(survey: Survey, path: Path, newline: str) -> reader.Job:
    """How DuckDB is to read a file as it lies there."""
    skip = 0 if survey.dialect.names is None else 1
    return replace(_job(survey, path), newline=newline, skip=skip, shift=skip)


def _plain(survey: Survey, doubt: Doubt) -> Plain | None:
    path, dialect = survey.text.content.path, survey.dialect
    if path is None or dialect.syntax.trailing:
        return None
    plain = screen(path, survey.text.start, dialect.grammar, survey.passed, doubt.block)
    if plain:
        doubt.end()
    return plain


def _expected(survey: Survey, found: Plain, doubt: Doubt) -> Parsed | None:
    """What DuckDB must find in the file; None where its line ends are others than declared."""
    dialect = survey.dialect
    if LINE_ENDS.get(dialect.syntax.line_end) not in (None, found.newline.encode()):
        return None
    rows = found.lines - (0 if dialect.names is None else 1)
    parsed = _parsed(survey, found.newline, rows, 0, sure=True)
    return replace(parsed, notes=dialect.notes + doubt.notes)


def _fast(survey: Survey) -> Parsed | None:
    """Reads the file as it lies there; None where DuckDB can't, or sees it otherwise than we do."""
    path = survey.text.content.path
    if path is None or not _in_one_piece(survey):
        return None
    doubt = _doubt(survey)
    plain = _plain(survey, doubt)
    looked = doubt if plain else _doubt(survey)
    found = plain or _proven(survey, looked)
    parsed = _expected(survey, found, looked) if found else None
    if not parsed:
        return None
    job = replace(whole_file(survey, path, parsed.newline), parallel=plain is not None)
    try:
        checked = plain is not None and parsed.rows > 0 and _checked(survey, job, parsed.rows)
        if not checked and reader.read(survey.con, job) != parsed.rows:
            return None
    except duckdb.InvalidInputException:
        return None
    parsed = replace(parsed, plain=path if plain else None)
    return replace(parsed, checked=(path, None)) if checked else parsed


def _checked(survey: Survey, job: reader.Job, rows: int) -> bool:
    """Whether each of a plain file's rows passes the check and can be sent as it lies there."""
    if survey.check is None or job.newline != "\n" or not job.delimiter.isascii():
        return False
    given = " AND ".join(f"c{place} IS NOT NULL" for place in range(job.width))
    check = replace(survey.check, plain=f"{given} AND {survey.check.plain}")
    try:
        return check_in_place(survey.con, job, check, rows, survey.scratch)
    except duckdb.NotImplementedException:  # its threads do not agree on where rows begin
        return False


def _in_one_piece(survey: Survey) -> bool:
    """Whether the file is nothing but records, the header's line first, as DuckDB knows them."""
    dialect, syntax = survey.dialect, survey.dialect.syntax
    if dialect.width > WIDE or syntax.escape is not Escape.NONE or len(syntax.delimiter) > 1:
        return False
    if syntax.comment or dialect.separator or survey.reading.skip_lines:
        return False
    if dialect.names is None:
        return dialect.start == survey.text.start
    return dialect.line == 2 and not any(end in dialect.header_raw for end in (b"\r", b"\n"))


def _doubt(survey: Survey) -> Doubt:
    header = survey.dialect.start - survey.text.start
    return Doubt(survey.dialect, header, null_named=survey.reading.null_named)


def _proven(survey: Survey, doubt: Doubt) -> Plain | None:
    """What the file holds, if every record of it is good."""
    text, dialect, weight = survey.text, survey.dialect, Weight()
    lines = dialect.line - 1
    with text.content.open(text.start) as raw:
        source = Watched(raw, survey.passed)
        read_whole(source, dialect.start - text.start)
        for event in records(source, dialect.grammar, dialect.start, dialect.line):
            if not isinstance(event, Good) or event.loose:
                return None
            doubt.event(event)
            if weight.heavy(len(event.data), event.records):
                return None
            lines += event.records
    if not source.ends.kind:
        return None
    doubt.end()
    return Plain(lines, source.ends.kind)


def _careful(survey: Survey) -> Parsed:
    """Reads the good records from clean copies of them and sets the others aside."""
    text, dialect, scratch = survey.text, survey.dialect, survey.scratch
    clean, sure = scratch / "clean.csv", True
    plain = plain_csv(dialect.syntax, null_quoted=survey.reading.null_quoted)
    job = replace(_job(survey, clean, plain), numbered=True)
    con = survey.con.cursor()  # of the thread that takes the pieces
    pieces = reader.read_pieces(con, job)
    slices = Slices(con, job, scratch, scarce=text.content.path is None, kept=survey.kept)
    checked = CheckedSlices(slices, survey.check if _stands_as_sent(survey) else None)
    begins: list[int] = []
    weight, doubt = Weight(), _doubt(survey)
    if dialect.width > WIDE:
        slices.begin()
    with (
        con,
        text.content.open(dialect.start) as raw,
        closing(Origin(text)) as origin,
        closing(
            Rejects(survey.con, scratch / "rejects.tsv", dialect.names, origin, survey.into.rejects)
        ) as rejects,
        closing(Cleaner(clean, dialect.grammar, plain, survey.null)) as cleaner,
    ):
        source = Watched(raw, survey.passed)
        for event in records(source, dialect.grammar, dialect.start, dialect.line):
            sure = sure and isinstance(event, Good) and not event.loose
            if not sure or source.ends.kind != "\n":
                checked.check = None
            doubt.event(event)
            if isinstance(event, Fault):
                rejects.add(event)
            elif isinstance(event, Good):
                if not cleaner.fits(event):
                    cleaner.cut(checked.take if slices.begun else pieces.take)
                if not cleaner.held:
                    begins.append(event.offset)
                cleaner.add(event)
                if weight.heavy(len(event.data), event.records) and not slices.begun:
                    cleaner.wait()
                    slices.begin()
                if slices.due(cleaner.size, cleaner.held):
                    cleaner.cut(checked.take)
                elif not slices.begun and cleaner.size >= _PIECE:
                    cleaner.cut(pieces.take)
        doubt.end()
        cleaner.cut(checked.take if slices.begun else pieces.take)
        rejects.hand_over()
        cleaner.wait()
        rows = checked.finish() if slices.begun else pieces.finish()
    if rows != cleaner.rows:
        raise AccountError(f"{cleaner.rows} rows were read and {rows} arrived")
    newline = source.ends.kind or "mixed"
    parsed = _parsed(survey, newline, rows, rejects.count, sure=sure)
    seen = text.content.path is not None or source.last in b"\r\n"
    notes: tuple[str, ...] = () if seen else (NO_LINE_END,)
    if dialect.width == 1 and doubt.blanks:
        lines = (
            "1 empty line is no row"
            if doubt.blanks == 1
            else f"{doubt.blanks} empty lines are no rows"
        )
        notes += (f"{lines}; a NULL of one column may look so",)
    if checked.check and text.content.path:
        parsed = replace(parsed, checked=(text.content.path, tuple(begins)))
    return replace(
        parsed,
        hashed=bool(slices.begun and survey.kept),
        notes=(*parsed.notes, *doubt.notes, *notes),
    )


def _stands_as_sent(survey: Survey) -> bool:
    """Whether LOAD DATA may read the file's records as they stand, where all of them are good."""
    dialect, syntax = survey.dialect, survey.dialect.syntax
    if survey.text.content.path is None or dialect.width <= WIDE or not syntax.plain:
        return False
    if syntax.quote not in ("", '"') or not syntax.delimiter.isascii():
        return False
    own = survey.nulls or survey.values or survey.reading.null_quoted
    return survey.null == ("",) and not own


def _job(survey: Survey, path: Path, plain: PlainCsv | None = None) -> reader.Job:
    """DuckDB's options for the file, or for the plain CSV that was made of it."""
    dialect, null = survey.dialect, survey.null
    delimiter, quote = dialect.delimiter, dialect.quote
    escaped: tuple[str, ...] = ()
    if plain:
        delimiter, quote = plain.comma.decode(), plain.mark.decode()
        escaped = (plain.null.decode(),) if plain.escape.nulls else ()
    return reader.Job(
        path,
        dialect.width,
        delimiter,
        quote,
        null + escaped,
        trailing=dialect.syntax.trailing,
        null_quoted=survey.reading.null_quoted,
        nulls=tuple(replace(own, tokens=own.tokens + escaped) for own in survey.nulls),
        values=survey.values,
        into=survey.into,
    )


def _parsed(survey: Survey, newline: str, rows: int, rejected: int, *, sure: bool) -> Parsed:
    encoding, dialect = survey.text.encoding, survey.dialect
    return Parsed(dialect, encoding, newline, rows, rejected, sure, notes=dialect.notes)


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
    patterns = parsed.dialect.grammar
    wanted = iter(lines)
    line = next(wanted, None)
    with text.content.open(parsed.dialect.start) as source, closing(Origin(text)) as origin:
        for event in records(source, patterns, parsed.dialect.start, parsed.dialect.line):
            for number, offset, raw in _located(event, patterns, line):
                while line is not None and line < number:
                    line = next(wanted, None)
                if line == number:
                    yield number, *origin.of(offset, raw)
            if line is None:
                break


def _located(
    event: Event, patterns: Grammar, wanted: int | None
) -> Iterator[tuple[int, int, bytes]]:
    """The records of an event, or none where it ends before the line wanted."""
    if isinstance(event, Good) and wanted is not None and wanted < event.line + event.records:
        for number, record in enumerate(patterns.one.finditer(event.hidden), event.line):
            yield number, event.offset + record.start(), event.data[record.start() : record.end(1)]
