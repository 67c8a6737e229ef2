"""The merge: staged rows become the table's rows, as the judge has it, in one transaction."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from csvferry.databases.answers.rows import Count, rows_of, values_of
from csvferry.databases.base import Database
from csvferry.databases.cascades import Followers, Roots, followers
from csvferry.databases.sql_dialect import chained
from csvferry.errors import TargetError
from csvferry.merge.constraint_checks import Judge, Refusal
from csvferry.merge.index_values import Indexes
from csvferry.merge.placeholders import Park, find_parks, let_go
from csvferry.merge.plan_samples import PlanSamples
from csvferry.merge.staging import CHANGING, ENTERING, Fate, Staging
from csvferry.merge.unique_conflicts import Uniques
from csvferry.model.mapping import Mode, Target
from csvferry.model.names import DEPTH, LINE

if TYPE_CHECKING:
    import duckdb


_NARROW = 64  # columns of a row that fits its page whatever it holds


@dataclass(frozen=True)
class Outcome:
    """Rows by fate, and how many rows mirror deletes or marks; `back`: rows that are unmarked."""

    new: int = 0
    differs: int = 0
    same: int = 0
    rejected: int = 0
    duplicate: int = 0
    gone: int = 0
    back: int = 0


class Merge:
    """One run's merge into one table. Call `stage`, then in a transaction `judge`, then `apply`.

    `written_by`: where several runs' files are staged together, the first line of each, and its
    run.
    """

    def __init__(
        self,
        database: Database,
        target: Target,
        run: str,
        *,
        judge_keys: bool,
        written_by: Sequence[tuple[int, str]] = (),
    ) -> None:
        self.database = database
        self.target = target
        self.staging = Staging(database, target, run, tuple(written_by) or ((0, run),))
        self.indexes = Indexes(self.staging)
        self.uniques = Uniques(self.staging, self.indexes)
        self.samples = PlanSamples(self.staging)
        self.judges = Judge(self.staging, judge_keys, self.uniques)
        self._table = database.sql.quote(target.table.name)
        self._rows = database.sql.quote(self.staging.rows)

    # Staging

    def stage(self, con: "duckdb.DuckDBPyConnection", select: str, rows: int) -> None:
        """Load the rows of a DuckDB query (line, then the file's columns) into staging."""
        self.staging.make()
        self.indexes.make()
        self.database.outlast(rows)
        self.staging.load_rows(con, select, rows)

    def stage_kept(self, con: "duckdb.DuckDBPyConnection", select: str, rows: int) -> None:
        """Load keys that rejected rows keep from being deleted."""
        self.staging.load(self.staging.kept, self.target.key_columns, select, con, rows)

    def stage_lost(self, con: "duckdb.DuckDBPyConnection", select: str, rows: int) -> None:
        """Load keys that the file lost."""
        self.staging.load(self.staging.lost, self.target.key_columns, select, con, rows)

    def clear(self) -> None:
        """Drop what `stage` made."""
        self.staging.clear()

    # Judging

    def judge(self, con: "duckdb.DuckDBPyConnection") -> Iterator[Refusal]:
        """Give each staged row its fate; the rows that the server's rules refuse, as a stream."""
        self.judges.judge(con)
        return self.judges.refusals()

    def judge_rows(self) -> Iterator[Refusal]:
        """The same of what each row is by itself, not of unique values."""
        self.judges.judge_rows()
        return self.judges.refusals()

    def refuse(self, con: "duckdb.DuckDBPyConnection", lines: Sequence[int]) -> Iterator[Refusal]:
        """Take rows back that the server refused when they were written; all refusals then."""
        return self.judges.refuse(con, lines)

    def find_gone(self) -> None:
        """Keys of the table that neither the staged rows nor the kept keys have."""
        staging = self.staging
        staging.refill(
            staging.gone,
            self.target.key,
            f"SELECT {self.database.sql.names(self.target.key, 't')} FROM {self._table} AS t"
            f" WHERE {self._not_in_the_file('t')}",
        )

    def find_lost(self) -> None:
        """The same of the staged keys that the file lost, each row of the table once."""
        staging = self.staging
        lost = self.database.sql.quote(staging.lost)
        staging.refill(
            staging.gone,
            self.target.key,
            f"SELECT DISTINCT {self.database.sql.names(self.target.key, 't')} FROM {lost} AS l"
            f" JOIN {self._table} AS t ON {self.database.sql.equal(self.target.key, 'l', 't')}"
            f" WHERE {self._not_in_the_file('t')}",
        )

    def _not_in_the_file(self, alias: str) -> str:
        """SQL: neither a staged row nor a kept key is this row, which is not marked as deleted."""
        unmarked = self.database.sql.unmarked(self.target.marks.deleted, alias)
        names = (self.staging.rows, self.staging.kept)
        return " AND ".join([unmarked, *(self.staging.absent(n, "r", alias) for n in names)])

    def outcome(self) -> Outcome:
        """How many rows have which fate."""
        fate, gone = self.staging.fate, self.database.sql.quote(self.staging.gone)
        counted = self.database.query(f"SELECT {fate}, COUNT(*) FROM {self._rows} GROUP BY {fate}")
        counts = dict(rows_of(tuple[Count, Count], counted))
        return Outcome(
            new=counts.get(Fate.NEW, 0),
            differs=counts.get(Fate.DIFFERS, 0),
            same=counts.get(Fate.SAME, 0),
            rejected=counts.get(Fate.REJECTED, 0),
            duplicate=counts.get(Fate.DUPLICATE, 0),
            gone=self.staging.number(f"SELECT COUNT(*) FROM {gone}"),
            back=counts.get(Fate.RETURNS, 0),
        )

    def followers(self, expected: Outcome) -> list[Followers]:
        """Before `apply`: rows of other tables that follow those which are deleted or changed."""
        if not self.target.table.referenced:
            return []
        gone = self.database.sql.quote(self.staging.gone)
        deleted = f"{self._table} AS p JOIN {gone} AS g ON {self.staging.same_key('g', 'p')}"
        differing = (
            f"{self._rows} AS r JOIN {self._table} AS p"
            f" ON {self.database.sql.equal(self.target.key, 'p', 'r')}"
            f" AND r.{self.staging.fate} IN {CHANGING}"
        )
        moves = {c.name: self.database.sql.moves(c, "p", "r") for c in self.target.values}
        goes = expected.gone and not self.target.marks.deleted
        roots = [Roots(deleted)] if goes else []
        if (expected.differs or expected.back) and self.target.changes_references:
            roots.append(Roots(differing, moves))
        name = self.target.table.name
        return [one for root in roots for one in followers(self.database, name, root)]

    def rewritten(self, expected: Outcome) -> int:
        """After `apply`: written rows that are not in the table as the file has them."""
        same = [self.database.sql.same(column, "t", "s") for column in self.target.values] or [
            "1 = 1"
        ]
        keys = [self.database.sql.same(column, "t", "s") for column in self.target.key_columns]
        fate = f"s.{self.staging.fate}"
        intact = self.staging.number(
            f"SELECT COUNT(*) FROM {self._rows} AS s JOIN {self._table} AS t"
            f" ON {self.database.sql.equal(self.target.key, 't', 's')}"
            f" WHERE {fate} IN {ENTERING} AND {chained(same, 'AND')}"
            f" AND ({fate} IN {CHANGING} OR {chained(keys, 'AND')})"
        )
        return expected.new + expected.differs + expected.back - intact

    def foretold(self) -> bool:
        """After `judge`: whether to apply it can give nothing else than `outcome` says.

        Where a trigger, a row that refers to another, a value that the server computes or a unique
        value that moves may have a part in it, only writing the rows tells.
        """
        target = self.target
        table = target.table
        moving = target.indexes or (target.uniques and target.mode is not Mode.INSERT)
        computed = self.staging.computed_defaults or any(c.generated for c in table.columns)
        counted = any(column.auto_increment for column in target.lacking)
        refusable = bool(target.marks.deleted and table.checks)  # by a CHECK of a marked row
        return (
            not (
                moving
                or computed
                or counted
                or refusable
                or self.judges.left
                or table.referenced
                or target.own_references
                or len(table.columns) > _NARROW
            )
            and self.database.catalog.has_trigger(table.name) is False
        )

    # Applying

    def apply(self) -> Outcome:
        """Delete or mark, park, insert, update; what the server says that it did.

        Inserts go before updates, as a row may change to refer to a new row of the same table.
        MariaDB refuses an INSERT that lacks a required column even if it selects no row.
        """
        deleted, settled = self.make_way()
        rounds = [""] if self.database.sql.most_rows is None else self.depths()
        inserted = sum(self._in_slices(self.insert, Fate.NEW, depth) for depth in rounds)
        updated = settled + self._in_slices(self.update, Fate.DIFFERS) if self.target.values else 0
        if self.target.marks.deleted:
            back = self._in_slices(self.bring_back, Fate.RETURNS)
            return Outcome(new=inserted, differs=updated, gone=deleted, back=back)
        if self.target.own_references:
            deleted += self._delete()
            if self._left(deleted):
                deleted += self._delete_circles()
            self._refuse_referred(deleted)
        return Outcome(new=inserted, differs=updated, gone=deleted)

    def make_way(self) -> tuple[int, int]:
        """Delete or mark, and park; how many rows that were, and how many are as they are to be."""
        if self.target.marks.deleted:
            return self._mark(), self._park()
        deleted = self._delete()
        if self.target.own_references and self.target.mode is Mode.MIRROR:
            self._park_gone()
        return deleted, self._park()

    def depths(self) -> list[str]:
        """SQL of each round of new rows, parents before their children; one where none refer."""
        if not self.target.own_parents:
            return [""]
        depth = self.database.sql.quote(DEPTH)
        rows = self.database.query(
            f"SELECT DISTINCT {depth} FROM {self._rows}"
            f" WHERE {self.staging.fate} = {int(Fate.NEW)} ORDER BY 1"
        )
        return [f" AND s.{depth} = {int(number)}" for number in values_of(Count, rows)]

    def _in_slices(self, write: Callable[[str], int], fate: Fate, among: str = "") -> int:
        """Write the rows of a fate, no more with a statement than the server lets one write."""
        rows = f" AND s.{self.staging.fate} = {int(fate)}{among}"
        slices = self.staging.slices(self.staging.rows, "s", rows)
        return sum(write(among + lines) for lines in slices)

    def insert(self, among: str = "") -> int:
        """Write the new rows `s`, or those that `among`, SQL that begins with AND, is true of."""
        if self.target.required:
            return 0
        names = self.database.sql.names([column.name for column in self.target.columns])
        marks = self.staging.run_sets("s")
        into = ", ".join((names, *(self.database.sql.quote(name) for name in marks)))
        values = ", ".join((names, *marks.values()))
        depth = f"{self.database.sql.quote(DEPTH)}, " if self.target.own_parents else ""
        rows = f"{self._rows} AS s WHERE {self.staging.fate} = {int(Fate.NEW)}{among}"
        return self.database.change(
            f"INSERT INTO {self._table} ({into}) SELECT {values} FROM {rows}"
            f" ORDER BY {depth}{self.staging.line}"
        )

    def update(self, among: str = "") -> int:
        """Write the changed rows `s`, or those of them as in `insert`."""
        return self._update(Fate.DIFFERS, {}, among)

    def bring_back(self, among: str = "") -> int:
        """Write and unmark the rows `s` that are marked, or those of them as in `insert`."""
        deleted = self.target.marks.deleted
        return self._update(Fate.RETURNS, {deleted.name: "NULL"} if deleted else {}, among)

    def _update(self, fate: Fate, more: dict[str, str], among: str) -> int:
        values = {c.name: f"s.{self.database.sql.quote(c.name)}" for c in self.target.values}
        sets = values | self.staging.run_sets("s") | more
        return self._change(self.staging.rows, sets, f"s.{self.staging.fate} = {int(fate)}{among}")

    def _mark(self) -> int:
        """Mark the rows that the file no longer has."""
        deleted, gone = self.target.marks.deleted, self.staging.gone
        now = {deleted.name: self.database.sql.now(deleted)} if deleted else {}
        sets, on = now | self.staging.run_sets(""), self.staging.same_key("t", "s")
        return self._change_all(gone, sets, on)

    def _park(self) -> int:
        """Free unique values that move from row to row, so that two rows can swap theirs.

        How many rows are as they are to be by that alone: a server that counts what it changes
        does not count them again.
        """
        if not self.uniques.parks:
            return 0
        takers = self.database.sql.delete_from(
            self.staging.holders, self.staging.faults, "t.row_line = s.row_line"
        )
        self.database.execute(takers)
        parked = [self._park_by(bit, park) for bit, park in enumerate(self.uniques.parks) if park]
        if "NULL" not in parked or self.database.sql.counts_unchanged or self.target.marks.run:
            return 0
        same = chained([self.database.sql.same(c, "t", "s") for c in self.target.values], "AND")
        return self.staging.number(
            f"SELECT COUNT(*) FROM {self._rows} AS s JOIN {self._table} AS t"
            f" ON {self.database.sql.equal(self.target.key, 't', 's')}"
            f" WHERE s.{self.staging.fate} = {int(Fate.DIFFERS)} AND {same}"
        )

    def _park_by(self, bit: int, park: Park) -> str | None:
        """Free the values of one unique set that other rows take; what rows got for them, if any.

        Any other row changes its value at once: a CHECK may refuse the one in between.
        """
        database, staging, key = self.database, self.staging, self.target.key
        rows = staging.refill(
            staging.parked,
            (LINE, *key),
            f"SELECT DISTINCT {database.sql.names((LINE, *key), 'r')}"
            f" FROM {database.sql.quote(staging.holders)} AS h"
            f" JOIN {self._rows} AS r ON {database.sql.equal(key, 'r', 'h')}"
            f" WHERE h.number = {bit} AND r.{staging.fate} IN {CHANGING}",
        )
        if not rows:
            return None
        self._change_all(staging.parked, {park.column: park.value})
        return park.value

    def _park_gone(self) -> None:
        """Free unique values of rows that go last, as rows refer to them that are changed first."""
        database, staging, key = self.database, self.staging, self.target.key
        left = f"{database.sql.quote(staging.gone)} AS g JOIN {self._table} AS t ON"
        if not database.query(f"SELECT 1 FROM {left} {staging.same_key('g', 't')} LIMIT 1"):
            return
        last = staging.number(f"SELECT MAX({staging.line}) FROM {self._rows}")
        parks = self.uniques.parks or find_parks(staging)
        for names, park in zip(self.target.uniques, parks, strict=True):
            rows = park and staging.refill(
                staging.parked,
                (LINE, *key),
                f"SELECT {last} + ROW_NUMBER() OVER (ORDER BY {database.sql.names(key, 't')}),"
                f" {database.sql.names(key, 't')} FROM {left} {staging.same_key('g', 't')}"
                f" WHERE EXISTS (SELECT 1 FROM {self._rows} AS r WHERE"
                f" {database.sql.equal(names, 'r', 't')} AND r.{staging.fate} IN {ENTERING})",
            )
            if park and rows:
                self._change_all(staging.parked, {park.column: park.value})

    def _delete_circles(self) -> int:
        """Delete rows that refer to each other: first they let go of each other."""
        deleted = 0
        for own in self.target.own_references:
            if sets := let_go(self.staging, own):
                self._change_all(self.staging.gone, sets)
                deleted += self._delete()
        return deleted

    def _change_all(self, source: str, sets: dict[str, str], on: str = "") -> int:
        """The rows of the table whose keys a staging table has."""
        slices = self.staging.slices(source, "s")
        return sum(self._change(source, sets, f"1 = 1{lines}", on) for lines in slices)

    def _change(self, source: str, sets: dict[str, str], where: str, on: str = "") -> int:
        on = on or self.database.sql.equal(self.target.key, "t", "s")
        table = self.target.table.name
        return self.database.change(self.database.sql.update_from(table, source, on, sets, where))

    def _delete(self) -> int:
        if not self.target.own_references:
            return self._delete_keys(self.staging.gone)
        deleted = 0
        while self.staging.find_leaves():
            deleted += self._delete_keys(self.staging.leaves)
        return deleted

    def _delete_keys(self, source: str) -> int:
        on, table = self.staging.same_key("t", "s"), self.target.table.name
        return sum(
            self.database.change(self.database.sql.delete_from(table, source, on + lines))
            for lines in self.staging.slices(source, "s")
        )

    def _left(self, deleted: int) -> int:
        """How many rows that go are still there."""
        gone = self.database.sql.quote(self.staging.gone)
        return self.staging.number(f"SELECT COUNT(*) FROM {gone}") - deleted

    def _refuse_referred(self, deleted: int) -> None:
        if left := self._left(deleted):
            raise TargetError(
                f"other rows of {self.target.table.name} refer to {left} rows that mirror would"
                " delete",
                "should the file still have those rows?",
            )
