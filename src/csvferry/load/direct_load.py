"""All rows into an empty table: in one transaction, or by several connections and a table swap."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from enum import Enum, auto

from csvferry.databases.bulk_load import Loaded, LoadTask
from csvferry.databases.shadow_table import ShadowTable
from csvferry.errors import DatabaseError, PassingDatabaseError
from csvferry.ingest.parquet_parts import store
from csvferry.ledger.entries import SWAPPING
from csvferry.ledger.swap_recovery import CutOver, cut_over, drop_old, settle_run
from csvferry.load.context import RunResult
from csvferry.load.file_ranges import FileRanges
from csvferry.load.job import Job
from csvferry.load.parallel_load import load_in_parallel, query_tasks
from csvferry.load.recorder import Recorder, in_doubt, transaction, undo
from csvferry.merge.merge import Outcome
from csvferry.model.phases import Phase
from csvferry.printable import get_logger

log = get_logger(__name__)


class Setback(Enum):
    """Why a strategy did not do it; everything is as it was."""

    REFUSED = auto()  # the server refused a row, or the table is not empty any more
    NO_SWAP = auto()  # a table swap is not possible here


@dataclass(frozen=True)
class TransactionLoad:
    """One connection loads all `ready` rows in one transaction."""

    job: Job
    recorder: Recorder
    ready: int

    def load(self) -> RunResult | Setback:
        """Load, check the count, record. Raises CsvFerryError with everything as it was."""
        job, validator = self.job, self.recorder.validator
        target, con = job.mapping.target, job.workspace.con
        done: RunResult | Setback = Setback.REFUSED
        with transaction(job.database, self.ready, dry=job.run.dry):
            loaded = self._from_file() or job.database.loader.load(
                target.table.name, target.columns, validator.ready(line=False), con, job.fixed
            )
            if loaded.warnings or loaded.rows != self.ready:
                undo()
            job.run.controls.reached(Phase.MERGED, loaded.rows, self.ready)
            result = job.result
            if job.run.dry:
                rows = con.execute(f"{validator.ready()} LIMIT {job.run.sample}").fetchall()
                result = replace(result, sample=self.recorder.sample(inserted=rows))
            done = self.recorder.record(Outcome(new=loaded.rows), result)
        return done

    def _from_file(self) -> Loaded | None:
        """Send the file's own bytes, where that is right and the server takes them."""
        job, target = self.job, self.job.mapping.target
        if (ranges := _ranges(job, self.ready)) is None:
            return None
        name, columns = target.table.name, target.columns
        with ranges.tasks(name, columns, 1, self.ready, job.fixed) as (tasks,):
            loaded = job.database.loader.load_lines_of(tasks)
        _check_file(job, ranges)
        return loaded


def _ranges(job: Job, ready: int) -> FileRanges | None:
    """The file, where its `ready` rows are what the server is to be given as they lie in it."""
    ranges = job.ranges if ready == job.read else None
    if ranges and (job.checked or ranges.serves(job.workspace.con, job.mapping.fields)):
        return ranges
    return None


def _check_file(job: Job, ranges: FileRanges) -> None:
    """It was read once more. Raises SourceChangedError where it is another version by now."""
    if not ranges.path.is_relative_to(job.workspace.folder):  # where no other writes
        job.run.source.check(job.identity)


@dataclass(frozen=True)
class SwapLoad:
    """Several connections fill a shadow table, which then takes the empty table's place."""

    job: Job
    recorder: Recorder
    ready: int
    sent: Callable[[float], None]

    def load(self) -> RunResult | Setback:
        """Fill, check the count, record, cut over. Raises CsvFerryError with everything as it was.

        A connection that fails is no reason to fail: one is enough for the other way.
        """
        job = self.job
        table = job.mapping.target.table.name
        shadow = job.database.shadows.make(table, job.run.id, new=job.mapping.new)
        if shadow is None:
            return Setback.NO_SWAP
        with closing(shadow):
            try:
                with self._tasks(shadow) as tasks:
                    loaded = load_in_parallel(shadow, tasks, self.sent)
            except DatabaseError as error:
                log.info("loading over one connection: %s", error.message)
                return Setback.NO_SWAP
            if loaded != self.ready:
                return Setback.REFUSED
            job.run.controls.reached(Phase.MERGED, loaded, self.ready)
            return self._cut_over(shadow)

    @contextmanager
    def _tasks(self, shadow: ShadowTable) -> Iterator[Sequence[Sequence[LoadTask]]]:
        """The ready rows for the connections: from the file itself where that is right."""
        job, validator = self.job, self.recorder.validator
        columns, number = job.mapping.target.columns, len(shadow.connections)
        if ranges := _ranges(job, self.ready):
            with ranges.tasks(shadow.name, columns, number, self.ready, job.fixed) as tasks:
                yield tasks
            _check_file(job, ranges)
            return
        if job.checked:
            store(job.workspace.con, job.workspace.folder)
        select, places = validator.ready_within, validator.places()
        con, name = job.workspace.con, shadow.name
        yield query_tasks(con, select, places, name, columns, number, job.fixed)

    def _cut_over(self, shadow: ShadowTable) -> RunResult | Setback:
        job = self.job
        recorded = [job.result]

        def record() -> None:
            with job.database.transaction():
                recorded.append(self.recorder.record(Outcome(new=self.ready), job.result, SWAPPING))
            job.run.controls.reached(Phase.SWAPPING)

        try:
            done = cut_over(job.database, shadow, job.run.id, record)
            if done is CutOver.DONE:
                job.run.controls.reached(Phase.SWAPPED)
                settle_run(job.database, job.run.id)
                drop_old(job.database, job.run.id)
                return recorded[-1]
        except PassingDatabaseError as error:
            raise in_doubt(error) from None
        return Setback.NO_SWAP if done is CutOver.UNAVAILABLE else Setback.REFUSED
