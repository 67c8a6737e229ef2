"""Rows into a table that has rows: staged beside it, judged by the server, merged in a transaction.

`delta` stages what differs from the last applied version, `staged` the whole file.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from csvferry.config.guardrails import (
    changed_followers_guard,
    changes_guard,
    deletes_guard,
    empty_guard,
    followers_guard,
    rejects_guard,
)
from csvferry.databases.answers.rows import Count, value_of, values_of
from csvferry.databases.cascades import Effect, Followers
from csvferry.errors import AccountError, CsvFerryError
from csvferry.ingest.column_mapping import check_key
from csvferry.load.context import RunResult, guarded
from csvferry.load.job import Job
from csvferry.load.recorder import Recorder, transaction
from csvferry.merge.conflicts.conflict_lines import named
from csvferry.merge.conflicts.file_duplicates import add
from csvferry.merge.constraint_checks import Refusal
from csvferry.merge.merge import Merge, Outcome
from csvferry.merge.refused_rows import apply_without_refused
from csvferry.merge.staging import Fate
from csvferry.model.mapping import Mode
from csvferry.model.phases import Phase
from csvferry.model.report import Sample
from csvferry.printable import get_logger
from csvferry.snapshot.background_writer import BackgroundSnapshotWriter

log = get_logger(__name__)


@dataclass(frozen=True)
class StagedMerge:
    """`judge_keys`: only the server can tell which of the file's keys are equal."""

    job: Job
    recorder: Recorder
    snapshot: BackgroundSnapshotWriter
    ready: int
    judge_keys: bool

    def load(self) -> RunResult:
        """Stage, judge, guard, merge, record. Raises CsvFerryError with everything as it was."""
        job, reached = self.job, self.job.run.controls.reached
        target = job.mapping.target
        check_key(job.database, target)
        merge = Merge(
            job.database,
            target,
            job.run.id,
            judge_keys=self.judge_keys,
            written_by=job.written_by,
        )
        try:
            merge.stage(job.workspace.con, self.recorder.validator.ready(), self.ready)
            result = self._with_kept_keys(merge)
            reached(Phase.STAGED, self.ready, self.ready)
            with transaction(job.database, self._size(merge, result), dry=job.run.dry):
                if result.deletes and job.delta:
                    merge.find_lost()
                elif result.deletes:
                    merge.find_gone()
                result = self._merge(merge, result)
            return result
        finally:
            _clear(merge)

    def _merge(self, merge: Merge, result: RunResult) -> RunResult:
        """Judge, guard, apply, check, record."""
        job = self.job
        expected = self._judged(merge, merge.judge(job.workspace.con))
        filled = self._filled(merge)
        result = self._guarded(_with_filled(expected, filled), result)
        if job.run.dry:
            result = replace(result, sample=self._sample(merge, filled))
        alone, result = result, self._with_followers(merge, expected, result)
        self.snapshot.write(deleted=result.deletes or job.empty)

        def without(lines: list[int]) -> Outcome:
            nonlocal result
            self.snapshot.forget()
            self.recorder.validator.log.take_back()
            expected = self._judged(merge, merge.refuse(job.workspace.con, lines))
            kept = self._guarded(expected, alone)
            result = self._with_followers(merge, expected, kept)
            return expected

        foretold = job.run.dry and merge.foretold()
        if foretold:
            applied = expected
        else:
            applied, expected = apply_without_refused(merge, expected, without, self._too_many)
        intact = foretold or job.rewrites is False
        rewritten = 0 if intact else merge.rewritten(expected)
        put_back = expected.differs - applied.differs  # a trigger gave them their old values
        asked = (expected.new, expected.back, expected.gone)
        if asked != (applied.new, applied.back, applied.gone) or not 0 <= put_back <= rewritten:
            raise AccountError(
                "the server changed a different number of rows than it was asked to",
                "does a trigger change rows, or another writer work on the table?",
            )
        job.run.controls.reached(Phase.MERGED, self.ready, self.ready)
        effects = replace(result.side_effects, rewritten=rewritten)
        result = replace(result, side_effects=effects)
        done = replace(applied, same=expected.same + put_back)
        return self.recorder.record(_with_filled(done, filled), result)

    def _filled(self, merge: Merge) -> list[int]:
        """Of a dry run: lines that would change only by columns that the table would get."""
        keeps = self.job.mapping.target.mode is Mode.INSERT
        lines = [] if keeps else self.recorder.filled()
        return merge.samples.unchanged_among(lines) if lines else []

    def _judged(self, merge: Merge, refusals: Iterator[Refusal]) -> Outcome:
        """Keep what was refused; what is to be written then."""
        job, validator = self.job, self.recorder.validator
        if job.delta:
            refusals = named(refusals, merge.staging, job.delta)
        add(validator, refusals)
        validator.log.name_winners(first_wins=validator.first_wins)
        expected = merge.outcome()
        job.run.controls.reached(Phase.JUDGED, self.ready, self.ready)
        return expected

    def _guarded(self, expected: Outcome, result: RunResult) -> RunResult:
        """What is to be written, as the guards see it. Raises GuardError."""
        run, feed, rows = self.job.run, self.job.run.feed, self.recorder.count(expected)
        result = guarded(run, replace(result, rows=rows), rejects_guard(feed, rows))
        if rows.deleted:
            total = self._table_rows(feed.deletes_limit.enough(rows.deleted))
            result = guarded(run, result, deletes_guard(feed, rows, total))
        if feed.max_changes and (rows.updated or rows.deleted):
            total = self._table_rows(feed.max_changes.enough(rows.updated + rows.deleted))
            result = guarded(run, result, changes_guard(feed, rows, total))
        return result

    def _with_followers(self, merge: Merge, expected: Outcome, result: RunResult) -> RunResult:
        """Rows of other tables that follow those of this one. Raises GuardError."""
        followed: dict[Effect, dict[str, int]] = {effect: {} for effect in Effect}
        for one in merge.followers(expected):
            if one.rows is None:
                warning = f"rows of {one.table} follow, by {one.rule}; they can't be counted"
                result = replace(result, warnings=(*result.warnings, warning))
            deleted = expected.gone + sum(followed[Effect.DELETED].values())
            changed = expected.gone + expected.differs
            changed += sum(sum(tables.values()) for tables in followed.values())
            result = self._following(one, deleted, changed, result)
            tables = followed[one.effect]
            tables[one.table] = tables.get(one.table, 0) + (one.rows or 0)
        effects = replace(
            result.side_effects,
            deleted=followed[Effect.DELETED],
            updated=followed[Effect.UPDATED],
            set_null=followed[Effect.SET_NULL],
        )
        return replace(result, side_effects=effects)

    def _following(
        self, one: Followers, deleted: int, changed: int, result: RunResult
    ) -> RunResult:
        """The guards on rows that follow; so many rows go, and change or go, before them."""
        run, feed, rows = self.job.run, self.job.run.feed, one.rows or 0
        if one.effect is Effect.DELETED:
            total = self._rows_of(one.quoted, feed.deletes_limit.enough(rows)) if rows else 0
            found = followers_guard(feed, deleted, one.table, one.rows, total)
            result = guarded(run, result, found)
        if feed.max_changes:
            total = self._rows_of(one.quoted, feed.max_changes.enough(rows)) if rows else 0
            found = changed_followers_guard(feed, changed, one.table, one.rows, total)
            result = guarded(run, result, found)
        return result

    def _too_many(self, further: int) -> bool:
        rejected, _ = self.recorder.validator.log.counts()
        return self.job.run.feed.max_rejects.exceeded(rejected + further, self.job.read)

    def _with_kept_keys(self, merge: Merge) -> RunResult:
        """Stage the keys that rejected rows keep; `deletes`: whether mirror may delete at all."""
        job, validator = self.job, self.recorder.validator
        if job.mapping.target.mode is not Mode.MIRROR:
            return job.result
        found = empty_guard(job.run.feed, job.result.rows, empty=job.empty)
        result = guarded(job.run, job.result, found)
        if unreadable := validator.unreadable_keys():
            gone = job.run.feed.gone
            warning = (
                f"nothing was {gone}: {unreadable} rejected rows have a key that can't be read"
            )
            return replace(result, warnings=(*result.warnings, warning))
        con, select = job.workspace.con, validator.rejected_keys()
        merge.stage_kept(con, select, validator.count(select))
        if job.delta:
            select = validator.lost_keys(job.delta.lost)
            merge.stage_lost(con, select, validator.count(select))
        return replace(result, deletes=True)

    def _size(self, merge: Merge, result: RunResult) -> int:
        """How many rows the transaction looks at; counted where that decides its time."""
        job, staged = self.job, merge.staging.loaded
        scans = result.deletes and not job.delta  # for rows that the file no longer has
        if not (scans and job.database.sql.ends_transactions):
            return staged
        name = job.database.sql.quote(job.mapping.target.table.name)
        counted = job.database.stream(f"SELECT COUNT(*) FROM {name}")  # which may take its time
        return staged + int(value_of(Count, counted))

    def _table_rows(self, enough: int) -> int:
        target, sql = self.job.mapping.target, self.job.database.sql
        unmarked = sql.unmarked(target.marks.deleted)
        return self._rows_of(f"{sql.quote(target.table.name)} WHERE {unmarked}", enough)

    def _rows_of(self, table: str, enough: int) -> int:
        """A table's rows, those of a WHERE, or `enough` where there are more: to count them all
        takes its time."""
        some = f"SELECT 1 FROM {table} LIMIT {enough}"
        counted = self.job.database.stream_parts(f"SELECT COUNT(*) FROM ({some}) AS x")
        return sum(values_of(Count, counted))

    def _sample(self, merge: Merge, filled: Sequence[int]) -> Sample:
        most = self.job.run.sample
        before, after = merge.samples.before(most), merge.samples.rows(most, Fate.DIFFERS)
        updated = list(zip(before, after, strict=False))
        same = merge.samples.rows_of(filled[: most - len(updated)])
        return self.recorder.sample(
            inserted=merge.samples.rows(most, Fate.NEW, Fate.RETURNS),
            updated=[*updated, *zip(same, same, strict=True)],
            deleted=merge.samples.gone(most),
        )


def _with_filled(outcome: Outcome, filled: Sequence[int]) -> Outcome:
    """The outcome, in which these rows, the same otherwise, are changed."""
    count = len(filled)
    return replace(outcome, differs=outcome.differs + count, same=outcome.same - count)


def _clear(merge: Merge) -> None:
    try:
        merge.clear()
    except CsvFerryError as error:
        log.info("the staging tables are dropped with the connection: %s", error.message)
