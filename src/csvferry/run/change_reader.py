"""Reads what changed since the last applied version, and maps it to the table."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from csvferry.databases.base import Database
from csvferry.ingest.column_mapping import ColumnMapping, declared, map_columns, read_typed
from csvferry.ingest.parquet_parts import RowCheck
from csvferry.ingest.parser import Parsed, Survey, locate_in, read_all
from csvferry.ingest.row_validation import RowValidator
from csvferry.ledger import entries as ledger
from csvferry.ledger.entries import Entry
from csvferry.load.context import Run
from csvferry.load.file_ranges import FileRanges
from csvferry.load.job import Locate
from csvferry.model.mapping import Mode
from csvferry.model.schema import Table
from csvferry.model.server import Server
from csvferry.snapshot import diff as delta
from csvferry.snapshot.chunks.unmatched_chunks import Changed
from csvferry.snapshot.diff import Delta
from csvferry.snapshot.reader import Known, recall
from csvferry.snapshot.row_hashes import Fingerprints
from csvferry.snapshot.writer import Keeper
from csvferry.text.columns.matching import Columns


@dataclass(frozen=True)
class ReadResult:
    """What was read of a file, and how it differs from the last applied version.

    `empty`: the table has no row. `delta`: None where the whole file must be compared. `keeper`:
    None where no snapshot can be kept.
    """

    parsed: Parsed
    mapping: ColumnMapping
    empty: bool
    delta: Delta | None
    keeper: Keeper | None
    locate: Locate

    @property
    def ranges(self) -> FileRanges | None:
        """The file, where rows can be sent from it as they lie."""
        parsed, dialect = self.parsed, self.parsed.dialect
        if parsed.checked:
            path, begins = parsed.checked
            return FileRanges(path, dialect.start, dialect.delimiter, begins)
        if parsed.plain is None or parsed.newline != "\n" or not self.mapping.verbatim:
            return None
        return FileRanges(parsed.plain, dialect.start, dialect.delimiter)


def read_changes(
    run: Run, last: Entry | None, survey: Survey, table: Table | None, database: Database
) -> ReadResult:
    """Read what must be read of the file; `last`: the feed's last entry.

    Raises as `map_columns`.
    """
    survey, columns = declared(survey, run.feed, table)
    whole = None
    if table is None:  # types are found from every row
        whole, columns = read_typed(survey, run.feed, columns)
    elif columns.added:
        whole = read_all(survey)
    mapping = map_columns(run.feed, run.table, columns, table, database, survey.con, dry=run.dry)
    mapping = replace(mapping, target=replace(mapping.target, equals=run.equals))
    prints = _row_hashes(seal_of(run, last), survey, mapping, columns, database.server)
    empty = table is None or not database.query(
        f"SELECT 1 FROM {database.sql.quote(table.name)} LIMIT 1"
    )
    known = None if empty or prints is None else _snapshot(run, last, survey, prints, database)
    if empty and mapping.verbatim:
        kept = prints.kept if prints and not run.dry else ()
        survey = replace(survey, check=_check(survey, mapping, kept, database.server))
    parsed, partly, found = (whole, None, None) if whole else _read(survey, known)
    keeper = Keeper(prints, survey, parsed, survey.scratch) if prints else None

    def located(lines: Iterable[int]) -> Iterator[tuple[int, int, bytes]]:
        return partly.locate(lines) if partly else locate_in(survey.text, parsed, lines)

    return ReadResult(parsed, mapping, empty, found, keeper, located)


def _read(survey: Survey, known: Known | None) -> tuple[Parsed, Changed | None, Delta | None]:
    """What is new of the file, and what differs; all of it where that is not known."""
    parsed, partly = delta.read(survey, known)
    found = delta.compare(survey, known, parsed, partly) if known else None
    if partly and not found:
        partly.drop()
        return read_all(survey), None, None
    return parsed, partly, found


def seal_of(run: Run, last: Entry | None) -> str:
    """The feed's secret key, with which its snapshots are made; handed on from run to run."""
    return last.seal if last else run.fresh_seal


def _row_hashes(
    seal: str, survey: Survey, mapping: ColumnMapping, columns: Columns, server: Server
) -> Fingerprints | None:
    """How this feed's rows are known again; None where only the server can tell keys apart."""
    target = mapping.target
    validator = RowValidator(survey.con, mapping.fields, target.key, target.first_wins, server)
    coarse = validator.coarse(target.key)
    if coarse is None:
        return None
    return Fingerprints(
        con=survey.con,
        seal=seal,
        fields=mapping.fields,
        key=target.key,
        coarse=tuple(coarse),
        certain=coarse == validator.exact(target.key),
        mirror=target.mode is Mode.MIRROR,
        values=columns.digest(seal),
    )


def _check(
    survey: Survey, mapping: ColumnMapping, kept: tuple[str, ...], server: Server
) -> RowCheck | None:
    """What to ask of each row that goes into an empty table; `kept`: SQL for the snapshot."""
    target = mapping.target
    validator = RowValidator(survey.con, mapping.fields, target.key, target.first_wins, server)
    check = validator.check()
    return replace(check, kept=(*check.kept, *kept)) if check else None


def _snapshot(
    run: Run, last: Entry | None, survey: Survey, prints: Fingerprints, database: Database
) -> Known | None:
    """The snapshot of the last run, if no other feed changed the table since."""
    memory = run.memory
    if last is None or memory is None or memory.run != last.run:
        return None
    if last.run != ledger.latest_on(database, run.table):
        return None
    return recall(prints, run.state, run.feed_id, memory, survey.scratch)
