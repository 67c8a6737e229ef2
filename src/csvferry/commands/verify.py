"""`verify`: the whole table against the file, reading only.

Rows that are spelt as the server spells them are compared as they stand (`ordered_rows`). Where
one differs, or that is not possible, the server computes a checksum for each range of the key and
sends these alone; the rows of ranges that differ are then asked for, by key and checksum, and the
drift is named row by row.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from csvferry.commands.drift_sample import KINDS, in_turn, key_values, of_plan
from csvferry.commands.last_comparison import keep
from csvferry.commands.range_checksum import Here, There, bytewise, comparable, ordered
from csvferry.commands.row_comparison.ordered_rows import read_if_same
from csvferry.config.feed import Feed, check_table_name
from csvferry.config.limits import Limit
from csvferry.databases.answers.rows import ChecksumRow, RangeRow, stream_of
from csvferry.databases.base import Database
from csvferry.databases.connect import open_database
from csvferry.errors import CsvFerryError, GuardError, TargetError
from csvferry.ingest.column_mapping import ColumnMapping, declared, map_columns
from csvferry.ingest.parser import read_all, surveyed
from csvferry.ingest.reject_writer import REJECTED
from csvferry.ingest.row_validation import Field, RowValidator
from csvferry.ledger import entries as ledger
from csvferry.load.context import Run, RunResult, carrying, report
from csvferry.model.mapping import Mode, Target
from csvferry.model.names import fold
from csvferry.model.phases import Phase
from csvferry.model.report import DriftedRow, Report, Rows, Sample
from csvferry.model.schema import Kind
from csvferry.run.description import describe_dialect
from csvferry.run.runner import attempt
from csvferry.scratch.relations import INCOMING, batches, insert
from csvferry.scratch.workspace import Workspace, open_workspace
from csvferry.sources.source import released

if TYPE_CHECKING:
    import duckdb

_ROWS_PER_RANGE = 4096
_WIDEST = 2**62  # what SQLite takes as a whole number
_BATCH = 500  # ranges asked for by one statement
NAMED = 20  # rows that drifted
_ALL = Limit.parse("100%")
_UNGUARDED = {"max_rejects": _ALL, "max_deletes": _ALL, "allow_empty": True}  # nothing is changed


class DriftError(CsvFerryError):
    """The table is not as the file has it."""


@dataclass(frozen=True)
class Drift:
    """Rows of the file that the table lacks or has otherwise, and rows that only the table has."""

    missing: int
    different: int
    extra: int

    @property
    def any(self) -> bool:
        """Whether there is any."""
        return bool(self.missing or self.different or self.extra)

    def counted(self, mode: Mode) -> "Drift":
        """What counts as drift: insert leaves other values be, and only mirror owns every row."""
        return Drift(
            self.missing,
            0 if mode is Mode.INSERT else self.different,
            self.extra if mode is Mode.MIRROR else 0,
        )


def verify_object(asked: Run) -> tuple[Report, CsvFerryError | None]:
    """The comparison's report, and the error that tells of drift or of a failure."""
    run = replace(asked, feed=asked.feed.model_copy(update={"full": True}), dry=True)
    try:
        with (
            open_workspace(run.feed.memory) as workspace,
            released(run.source),
            run.connected() as database,
        ):
            feed, equals = intended(run.feed, run.table, database)
            chosen = replace(run, feed=feed, equals=equals)
            found, error = _verify(chosen, workspace, database)
            if error is None or isinstance(error, DriftError):
                keep(chosen, found.rows)
            return found, error
    except CsvFerryError as error:
        status = "guarded" if isinstance(error, GuardError) else "failed"
        return report(run, status, error.result or RunResult(), str(error)), error


def intended(feed: Feed, table: str, database: Database) -> tuple[Feed, Mode]:
    """The feed in the mode that its table is compared by, and the mode that tells equals apart.

    Where the user names none, it is that of the table's last run; after insert the question is
    whether rows differ, as if it were upsert. A table that csvferry never filled is the file's.
    """
    if "mode" in feed.model_fields_set:
        return feed, feed.mode
    last = ledger.mode_on(database, table) or Mode.MIRROR
    mode = Mode.UPSERT if last is Mode.INSERT else last
    return feed.model_copy(update={"mode": mode}), last


def repairing(run: Run) -> Run:
    """The run that makes the table as `verify` wants it. Raises DatabaseError."""
    untested = run.feed.allow_untested_server
    with closing(open_database(run.feed.to, read_only=True, untested=untested)) as database:
        chosen, equals = intended(run.feed, run.table, database)
    return replace(run, feed=chosen.model_copy(update={"full": True}), equals=equals)


def _verify(
    run: Run, workspace: Workspace, database: Database
) -> tuple[Report, CsvFerryError | None]:
    check_table_name(run.table)
    identity = run.source.identify()
    table = database.catalog.describe(run.table)
    if table is None:
        raise TargetError(f"there is no table {run.table}", "`csvferry sync` makes it")
    ticking = run.controls.counting(Phase.READING)
    content = run.source.fetch(identity, workspace.folder, ticking)
    workspace.permit(file=content.path)
    reading = run.feed.reading()
    with surveyed(workspace.con, content, reading, workspace.folder, ticking) as found:
        survey, columns = declared(found, run.feed, table)
        same = None
        if not columns.added:
            mapping = map_columns(run.feed, run.table, columns, table, database, workspace.con)
            same = read_if_same(survey, mapping, database)
        parsed = same or read_all(survey)
    run.source.check(identity)
    result = RunResult(identity, reading=describe_dialect(parsed))
    if same:
        return _verdict(run, replace(result, rows=Rows(read=same.rows, unchanged=same.rows)))
    with carrying(result):
        mapping = map_columns(run.feed, run.table, columns, table, database, workspace.con)
        target = mapping.target
        first_wins = run.equals is Mode.INSERT
        validator = RowValidator(
            workspace.con, mapping.fields, target.key, first_wins, database.server
        )
        validator.set_faults_aside()
        if not (bytewise(target.key_columns, database.server) and comparable(target.columns)):
            return _by_staging(run, result)
        validator.set_equal_keys_aside()
        run.controls.reached(Phase.VALIDATED)
        comparison = Comparison(workspace.con, database, mapping, validator)
        drift = comparison.drift().counted(target.mode)
        run.controls.reached(Phase.JUDGED)
        if drift.any and _may_refuse(target):
            return _by_staging(run, result)
        if drift.extra and (unreadable := validator.unreadable_keys()):
            warning = (
                f"{drift.extra} rows are not in the file and would stay: the key of {unreadable}"
                " rejected rows can't be read, and each may be such a row's"
            )
            result = replace(result, warnings=(warning,))
            drift = replace(drift, extra=0)
        rows = _rows(parsed.rows + parsed.rejected, drift, *validator.log.counts())
        sample = comparison.sample(target.mode, run.sample)
        return _verdict(run, replace(result, rows=rows, sample=sample))


def _rows(read: int, drift: Drift, rejected: int, duplicate: int) -> Rows:
    """Drift as what a run would do."""
    return Rows(
        read=read,
        inserted=drift.missing,
        updated=drift.different,
        deleted=drift.extra,
        unchanged=read - rejected - duplicate - drift.missing - drift.different,
        duplicate=duplicate,
        rejected=rejected,
    )


def _by_staging(run: Run, result: RunResult) -> tuple[Report, CsvFerryError | None]:
    """Where only the server can tell: a dry run, in which it compares itself."""
    planned, error = attempt(replace(run, feed=run.feed.model_copy(update=_UNGUARDED)))
    if error:
        return planned, error
    sample = of_plan(planned.sample or Sample(), run.sample)
    return _verdict(run, replace(result, rows=planned.rows, sample=sample))


def _may_refuse(target: Target) -> bool:
    """Whether the server may refuse rows of the file, so that they are missing for a reason."""
    table = target.table
    refusing = (target.required, target.uniques, target.indexes, table.foreign_keys, table.checks)
    return any(refusing)


def _verdict(run: Run, result: RunResult) -> tuple[Report, CsvFerryError | None]:
    rows = result.rows
    if not (rows.inserted or rows.updated or rows.deleted):
        return report(run, "unchanged", result), None
    error = DriftError(
        f"the table differs from the file: {rows.inserted} missing, {rows.updated} different,"
        f" {rows.deleted} extra",
        "`csvferry verify --repair` makes the table as the file has it",
    )
    return report(run, "failed", result, str(error)), error


@dataclass
class Comparison:
    """The file in DuckDB and the table on the server, compared range by range."""

    con: "duckdb.DuckDBPyConnection"
    database: Database
    mapping: ColumnMapping
    validator: RowValidator

    def __post_init__(self) -> None:
        target = self.mapping.target
        key = [self._field(name) for name in target.key]
        width = self._width(key)
        places = ordered(target.columns)
        self.here = Here([self.mapping.fields[place] for place in places], key, width)
        self.there = There(
            [target.columns[place] for place in places],
            target.key_columns,
            width,
            self.database.sql,
        )

    def drift(self) -> Drift:
        """Find what differs; the rows are then in the DuckDB tables `local` and `remote`.

        Rows that mirror keeps, as a rejected row has their key, are in neither.
        """
        differing = self._differing_ranges()
        applied = f"line NOT IN (SELECT line FROM {REJECTED} WHERE line IS NOT NULL)"
        self.con.execute("CREATE TABLE differing_ranges (r VARCHAR)")
        insert(self.con, "differing_ranges", {"r": "VARCHAR"}, ((name,) for name in differing))
        self.con.execute(
            f"CREATE TABLE local AS SELECT line, {self.here.key_text} AS k, {self.here.row} AS c"
            f" FROM {INCOMING} WHERE {applied}"
            f" AND {self.here.range} IN (SELECT r FROM differing_ranges)"
        )
        self.con.execute("CREATE TABLE remote (k VARCHAR, c UBIGINT)")
        columns = {"k": "VARCHAR", "c": "UBIGINT"}
        for ranges in batches(sorted(differing), _BATCH):
            insert(self.con, "remote", columns, self._remote_rows(ranges))
        self.con.execute(
            f"DELETE FROM remote WHERE k IN (SELECT {self.here.key_text} FROM {INCOMING}"
            f" WHERE {self.validator.rejected_with_key}) AND k NOT IN (SELECT k FROM local)"
        )
        counts = self.con.execute(
            "SELECT count(*) FILTER (r.k IS NULL), count(*) FILTER (l.c <> r.c),"
            " count(*) FILTER (l.k IS NULL) FROM local AS l FULL JOIN remote AS r ON l.k = r.k"
        ).fetchone()
        return Drift(*(counts or (0, 0, 0)))

    def sample(self, mode: Mode, most: int) -> Sample:
        """Rows that drifted, by line and key, at most so many."""
        wheres = ("r.k IS NULL", "l.c <> r.c", "l.k IS NULL")
        count = {Mode.INSERT: 1, Mode.UPSERT: 2, Mode.MIRROR: 3}[mode]  # of kinds that are drift
        kinds = list(zip(KINDS, wheres, strict=True))[:count]
        return Sample(drifted=in_turn([self._drifted(*kind, most) for kind in kinds], most))

    def _drifted(self, kind: str, where: str, most: int) -> list[DriftedRow]:
        columns = ", ".join(self.mapping.target.key)
        rows = self.con.execute(
            "SELECT l.line, coalesce(l.k, r.k) FROM local AS l FULL JOIN remote AS r"
            f" ON l.k = r.k WHERE {where} ORDER BY l.line, 2 LIMIT {most}"
        ).fetchall()
        return [DriftedRow(line, columns, kind, key_values(key)) for line, key in rows]

    def _differing_ranges(self) -> set[str]:
        applied = f"line NOT IN (SELECT line FROM {REJECTED} WHERE line IS NOT NULL)"
        ours = self.con.execute(
            f"SELECT {self.here.range} AS r, count(*), bit_xor({self.here.row})"
            f" FROM {INCOMING} WHERE {applied} GROUP BY r"
        )
        known = {str(r): (int(n), int(c)) for r, n, c in ours.fetchall()}
        theirs: dict[str, tuple[int, int]] = {}
        table = self.database.sql.quote(self.mapping.target.table.name)
        rows = self.database.stream_parts(
            f"SELECT {self.there.range} AS r, COUNT(*), {self.there.sum} FROM {table}"
            f" WHERE {self._unmarked} GROUP BY r"
        )
        for r, n, c in stream_of(RangeRow, rows):
            before, checksum = theirs.get(r, (0, 0))
            theirs[r] = (before + n, checksum ^ c % 2**64)
        return {r for r in known.keys() | theirs if known.get(r) != theirs.get(r)}

    def _remote_rows(self, ranges: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        table = self.database.sql.quote(self.mapping.target.table.name)
        named = ", ".join(map(self.database.sql.literal, ranges))
        rows = self.database.stream(
            f"SELECT {self.there.key_text}, {self.there.row} FROM {table}"
            f" WHERE {self.there.range} IN ({named}) AND {self._unmarked}"
        )
        for key, checksum in stream_of(ChecksumRow, rows):
            yield key, checksum % 2**64

    @property
    def _unmarked(self) -> str:
        """SQL: a row of the table is not marked as deleted."""
        return self.database.sql.unmarked(self.mapping.target.marks.deleted)

    def _field(self, name: str) -> Field:
        return next(f for f in self.mapping.fields if fold(f.column.name) == fold(name))

    def _width(self, key: Sequence[Field]) -> int | None:
        """Numbers are cut so that a range holds some thousands of the file's rows."""
        if len(key) != 1 or key[0].column.type.kind is not Kind.INTEGER:
            return None
        number = f"TRY_CAST({key[0].name} AS HUGEINT)"
        found = self.con.execute(
            f"SELECT max({number}) - min({number}), count(*) FROM {INCOMING}"
        ).fetchone()
        spread, rows = found if found and found[0] is not None else (0, 1)
        width = int(spread) * _ROWS_PER_RANGE // max(1, int(rows))
        return min(max(1, width), _WIDEST)
