"""The ways in which a file's rows reach a table: `direct`, `delta`, `staged`. Each ends alike."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from csvferry.config.guardrails import guard_deletes, guard_empty, guard_rejects
from csvferry.databases.base import Database, Twin
from csvferry.errors import AccountError, CsvFerryError, DatabaseError
from csvferry.ingest.column_mapping import Aim, check_key
from csvferry.ingest.row_validation import Sifter
from csvferry.ledger import entries as ledger
from csvferry.ledger.swap_recovery import RefusedError, take_place
from csvferry.load import parallel_load as twins
from csvferry.load.file_ranges import Verbatim
from csvferry.merge.conflicts import collation_duplicates as suspects
from csvferry.merge.conflicts.conflict_lines import named
from csvferry.merge.constraint_checks import Refusal
from csvferry.merge.merge import Merge, Outcome
from csvferry.merge.refused_rows import apply_without_refused
from csvferry.merge.staging import Fate
from csvferry.model.mapping import Mode
from csvferry.model.phases import Step
from csvferry.model.report import Report, Rows, Sample
from csvferry.printable import get_logger
from csvferry.scratch.workspace import Workspace
from csvferry.snapshot.background_writer import Remembering
from csvferry.snapshot.diff import Delta
from csvferry.snapshot.writer import Keeper

if TYPE_CHECKING:
    from csvferry.run.runner import Run

log = get_logger(__name__)

Locate = Callable[[Iterable[int]], Iterator[tuple[int, int, bytes]]]
SAMPLE = 5
_NARROW = 64  # columns


class _UndoneError(Exception):
    """A dry run's end: what was done is rolled back."""


@dataclass
class Applier:
    """One run's rows on their way into the table."""

    run: "Run"
    database: Database
    aim: Aim
    workspace: Workspace
    locate: Locate
    header: str | None
    empty: bool
    delta: Delta | None
    keeper: Keeper | None
    verbatim: Verbatim | None

    def __post_init__(self) -> None:
        target = self.aim.target
        self.con = self.workspace.con
        self.sifter = Sifter(
            self.con,
            self.aim.fields,
            target.key,
            target.first_wins,
            self.database.server,
            rows="changed" if self.delta else "incoming",
        )
        self.read = self.run.rows.read
        self.keys_told = True
        self.deletes = False
        self.ready = 0
        self.loaded = 0
        keeper = None if self.run.dry else self.keeper
        self.memory = Remembering(self.run, self.con, keeper, self.delta)

    def apply(self) -> Report:
        """Sift, choose a way, walk it. Raises CsvFerryError with everything as it was."""
        with self.memory:
            return self._apply()

    def _apply(self) -> Report:
        self.sifter.set_faults_aside()
        self.keys_told = self.sifter.set_equal_keys_aside()
        self.ready = self.sifter.count_ready()
        self.run.watch(Step.SIFTED, self.ready, self.read)
        self.database.sent = self._sent
        self._count(Outcome())
        guard_rejects(self.run.feed, self.run.rows)
        self._make_ready()
        try:
            self._walk()
        except BaseException:
            self._unmake()
            raise
        self.run.watch(Step.COMMITTED, self.read, self.read)
        self.memory.keep(deleted=self.all_deleted)
        return self.run.report("planned" if self.run.dry else "applied", self._message())

    def _walk(self) -> None:
        target, keys = self.aim.target, not self.keys_told
        if (judged := self._judged()) is not None:
            try:
                if judged:
                    suspects.set_aside(self.database, target, self.run.id, self.sifter, keys=keys)
                    self.ready = self.sifter.count_ready()
                return self._direct()
            except RefusedError:
                self.memory.forget()
                log.info("the server refused a row; staging tells which")
        if self.empty:  # the server judges these rows itself
            self.sifter.forget_equals(keys=keys)
            self.ready = self.sifter.count_ready()
        return self._staged()

    # The ways

    def _judged(self) -> list[Sequence[str]] | None:
        """For rows that may go directly: columns of which only the server can tell what is equal.

        They may go into an empty table, where nothing but the server's refusal could set a row
        aside. None where that is not so.
        """
        target = self.aim.target
        if not self.empty or target.required:  # MySQL's LOAD DATA makes up what is required
            return None
        judged = self.sifter.set_equal_uniques_aside(target.uniques)
        if not self.keys_told:
            judged.append(target.key)
        self.ready = self.sifter.count_ready()
        return judged if all(map(target.indexed, judged)) else None

    def _direct(self) -> None:
        self.run.strategy = "direct"
        # The server is the slower one, so there is time beside it.
        if self._roomy:
            self.memory.write(deleted=self.all_deleted)
        if not self._through_twin():
            self._in_one_transaction()

    def _in_one_transaction(self) -> None:
        target = self.aim.target
        with self._transaction():
            loaded = self.database.load(
                target.table.name, target.columns, self.sifter.ready(line=False), self.con
            )
            if loaded.warnings or loaded.rows != self.ready:
                raise RefusedError
            self.run.watch(Step.MERGED, loaded.rows, self.ready)
            if self.run.dry:
                rows = self.con.execute(f"{self.sifter.ready()} LIMIT {SAMPLE}").fetchall()
                self._keep_sample(inserted=rows)
            self._record(Outcome(new=loaded.rows))

    def _through_twin(self) -> bool:
        """Several connections fill a twin of the table; False where that is not right, or failed.

        A connection that fails is no reason to fail: one is enough for the other way.
        """
        target = self.aim.target
        if self.run.dry or self.ready < twins.LEAST or not self._roomy:
            return False
        twin = self.database.twin(target.table.name, self.run.id, new=self.aim.new)
        if twin is None:
            return False
        with closing(twin):
            try:
                with self._pieces(twin) as pieces:
                    loaded = twins.Lanes(twin, self._sent).load(pieces)
            except DatabaseError as error:
                log.info("loading over one connection: %s", error.message)
                return False
            if loaded != self.ready:
                raise RefusedError
            self.run.watch(Step.MERGED, loaded, self.ready)
            return take_place(self.database, twin, self.run.id, self._enter, self.run.watch)

    @contextmanager
    def _pieces(self, twin: Twin) -> Iterator[list[list[twins.Piece]]]:
        """The ready rows for the twin's connections: from the file itself where that is right."""
        columns, number = self.aim.target.columns, len(twin.lanes)
        lying = self.verbatim if self.ready == self.read else None
        if lying and lying.serves(self.con, self.aim.fields):
            with lying.pieces(twin.name, columns, number) as pieces:
                yield pieces
            if not lying.path.is_relative_to(self.workspace.folder):  # where no other writes
                self.run.source.check(self.run.known)
            return
        select, places = self.sifter.ready_within, self.sifter.places()
        yield twins.queried(self.con, select, places, twin.name, columns, number)

    @property
    def _roomy(self) -> bool:
        """Whether there is memory for several queries at a time."""
        return len(self.aim.target.columns) <= _NARROW and self.workspace.roomy

    def _enter(self) -> None:
        with self.database.transaction():
            self._record(Outcome(new=self.ready), ledger.SWAPPING)

    def _staged(self) -> None:
        self.run.strategy = "delta" if self.delta else "staged"
        check_key(self.database, self.aim.target)
        merge = Merge(self.database, self.aim.target, self.run.id, judge_keys=not self.keys_told)
        try:
            merge.stage(self.con, self.sifter.ready(), self.ready)
            self.deletes = self._stage_kept(merge)
            self.run.watch(Step.STAGED, self.ready, self.ready)
            with self._transaction():
                if self.deletes and self.delta:
                    merge.find_lost()
                elif self.deletes:
                    merge.find_gone()
                self._merge(merge)
        finally:
            self._clear(merge)

    def _merge(self, merge: Merge) -> None:
        """Judge, guard, apply, check, record."""
        expected = self._expected(merge, merge.judge())
        if self.run.dry:
            self._sample(merge)
        self.memory.write(deleted=self.all_deleted)
        applied, expected = apply_without_refused(
            merge, expected, lambda refusals: self._left(merge, refusals), self._too_many
        )
        if applied != replace(expected, same=0, rejected=0, duplicate=0):
            raise AccountError(
                "the server changed another number of rows than it was asked to",
                "does a trigger change rows, or another writer work on the table?",
            )
        self.run.watch(Step.MERGED, self.ready, self.ready)
        self._record(replace(applied, same=expected.same))

    def _expected(self, merge: Merge, refusals: Iterator[Refusal]) -> Outcome:
        """Keep what was refused; what is to be written then, which the guards have seen."""
        if self.delta:
            refusals = named(refusals, merge.staging, self.delta)
        self.sifter.add((r.line, r.column, r.code.value, r.message) for r in refusals)
        expected = merge.outcome()
        self._count(expected)
        self.run.watch(Step.JUDGED, self.ready, self.ready)
        guard_rejects(self.run.feed, self.run.rows)
        if expected.gone:
            enough = self.run.feed.deletes_limit.enough(expected.gone)
            guard_deletes(self.run.feed, self.run.rows, self._table_rows(enough))
        return expected

    def _left(self, merge: Merge, refusals: Iterator[Refusal]) -> Outcome:
        """The same after rows were refused as they were written."""
        self.memory.forget()
        return self._expected(merge, refusals)

    def _too_many(self, further: int) -> bool:
        rows = self.run.rows
        return self.run.feed.max_rejects.exceeded(rows.rejected + further, rows.read)

    def _stage_kept(self, merge: Merge) -> bool:
        """Stage the keys that rejected rows keep; whether mirror may delete at all."""
        if self.aim.target.mode is not Mode.MIRROR:
            return False
        guard_empty(self.run.feed, self.run.rows, empty=self.empty)
        if unreadable := self.sifter.unreadable_keys():
            self.run.warnings.append(
                f"nothing was deleted: {unreadable} rejected rows have a key that can't be read"
            )
            return False
        select = self.sifter.rejected_keys()
        merge.stage_kept(self.con, select, self.sifter.count(select))
        if self.delta:
            select = self.sifter.lost_keys(certain=self.delta.known.prints.certain)
            merge.stage_lost(self.con, select, self.sifter.count(select))
        return True

    # The end of each way

    def _record(self, applied: Outcome, status: str = "applied") -> None:
        """Write rejects and ledger into the transaction; every row must be accounted for."""
        self._count(applied)
        rows = self.run.rows
        if not rows.accounted:
            raise AccountError(
                f"{rows.read} rows were read, and their outcomes do not add up to that"
            )
        if self.run.dry:
            return
        located = self.sifter.located(self.locate(self.sifter.unlocated()))
        ledger.write_rejects(self.database, self.con, self.run.id, self.sifter.entries(), located)
        ledger.write(self.database, self._entry(status))
        self.run.watch(Step.RECORDED, rows.read, rows.read)

    def _count(self, outcome: Outcome) -> None:
        rejected, duplicate = self.sifter.count_rejected()
        untouched = self.delta.untouched if self.delta else 0
        self.run.rows = Rows(
            read=self.read,
            inserted=outcome.new,
            updated=outcome.differs,
            deleted=outcome.gone,
            unchanged=outcome.same + untouched,
            duplicate=duplicate,
            rejected=rejected,
        )

    def _entry(self, status: str) -> ledger.Entry:
        run, rows = self.run, self.run.rows
        return ledger.Entry(
            run=run.id,
            feed=run.feed_id,
            source=run.known.uri,
            version=run.known.version,
            bytes=run.known.size,
            table_name=run.table,
            mode=run.equals or run.feed.mode,  # by it `verify` tells equals apart
            strategy=run.strategy or "",
            status=status,
            started=run.started,
            seconds=run.seconds(),
            rows_read=rows.read,
            rows_inserted=rows.inserted,
            rows_updated=rows.updated,
            rows_deleted=rows.deleted,
            rows_unchanged=rows.unchanged,
            rows_duplicate=rows.duplicate,
            rows_rejected=rows.rejected,
            message=self._message(),
            seal=run.seal,
            header=self.header,
        )

    def _message(self) -> str | None:
        return "; ".join(self.run.warnings) or None

    @property
    def all_deleted(self) -> bool:
        """Whether the table has no row that mirror would delete."""
        return self.deletes or self.empty

    def _table_rows(self, enough: int) -> int:
        """The table's rows, or `enough` where it has more: counting all takes its time."""
        table = self.database.quote(self.aim.target.table.name)
        some = f"SELECT 1 FROM {table} LIMIT {enough}"
        return int(self.database.query(f"SELECT COUNT(*) FROM ({some}) AS x")[0][0])

    def _sent(self, size: int) -> None:
        """Rows go out in about as many bytes as they came in."""
        self.loaded += size
        total = self.run.known.size
        self.run.watch(Step.LOADING, min(self.loaded, total), total)

    # The frame

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """One transaction, undone at its end when the run is dry."""
        try:
            with self.database.transaction():
                yield
                if self.run.dry:
                    raise _UndoneError
        except _UndoneError:
            pass

    def _make_ready(self) -> None:
        """What needs DDL is made before the transaction, which DDL would commit."""
        if not self.run.dry:
            self.database.drop_stages(())
            ledger.prepare(self.database)
        if self.aim.new:
            self.database.create(self.aim.target.table, self.run.id, temporary=self.run.dry)

    def _unmake(self) -> None:
        """A table that this run made is not left behind without its rows."""
        if not self.aim.new or self.run.dry:
            return
        try:
            self.database.discard(self.aim.target.table.name, self.run.id)
        except CsvFerryError as error:
            log.info("the empty table stays for the next run: %s", error.message)

    def _clear(self, merge: Merge) -> None:
        try:
            merge.clear()
        except CsvFerryError as error:
            log.info("staging goes with its connection: %s", error.message)

    # A plan's sample

    def _sample(self, merge: Merge) -> None:
        before = merge.sample_before(SAMPLE)
        after = merge.sample(Fate.DIFFERS, SAMPLE)
        self._keep_sample(
            inserted=merge.sample(Fate.NEW, SAMPLE),
            updated=list(zip(before, after, strict=False)),
            deleted=merge.sample_gone(SAMPLE),
        )

    def _keep_sample(
        self, inserted: Iterable[Any] = (), updated: Iterable[Any] = (), deleted: Iterable[Any] = ()
    ) -> None:
        rejected = self.con.execute(
            f'SELECT line, "column", code, message FROM rejects ORDER BY line LIMIT {SAMPLE}'
        ).fetchall()
        self.run.sample = Sample(
            columns=tuple(column.name for column in self.aim.target.columns),
            inserted=tuple(inserted),
            updated=tuple(updated),
            deleted=tuple(deleted),
            rejected=tuple(rejected),
        )
