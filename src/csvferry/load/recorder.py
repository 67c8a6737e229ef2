"""The end that every strategy shares: rows, rejects and the ledger's entry in one transaction."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from csvferry.databases.base import Database
from csvferry.errors import AccountError, CommitInDoubtError, PassingDatabaseError
from csvferry.ingest.reject_writer import RECORDS, REJECTED
from csvferry.ingest.row_validation import RowValidator
from csvferry.ledger import entries as ledger
from csvferry.ledger.records import Reject
from csvferry.load.context import RunResult
from csvferry.load.job import Job
from csvferry.merge.merge import Outcome
from csvferry.model.phases import Phase
from csvferry.model.report import Rows, Sample
from csvferry.snapshot.stopped_run import (
    MOST,
    MOST_BYTES,
    NO_SEAL,
    StoppedRun,
    StoredReject,
    database_of,
    stored,
)

_NULL = "(NULL)"  # how a column that may be NULL tells its default


class _UndoneError(Exception):
    """Leaves a transaction so that it is rolled back."""


@contextmanager
def transaction(database: Database, rows: int, *, dry: bool) -> Iterator[None]:
    """Commit at the end of the block, or undo it where the run is `dry`; `rows` as it has them.

    Raises CommitInDoubtError where the connection was lost while the server was to commit.
    """
    done = False
    try:
        with database.transaction(rows):
            yield
            if dry:
                raise _UndoneError
            done = True
    except _UndoneError:
        pass
    except PassingDatabaseError as error:
        if done:
            raise in_doubt(error) from None
        raise


def undo() -> None:
    """Within `transaction`: leave the block, and what was done in it is rolled back."""
    raise _UndoneError


def in_doubt(error: PassingDatabaseError) -> CommitInDoubtError:
    """The error of a commit of which the answer was lost."""
    return CommitInDoubtError(error.message, error.hint, error.code)


_Row = tuple[Any, ...]


@dataclass(frozen=True)
class Recorder:
    """Accounts for each row of one run."""

    job: Job
    validator: RowValidator

    def count(self, outcome: Outcome) -> Rows:
        """Rows by outcome."""
        rejected, duplicate = self.validator.log.counts()
        delta = self.job.delta
        return Rows(
            read=self.job.read,
            inserted=outcome.new + outcome.back,
            updated=outcome.differs,
            deleted=outcome.gone,
            unchanged=outcome.same + (delta.untouched if delta else 0),
            duplicate=duplicate,
            rejected=rejected,
        )

    def record(self, outcome: Outcome, result: RunResult, status: str = "applied") -> RunResult:
        """Write rejects and entry into the transaction. Raises AccountError."""
        job = self.job
        effects = replace(result.side_effects, defaults=self._defaults(outcome.new))
        result = replace(result, rows=self.count(outcome), side_effects=effects)
        if not result.rows.accounted:
            raise AccountError(
                f"{job.read} rows were read, and their outcomes do not add up to that"
            )
        if not job.run.dry:
            located = self.validator.log.located(job.locate(self.validator.log.unlocated()))
            if job.tell_files:
                job.tell_files()
            self._forget_old()
            ledger.write_rejects(
                job.database,
                job.workspace.con,
                job.run.id,
                self.validator.log.entries(),
                located,
                rejects=REJECTED,
                records=RECORDS,
                keep_raw=job.run.feed.keep_raw and not job.mapping.hashed,
            )
            ledger.write(job.database, self.entry(result, status))
            job.run.controls.reached(Phase.RECORDED, job.read, job.read)
        return result

    def stopped(self, reason: str) -> StoppedRun | None:
        """The run with its rejects, for one that a guard stopped; None where there is no reject."""
        job, entries = self.job, self.validator.log.entries()
        if not entries:
            return None
        if job.tell_files:
            job.tell_files()
        kept = tuple(self._kept_rejects())
        rejected, duplicate = self.validator.log.counts()
        rows = Rows(read=job.read, rejected=rejected, duplicate=duplicate)
        entry = self.entry(replace(job.result, rows=rows), "guarded")
        return StoppedRun(
            target=database_of(job.run.feed.to),
            reason=reason,
            entry=replace(entry, seal=NO_SEAL),
            left_out=entries - len(kept),
            stored=kept,
        )

    def _kept_rejects(self) -> Iterator[StoredReject]:
        """The first entries, with their raw rows as long as there is room for them."""
        run, left = self.job.run, MOST_BYTES
        rows = self.job.workspace.con.execute(
            f'SELECT line, byte_offset, "column", code, message, raw FROM {REJECTED}'
            f' ORDER BY line, "column", code LIMIT {MOST}'
        ).fetchall()
        lines = sorted({line for line, _, _, _, _, raw in rows if raw is None})
        found = {line: (offset, raw) for line, offset, raw in self._within(lines)}
        keep_raw = run.feed.keep_raw and not self.job.mapping.hashed
        for line, at, column, code, message, own in rows:
            offset, raw = (at, own) if own is not None else found.get(line, (at, None))
            left -= len(raw or b"")
            kept = raw if keep_raw and left >= 0 else None
            yield stored(Reject(run.id, line, offset, column, code, message, kept))

    def _within(self, lines: Sequence[int]) -> Iterator[tuple[int, int, bytes]]:
        left = MOST_BYTES
        for line, offset, raw in self.job.locate(lines):
            left -= len(raw)
            if left < 0:
                return
            yield line, offset, raw

    def _defaults(self, new: int) -> dict[str, int]:
        """New rows by columns whose DEFAULT they took, as the file lacks them."""
        target = self.job.mapping.target
        lacking = [c.name for c in target.lacking if c.has_default and not c.auto_increment]
        if not new or not lacking:
            return {}
        defaults = self.job.database.catalog.defaults(target.table.name)
        return {name: new for name in lacking if defaults.get(name, _NULL).upper() != _NULL}

    def _forget_old(self) -> None:
        """Rejects of this feed that are older than it keeps them."""
        run = self.job.run
        if run.feed.keep_rejects:
            oldest = datetime.now(UTC) - timedelta(days=run.feed.keep_rejects)
            ledger.forget_rejects(self.job.database, run.feed_id, oldest.strftime("%Y%m%d%H%M%S"))

    def sample(
        self,
        inserted: Sequence[_Row] = (),
        updated: Sequence[tuple[_Row, _Row]] = (),
        deleted: Sequence[_Row] = (),
    ) -> Sample:
        """Some rows of each kind of change, and some rejects, for a plan; each row's line first.

        Columns that the table would get are there too.
        """
        target, planned = self.job.mapping.target, self.job.mapping.planned
        most = self.job.run.sample
        rejected = self.job.workspace.con.execute(
            f'SELECT line, "column", code, message FROM {REJECTED} ORDER BY line LIMIT {most}'
        ).fetchall()
        known = self._planned_values([row[0] for row in (*inserted, *(new for _, new in updated))])
        none = (None,) * len(planned)
        return Sample(
            columns=tuple(column.name for column in (*target.columns, *(c for c, _ in planned))),
            key=tuple(target.named(name).name for name in target.key),
            inserted=tuple((*row, *known.get(row[0], ())) for row in inserted),
            updated=tuple(
                ((*before, *none), (*after, *known.get(after[0], ()))) for before, after in updated
            ),
            deleted=tuple((*row, *none) for row in deleted),
            rejected=tuple(rejected),
        )

    def filled(self) -> list[int]:
        """Lines that have a value for a column which the table would get."""
        if not self.job.mapping.planned:
            return []
        given = " OR ".join(f"{field} IS NOT NULL" for _, field in self.job.mapping.planned)
        found = self.job.workspace.con.execute(
            f"SELECT line FROM {self.validator.rows} WHERE {given} ORDER BY line"
        )
        return [int(line) for (line,) in found.fetchall()]

    def _planned_values(self, lines: Sequence[int]) -> dict[int, _Row]:
        if not self.job.mapping.planned or not lines:
            return {}
        fields = ", ".join(field for _, field in self.job.mapping.planned)
        found = self.job.workspace.con.execute(
            f"SELECT line, {fields} FROM {self.validator.rows}"
            f" WHERE line IN ({', '.join(map(str, map(int, lines)))})"
        )
        return {int(line): tuple(values) for line, *values in found.fetchall()}

    def entry(self, result: RunResult, status: str) -> ledger.Entry:
        """What the ledger is to keep of the run."""
        run, rows, identity = self.job.run, result.rows, self.job.identity
        return ledger.Entry(
            run=run.id,
            feed=run.feed_id,
            source=identity.uri,
            version=identity.version,
            bytes=identity.size,
            table_name=run.table,
            mode=run.mode,
            strategy=result.decision.strategy.reported if result.decision else "",
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
            message=result.message,
            seal=self.job.seal,
            header=self.job.header,
        )
