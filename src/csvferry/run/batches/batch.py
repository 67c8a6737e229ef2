"""One batch: several small files staged together, merged in one transaction, an entry for each.

It is applied only where it gives what the files would give one after the other. Where a row is
rejected or is a duplicate, where a trigger may change rows, and at any guard of one file, all is
undone, and each file is a run by itself.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from csvferry.databases.base import Database
from csvferry.errors import AccountError
from csvferry.ingest.column_mapping import ColumnMapping, existing
from csvferry.ingest.parser import Survey, surveyed
from csvferry.ingest.row_validation import RowValidator
from csvferry.ledger import entries as ledger
from csvferry.ledger.entries import Entry
from csvferry.load.context import Run, RunResult
from csvferry.load.job import Job
from csvferry.load.recorder import Recorder
from csvferry.load.staged_merge import StagedMerge
from csvferry.load.strategy import Facts, Table, choose_strategy
from csvferry.merge.merge import Outcome
from csvferry.merge.staging import Fate, Staging
from csvferry.model.mapping import Mode, Target
from csvferry.model.phases import Phase
from csvferry.model.report import Rows, SideEffects
from csvferry.run.batches.reader import Member, Together
from csvferry.run.change_reader import ReadResult, read_changes, seal_of
from csvferry.run.description import describe_dialect, header_of
from csvferry.scratch.workspace import Workspace
from csvferry.snapshot import stopped_run
from csvferry.snapshot.background_writer import BackgroundSnapshotWriter
from csvferry.snapshot.manifest import Remembered

FIRST_LINE = 2  # behind the header


class NotAlikeError(Exception):
    """One after the other the files may give something else: nothing was done."""


def apply_batch(
    members: Sequence[Member], last: Entry | None, workspace: Workspace, database: Database
) -> Sequence[RunResult]:
    """Apply them, in one transaction; a result for each. The table's lock is held.

    Raises NotAlikeError, or CsvFerryError, with everything as it was.
    """
    first = members[0].run
    source = Together(first.source.uri, members)
    run = replace(first, source=source, id=first.id)
    identity = source.identify()
    table = existing(run.id, run.table, database, dry=False)
    if table is None:
        raise NotAlikeError
    content = source.fetch(identity, workspace.folder, run.controls.counting(Phase.READING))
    reading = run.feed.reading()
    with surveyed(workspace.con, content, reading, workspace.folder) as survey:
        found = read_changes(run, None, survey, table, database)
        _check(members, survey, found)
        job = replace(
            _job(run, source, last, found, workspace, database),
            written_by=tuple(zip(_starts(members), (one.run.id for one in members), strict=False)),
        )
        return _load(job, members)


def _check(members: Sequence[Member], survey: Survey, found: ReadResult) -> None:
    """Raises NotAlikeError where the files are read otherwise together, or count otherwise."""
    parsed, dialect = found.parsed, members[0].dialect
    alike = (
        not found.empty
        and not found.mapping.added
        and parsed.rejected == 0
        and parsed.rows == sum(one.rows for one in members)
        and parsed.dialect.syntax == dialect.syntax
        and parsed.dialect.names == dialect.names
        and parsed.notes == dialect.notes
        and survey.dialect.line == parsed.dialect.line
    )
    if not (alike and _in_order(found.mapping)):
        raise NotAlikeError


def _in_order(mapping: ColumnMapping) -> bool:
    """Whether no row's outcome depends on which rows of other files are in the table already.

    Rows that only add to a table take nothing from each other but keys and unique values, and who
    comes too late for those is seen. Changed rows may also give unique values up.
    """
    target: Target = mapping.target
    if target.own_references or target.required:
        return False
    return target.mode is Mode.INSERT or not (target.uniques or target.indexes)


def _job(
    run: Run,
    source: Together,
    last: Entry | None,
    found: ReadResult,
    workspace: Workspace,
    database: Database,
) -> Job:
    decision = choose_strategy(Facts(trusted=not run.feed.full, table=Table.FILLED))
    result = RunResult(
        identity=source.identify(),
        decision=decision,
        rows=Rows(read=found.parsed.rows),
        reading=describe_dialect(found.parsed),
        warnings=found.mapping.warnings + found.parsed.notes,
    )
    return Job(
        run=run,
        identity=source.identify(),
        result=result,
        database=database,
        mapping=found.mapping,
        workspace=workspace,
        empty=False,
        delta=None,
        keeper=None,
        ranges=None,
        locate=found.locate,
        header=header_of(found.parsed, run.feed),
        seal=seal_of(run, last),
        rows_before=None,
    )


def _load(job: Job, members: Sequence[Member]) -> Sequence[RunResult]:
    if job.rewrites:
        raise NotAlikeError
    target = job.mapping.target
    validator = RowValidator(
        job.workspace.con, job.mapping.fields, target.key, target.first_wins, job.database.server
    )
    validator.set_faults_aside()
    compared = validator.set_equal_keys_aside()
    if validator.count_ready() < job.read:
        raise NotAlikeError
    job.run.controls.reached(Phase.VALIDATED, validator.count_ready(), job.read)
    job.database.loader.drop_stages(())
    ledger.prepare(job.database)
    recorder = BatchRecorder(job, validator, tuple(members))
    unkept = BackgroundSnapshotWriter(job.workspace.con, None, None, Remembered(run=job.run.id))
    with unkept:
        done = StagedMerge(job, recorder, unkept, job.read, not compared).load()
    job.run.controls.reached(Phase.COMMITTED, job.read, job.read)
    stopped_run.forget(job.run.state, job.run.feed_id)
    return done.parts


@dataclass(frozen=True)
class BatchRecorder(Recorder):
    """Accounts for each row of each file, and writes an entry a file."""

    members: tuple[Member, ...]

    def count(self, outcome: Outcome) -> Rows:
        """As `Recorder.count`. Raises NotAlikeError where a row is rejected or a duplicate."""
        if self.validator.log.entries():
            raise NotAlikeError
        return super().count(outcome)

    def record(self, outcome: Outcome, result: RunResult, status: str = "applied") -> RunResult:
        """Write the entries into the transaction. Raises AccountError, NotAlikeError."""
        rows = self.count(outcome)
        if result.side_effects.beyond:
            raise NotAlikeError
        parts = self._parts(result)
        counts = [(one.rows.inserted, one.rows.updated, one.rows.unchanged) for one in parts]
        together = tuple(map(sum, zip(*counts, strict=True)))
        if not rows.accounted or together != (rows.inserted, rows.updated, rows.unchanged):
            raise AccountError(
                f"{rows.read} rows were read, and their outcomes do not add up to that"
            )
        self._forget_old()
        for member, part in zip(self.members, parts, strict=True):
            own = replace(self.job, run=member.run, identity=member.identity)
            entry = Recorder(own, self.validator).entry(part, status)
            ledger.write(self.job.database, replace(entry, seconds=share(self.job.run, parts)))
        self.job.run.controls.reached(Phase.RECORDED, rows.read, rows.read)
        return replace(result, rows=rows, parts=tuple(parts))

    def _parts(self, result: RunResult) -> list[RunResult]:
        """The result of each file, by the fates of its lines."""
        staging = Staging(self.job.database, self.job.mapping.target, self.job.run.id)
        starts = _starts(self.members)
        fates = Counter((bisect_right(starts, line) - 1, fate) for line, fate in staging.fates())
        defaults = self._defaults(1)
        parts = []
        for number, member in enumerate(self.members):
            new, changed = fates[number, Fate.NEW], fates[number, Fate.DIFFERS]
            same = member.rows - new - changed
            rows = Rows(read=member.rows, inserted=new, updated=changed, unchanged=same)
            effects = SideEffects(defaults=dict.fromkeys(defaults, new) if new else {})
            identity = member.identity
            parts.append(replace(result, identity=identity, rows=rows, side_effects=effects))
        return parts


def _starts(members: Sequence[Member]) -> list[int]:
    """The first line of each file, and the one behind the last."""
    return list(accumulate((one.rows for one in members), initial=FIRST_LINE))


def share(run: Run, parts: Sequence[object]) -> float:
    """Seconds of one file of a batch."""
    return round(run.seconds() / len(parts), 3)
