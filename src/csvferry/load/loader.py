"""From a file that was read to a table that has it: validate, choose a strategy, load, record."""

from dataclasses import dataclass, replace

from csvferry.config.guardrails import rejects_guard, size_guard
from csvferry.errors import CsvFerryError, GuardError
from csvferry.ingest.parquet_parts import share
from csvferry.ingest.row_validation import RowValidator
from csvferry.ledger import entries as ledger
from csvferry.load.context import RunResult, carrying, guarded
from csvferry.load.direct_load import Setback, SwapLoad, TransactionLoad
from csvferry.load.job import Job
from csvferry.load.recorder import Recorder, transaction
from csvferry.load.staged_merge import StagedMerge
from csvferry.load.strategy import Facts, Rule, Strategy, Table, Uniques, choose_strategy
from csvferry.merge.conflicts import collation_duplicates, file_duplicates
from csvferry.merge.merge import Outcome
from csvferry.model.phases import Phase
from csvferry.printable import get_logger
from csvferry.scratch.relations import INCOMING
from csvferry.snapshot import stopped_run
from csvferry.snapshot.background_writer import BackgroundSnapshotWriter
from csvferry.snapshot.manifest import Remembered
from csvferry.snapshot.row_hashes import CHANGED

log = get_logger(__name__)


def load(job: Job, manifest: Remembered) -> RunResult:
    """Make the table follow the file; `manifest`: of the snapshot that is written beside it.

    Raises CsvFerryError with everything as it was.
    """
    keeper = None if job.run.dry else job.keeper
    with BackgroundSnapshotWriter(job.workspace.con, keeper, job.delta, manifest) as snapshot:
        loader = _Loader(job, snapshot)
        try:
            result = loader.load()
        except GuardError as error:
            loader.keep_rejects(error)
            raise
        job.run.controls.reached(Phase.COMMITTED, job.read, job.read)
        if not job.run.dry:
            stopped_run.forget(job.run.state, job.run.feed_id)
        snapshot.publish(job.run.state, job.run.feed_id, deleted=result.deletes or job.empty)
        job.run.controls.reached(Phase.REMEMBERED, job.read, job.read)
    return result


class _Loader:
    """One job, with what its strategies share."""

    def __init__(self, job: Job, snapshot: BackgroundSnapshotWriter) -> None:
        target = job.mapping.target
        self.job, self.snapshot = job, snapshot
        self.validator = RowValidator(
            job.workspace.con,
            job.mapping.fields,
            target.key,
            target.first_wins,
            job.database.server,
            rows=(CHANGED if job.delta else INCOMING).name,
            checked=job.checked,
        )
        self.recorder = Recorder(job, self.validator)

    def load(self) -> RunResult:
        job, validator = self.job, self.validator
        validator.set_faults_aside()
        keys_compared = validator.set_equal_keys_aside()
        job.run.controls.reached(Phase.VALIDATED, validator.count_ready(), job.read)
        rows = self.recorder.count(Outcome())
        warnings = (*job.result.warnings, *validator.shortened())
        result = replace(job.result, rows=rows, warnings=warnings)
        result = guarded(job.run, result, rejects_guard(job.run.feed, rows))
        result = guarded(job.run, result, size_guard(job.run.feed, rows, job.rows_before))
        self.job = replace(job, result=result)
        share(job.workspace.con)
        with carrying(result):
            self._prepare()
            try:
                return self._load(self._facts(keys_compared), keys_compared)
            except BaseException:
                self._discard()
                raise

    def keep_rejects(self, guard: GuardError) -> None:
        """Of a run that a guard stops, for `csvferry rejects`."""
        run = self.job.run
        try:
            if not run.dry and (stopped := self.recorder.stopped(guard.message)):
                stopped_run.keep(run.state, stopped)
        except Exception as error:  # noqa: BLE001  # whatever a store raises
            log.warning("the rejects of this run can't be kept: %s", type(error).__name__)

    def _load(self, facts: Facts, keys_compared: bool) -> RunResult:
        """Choose and try, until a strategy did it: each setback is a fact that was not known."""
        if self._typeless:
            return self._without_table(facts)
        while True:
            decision = choose_strategy(facts)
            done = self._try(decision, facts, keys_compared)
            if isinstance(done, RunResult):
                return done
            if done is Setback.REFUSED:
                self.snapshot.forget()
                log.info("the server refused a row; a staging table shows which")
                facts = replace(facts, refused=True)
            else:
                facts = replace(facts, swap=False)

    @property
    def _typeless(self) -> bool:
        """Whether the table is still to be made and no row tells its columns' types."""
        rows = self.job.result.rows
        return self.job.mapping.new and rows.read == rows.rejected

    def _without_table(self, facts: Facts) -> RunResult:
        """Record the run alone: types that no row tells would be there for good."""
        job = self.job
        name, read = job.mapping.target.table.name, job.result.rows.read
        none = "every row of the file is rejected" if read else "the file has no rows"
        note = f"{none}: {name} is made when one is taken"
        warnings = (*job.result.warnings, note)
        result = replace(job.result, decision=choose_strategy(facts), warnings=warnings)
        done = result
        with transaction(job.database, 0, dry=job.run.dry):
            done = self.recorder.record(Outcome(), result)
        return done

    def _try(self, decision: Rule, facts: Facts, keys_compared: bool) -> RunResult | Setback:
        job = replace(self.job, result=replace(self.job.result, decision=decision))
        recorder = replace(self.recorder, job=job)
        with carrying(replace(job.result, rows=recorder.count(Outcome()))):
            job.database.loader.sent = _SentRows(job, self.validator.count_ready())
            if decision.strategy in (Strategy.DELTA, Strategy.STAGED):
                if job.empty:  # the server judges these rows itself
                    self.validator.log.forget_equals(keys=not keys_compared)
                ready = self.validator.count_ready()
                judge_keys = not keys_compared
                return StagedMerge(job, recorder, self.snapshot, ready, judge_keys).load()
            if not self._without_duplicates(facts, keys=not keys_compared):
                return Setback.REFUSED
            ready = self.validator.count_ready()
            result = replace(job.result, rows=recorder.count(Outcome()))
            result = guarded(job.run, result, rejects_guard(job.run.feed, result.rows))
            job = replace(job, result=result)
            recorder = replace(recorder, job=job)
            if job.roomy:  # the server is the slower one, so there is time beside it
                self.snapshot.write(deleted=True)
            if decision.strategy is Strategy.SWAP:
                return SwapLoad(job, recorder, ready, job.database.loader.sent).load()
            return TransactionLoad(job, recorder, ready).load()

    def _facts(self, keys_compared: bool) -> Facts:
        """What decides the strategy. Rejects equal unique values where only the file is asked."""
        job, target = self.job, self.job.mapping.target
        table = Table.NEW if job.mapping.new else Table.EMPTY if job.empty else Table.FILLED
        uniques = Uniques.FILE
        if job.empty and not target.required:
            judged = file_duplicates.set_aside(self.validator, target.uniques)
            if not keys_compared:
                judged.append(target.key)
            if judged:
                indexed = all(map(target.indexed, judged))
                uniques = Uniques.INDEX if indexed else Uniques.STAGING
        return Facts(
            trusted=not job.run.feed.full,
            table=table,
            snapshot=job.delta is not None,
            lacks_required=bool(target.required),  # MySQL's LOAD DATA makes up what is required
            uniques=uniques,
            rows=self.validator.count_ready(),
            roomy=job.roomy,
            dry=job.run.dry,
            rewrites=job.empty and not job.mapping.new and bool(job.rewrites),
            stages_all=job.database.sql.stages_all,
        )

    def _without_duplicates(self, facts: Facts, *, keys: bool) -> bool:
        """Reject rows that the server's collations call equal; False: staging must tell."""
        job, validator = self.job, self.validator
        target, run = job.mapping.target, job.run.id
        by_index = facts.uniques is Uniques.INDEX
        if by_index and not collation_duplicates.reject(
            job.database, target, run, validator, keys=keys
        ):
            return False
        if not file_duplicates.reject_first(job.database, target, run, validator):
            return False
        validator.log.name_winners(first_wins=validator.first_wins)
        return True

    def _prepare(self) -> None:
        """What needs DDL is made before the transaction, which DDL would commit."""
        job = self.job
        if not job.run.dry:
            job.database.loader.drop_stages(())
            ledger.prepare(job.database)
        table = job.mapping.target.table
        if job.mapping.new and not self._typeless:
            job.database.catalog.create(table, job.run.id, temporary=job.run.dry)
        if job.mapping.added:
            job.database.catalog.add_columns(table.name, job.mapping.added)

    def _discard(self) -> None:
        """A table or column that this run made is not left behind without its values."""
        job, table = self.job, self.job.mapping.target.table.name
        if job.run.dry:
            return
        try:
            if job.mapping.new and not self._typeless:
                job.database.catalog.discard(table, job.run.id)
            if job.mapping.added:
                job.database.catalog.drop_columns(table, job.mapping.added)
        except CsvFerryError as error:
            log.info("could not drop what was made for the rows: %s", error.message)


@dataclass
class _SentRows:
    """Progress of loading; rejects and keys, which follow the `ready` rows, do not count."""

    job: Job
    ready: int
    sent: float = 0

    def __call__(self, rows: float) -> None:
        if self.sent < self.ready:
            self.sent += rows
            done = min(round(self.sent), self.ready)
            self.job.run.controls.reached(Phase.LOADING, done, self.ready)
