"""The rows of a file and of its table, both in the key's order: equal bytes are equal rows.

The server gives each row as one text (`marked_text`), and the file's records are brought to the
same form: nothing is typed, hashed or kept. That needs fields that are spelt as the server spells
its values. Where anything differs this is no verdict: the ranges' checksums tell what it is.
"""

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field

from csvferry.commands.row_comparison.marked_text import Marks, Records, Unmarked
from csvferry.databases.base import Database
from csvferry.databases.sql_dialect import SqlDialect
from csvferry.ingest.column_mapping import ColumnMapping
from csvferry.ingest.parser import Parsed, Survey
from csvferry.model.names import fold
from csvferry.model.schema import Column, Kind
from csvferry.text.doubts.doubt import Doubt, OtherQuoteError
from csvferry.text.escapes import Escape
from csvferry.text.scanner import Good

_TIMES = (Kind.DATE, Kind.DATETIME, Kind.TIMESTAMP)
# Values whose text tells them whole, and is the only one that the server gives.
_TOLD = (
    *(Kind.INTEGER, Kind.BOOLEAN, Kind.DECIMAL, Kind.DOUBLE, Kind.TIME, Kind.YEAR),
    *(Kind.TEXT, Kind.ENUM, Kind.SET),
    *_TIMES,
)
_NO_DAY = re.compile(rb"-(?:00-\d\d|\d\d-00)(?=[ \xff\xf9])")  # as a server may hold, and no file


def read_if_same(survey: Survey, mapping: ColumnMapping, database: Database) -> Parsed | None:
    """What the file holds, if each row of it is one of the table and the table has no other.

    None where that is not so, or is not seen so easily. Raises DoubtfulDialectError, DatabaseError.
    """
    if not _comparable(survey, mapping):
        return None
    select = _select(mapping, database.sql)
    if select is None:
        return None
    with closing(database.texts(select)) as rows:
        theirs = _Texts(rows)
        try:
            return _compared(survey, mapping, theirs)
        except (Unmarked, OtherQuoteError):
            return None


def _compared(survey: Survey, mapping: ColumnMapping, theirs: "_Texts") -> Parsed | None:
    dialect, text = survey.dialect, survey.text
    doubt = Doubt(dialect, dialect.start - text.start, null_named=survey.reading.null_named)
    dated = any(given.column.type.kind in _TIMES for given in mapping.fields)
    line, offset = dialect.line, dialect.start
    with text.content.open(offset) as source:
        for records in _marks(survey).records(source):
            if not theirs.begin_with(records.text):
                return None
            if dated and _has_no_day(records.text):
                return None
            doubt.event(_event(records, line, offset))
            line, offset = line + records.number, offset + len(records.data)
            survey.passed(source.tell())
    if not theirs.ended():
        return None
    doubt.end()
    newline, rows = _marks(survey).line_end.decode(), line - dialect.line
    return Parsed(
        dialect, text.encoding, newline, rows, 0, sure=True, notes=dialect.notes + doubt.notes
    )


def _has_no_day(text: bytes) -> bool:
    """Looked for from the end, as hyphens are rarer there than zeros: half the time."""
    return text.rfind(b"-00") >= 0 and _NO_DAY.search(text) is not None


def _event(records: Records, line: int, offset: int) -> Good:
    data, spans = records.data, records.spans
    return Good(line, offset, data, records.number, spans=spans, loose=False, hidden=data)


def _marks(survey: Survey) -> Marks:
    dialect = survey.dialect
    crlf = dialect.syntax.usual == b"\r\n"
    return Marks(dialect.delimiter.encode(), dialect.quote.encode(), b"\r\n" if crlf else b"\n")


def _comparable(survey: Survey, mapping: ColumnMapping) -> bool:
    """Whether the file's fields may be spelled as the server spells the columns' values.

    One file on disk: another is not fetched twice, should a row differ.
    """
    syntax, (first, *more) = survey.dialect.syntax, mapping.target.key
    key = next(f.column for f in mapping.fields if fold(f.column.name) == fold(first))
    return (
        mapping.verbatim
        and len(mapping.fields) == survey.dialect.width
        and all(_told(given.column) for given in mapping.fields)
        and not more
        and key.type.kind is Kind.INTEGER
        and [fold(name) for name in mapping.target.table.primary_key] == [fold(first)]
        and survey.text.content.path is not None
        and survey.null == ("",)
        and not survey.reading.null_quoted
        and syntax.escape is Escape.NONE
        and syntax.plain
        and syntax.usual != b"\r"
        and len(syntax.delimiter.encode()) == 1
        and len(syntax.quote.encode()) <= 1
    )


def _told(column: Column) -> bool:
    kind, zones = column.type, column.type.zones
    if kind.kind is Kind.TIMESTAMP:  # a zone with summer has an hour twice
        return zones.file == zones.session and zones.file.fixed is not None
    return kind.kind in _TOLD and not (kind.kind is Kind.DOUBLE and kind.precision)


def _select(mapping: ColumnMapping, sql: SqlDialect) -> str | None:
    """SQL of each row's fields as one text, in the order of the key."""
    columns = [given.column for given in mapping.fields]
    text = sql.checksums.row_text(columns)
    table, (key,) = sql.quote(mapping.target.table.name), mapping.target.key
    there = f"{table} WHERE {sql.unmarked(mapping.target.marks.deleted)}"
    return f"SELECT {text} FROM {there} ORDER BY {sql.quote(key)}" if text else None


@dataclass
class _Texts:
    """The server's rows as one text, of which some is at hand."""

    rows: Iterator[bytes]
    _hand: bytes = field(default=b"")

    def begin_with(self, text: bytes) -> bool:
        """Whether what comes next is this; it is passed over."""
        found, size = [self._hand], len(self._hand)
        while size < len(text):
            some = next(self.rows, None)
            if some is None:
                return False
            found.append(some)
            size += len(some)
        hand = b"".join(found)
        self._hand = hand[len(text) :]
        return hand.startswith(text)

    def ended(self) -> bool:
        """Whether nothing is left."""
        return not self._hand and not any(self.rows)
