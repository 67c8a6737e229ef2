"""The judge: what becomes of each staged row, by the server's own rules and comparisons.

Runs in the merge's transaction. Fates are set here and applied by `merge`, so that a dry run is the
same run without its last lines.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from csvferry.databases.answers.rows import Count, RefusalRow, stream_of
from csvferry.databases.base import Database
from csvferry.databases.sql_dialect import chained
from csvferry.errors import DatabaseError, PassingDatabaseError
from csvferry.merge.conflicts.disputes import Disputes, Loss
from csvferry.merge.projected_rows import rows_to_be
from csvferry.merge.staging import ENTERING, Fate, Staging
from csvferry.merge.unique_conflicts import Uniques
from csvferry.model.mapping import Mode, Target
from csvferry.model.names import DEPTH, FATE, HOLDS
from csvferry.model.reject_codes import Code
from csvferry.model.schema import Check, ForeignKey
from csvferry.printable import get_logger
from csvferry.scratch.relations import batches, insert

if TYPE_CHECKING:
    import duckdb

log = get_logger(__name__)

_LINES = 200  # of one statement

_LOST = "lost_disputes"
_LOST_PARENT = 0  # as a winner: what a row refers to lost a unique value
_FAULT = {"row_line": "BIGINT", "winner": "BIGINT", "code": "VARCHAR", "label": "VARCHAR"}
_IN_THE_TABLE = "a row that the table has already"
_REFUSED = {
    Code.FOREIGN_KEY: "refers to a row that is not there",
    Code.NOT_NULL: "a new row needs a value, and the file has no such column",
}


@dataclass(frozen=True)
class Refusal:
    """A staged row that the server's rules refuse; of a duplicate the winner's line, if known."""

    line: int
    code: Code
    column: str | None
    winner: int | None

    @property
    def message(self) -> str:
        """What the reject's entry says."""
        if self.code is Code.DUPLICATE_KEY:
            return f"the key is that of line {self.winner}, which won"
        if self.code is Code.DUPLICATE_UNIQUE:
            won = f"line {self.winner}, which won" if self.winner else _IN_THE_TABLE
            return f"the value is unique and is that of {won}"
        return _REFUSED.get(self.code, "refused by a CHECK constraint, a partition or a trigger")


@dataclass
class Judge:
    """Gives each staged row its fate."""

    staging: Staging
    judge_keys: bool  # whether only the server can tell if two keys of the file are equal
    uniques: Uniques
    left: list[str] = field(default_factory=list)  # constraints that only the server can judge

    @property
    def database(self) -> Database:
        """The server that judges."""
        return self.staging.database

    @property
    def target(self) -> Target:
        """What the rows are for."""
        return self.staging.target

    def judge(self, con: "duckdb.DuckDBPyConnection") -> None:
        """Give each staged row its fate: by equal keys, then by itself, then by unique values.

        So a row that is refused for what it is wins no unique value.
        """
        self.judge_rows()
        self._settle_disputes(con)

    def judge_rows(self) -> None:
        """The same without unique values."""
        if self.judge_keys:
            self._judge_equal_keys()
        self._match()
        self._judge_required()
        for key in self.target.references:
            if key not in self.target.own_parents:
                self._judge_reference(key)
        for key in self.target.preset_references:
            self._judge_preset_reference(key)
        for check in self.target.table.checks:
            self._judge_check(check)
        if self.target.own_parents:
            self._judge_own_references()

    # Unique values

    def _settle_disputes(self, con: "duckdb.DuckDBPyConnection") -> None:
        """Refuse who does not get in, and who refers to one that does not."""
        if not self.uniques:
            return
        disputes = Disputes(con, first_wins=self.target.first_wins)
        for number, key in enumerate(self.target.own_parents):
            lines = self.database.stream(self._new_parents(number, key))
            disputes.refer(number, stream_of(tuple[Count, Count], lines))
        self.uniques.gather(disputes)
        con.execute(f"CREATE OR REPLACE TABLE {_LOST} ({', '.join(map(' '.join, _FAULT.items()))})")
        label = [unique.label for unique in self.uniques.all]
        insert(con, _LOST, _FAULT, (self._lost(loss, label) for loss in disputes.losses()))
        found = con.execute(f"SELECT count(*) FROM {_LOST}").fetchone()
        self.staging.load_faults(con, f"FROM {_LOST}", int(found[0]) if found else 0)
        self._settle()

    def _lost(self, loss: Loss, label: Sequence[str]) -> tuple[int, int | None, str, str]:
        if loss.unique is None:
            key = self.target.own_parents[loss.reference or 0]
            return loss.line, _LOST_PARENT, Code.FOREIGN_KEY.value, key.columns[0]
        return loss.line, loss.winner, Code.DUPLICATE_UNIQUE.value, label[loss.unique]

    def _new_parents(self, number: int, key: ForeignKey) -> str:
        """SQL of entering rows that refer to a new row, which no row of the table can replace."""
        parents, line = self._quote(self.staging.parents(number)), f"r.{self.staging.line}"
        return (
            f"SELECT {line}, MIN(o.row_line) FROM {self._rows} AS r JOIN {parents} AS o"
            f" ON {self._refers(key, 'r', 'o')} WHERE r.{self.staging.fate} IN {ENTERING}"
            f" GROUP BY {line} HAVING COUNT(*) = COUNT(o.row_line)"
        )

    def refuse(self, con: "duckdb.DuckDBPyConnection", lines: Sequence[int]) -> Iterator[Refusal]:
        """Refuse rows of these lines as well; all that is refused then, as a stream.

        Who lost a unique value to one of them may get it.
        """
        line = self.staging.line
        lost = f"code = '{Code.DUPLICATE_UNIQUE}' OR winner = {_LOST_PARENT}"
        self.database.execute(
            f"UPDATE {self._rows} SET {self.staging.same}"
            f" WHERE {line} IN (SELECT row_line FROM {self._faults} WHERE {lost})"
        )
        self.database.execute(f"DELETE FROM {self._faults} WHERE {lost}")
        for some in batches(lines, _LINES):
            rows = " UNION ALL ".join(f"SELECT {int(line)} AS a, NULL AS b" for line in some)
            self._fault(Code.BAD_VALUE, None, rows)
        self._match()
        if self.target.own_parents:
            self._judge_own_references()
        self._settle_disputes(con)
        return self.refusals()

    # Keys

    def _judge_equal_keys(self) -> None:
        line, last = self.staging.line, "" if self.target.first_wins else " DESC"
        keys = self.database.sql.names(self.target.key)
        winner = f"FIRST_VALUE({line}) OVER (PARTITION BY {keys} ORDER BY {line}{last})"
        self._fault(
            Code.DUPLICATE_KEY,
            self.target.key[0],
            f"SELECT {line}, winner FROM (SELECT {line}, {winner} AS winner"
            f" FROM {self._rows}) AS ranked WHERE {line} <> winner",
        )

    def _match(self) -> None:
        """Staged rows whose key the table lacks, and those that differ from its row in a value.

        Rows that are the same have that fate: most are, and writing it would cost the most.
        """
        database, target = self.database, self.target
        if deleted := target.marks.deleted:
            self._match_as(Fate.RETURNS, f"NOT ({database.sql.unmarked(deleted, 's')})")
        if target.mode is not Mode.INSERT and target.values:
            same = chained([database.sql.same(c, "t", "s") for c in target.values], "AND")
            self._match_as(Fate.DIFFERS, f"NOT ({same})")
        table, new = target.table.name, f"{self.staging.fate} = {int(Fate.NEW)}"
        for lines in self.staging.slices(self.staging.rows, "t"):
            database.execute(
                f"UPDATE {self._rows} AS t SET {new} WHERE t.{self.staging.same}"
                f" AND {self.staging.absent(table, 's', 't')}{lines}"
            )

    def _match_as(self, fate: Fate, where: str) -> None:
        """Give a fate to staged rows `t` without one, of whose row `s` of the table this holds."""
        sql, rows, table = self.database.sql, self.staging.rows, self.target.table.name
        held = {HOLDS: self._held()} if self.target.uniques else {}
        sets, on = {FATE: str(int(fate)), **held}, sql.equal(self.target.key, "t", "s")
        where = f"t.{self.staging.same} AND {where}"
        for lines in self.staging.slices(rows, "t"):
            self.database.execute(sql.update_from(rows, table, on, sets, where + lines))

    def _held(self) -> str:
        """SQL: a bit for each unique set of columns whose values the table's row has already."""
        return " + ".join(
            f"(CASE WHEN {' AND '.join(map(self._as_before, names))} THEN {1 << bit} ELSE 0 END)"
            for bit, names in enumerate(self.target.uniques)
        )

    def _as_before(self, name: str) -> str:
        column = self._quote(name)
        null = f"t.{column} IS NULL AND s.{column} IS NULL"
        return f"({self.database.sql.equal((name,), 't', 's')} OR {null})"

    def _judge_required(self) -> None:
        for name in self.target.required:
            self._fault(
                Code.NOT_NULL,
                name,
                f"SELECT {self.staging.line}, NULL FROM {self._rows}"
                f" WHERE {self.staging.fate} = {int(Fate.NEW)}",
                settle=False,
            )
        self._settle()

    # References

    def _judge_reference(self, key: ForeignKey) -> None:
        """Rows that refer to a row which another table lacks."""
        self._fault(Code.FOREIGN_KEY, key.columns[0], self._parentless(key, self._rows))

    def _judge_preset_reference(self, key: ForeignKey) -> None:
        """The same where a default or a computed column refers."""
        words = " ".join(key.columns)
        with self._or_left_to_the_server(key.name):
            rows = rows_to_be(self.staging, self._entering, words)
            self._fault(Code.FOREIGN_KEY, key.columns[0], self._parentless(key, rows))

    def _parentless(self, key: ForeignKey, rows: str) -> str:
        parent = self._quote(key.parent)
        if key.parent_schema:
            parent = f"{self._quote(key.parent_schema)}.{parent}"
        return (
            f"SELECT r.{self.staging.line}, NULL FROM {rows} AS r"
            f" LEFT JOIN {parent} AS p ON {self._refers(key, 'r', 'p')}"
            f" WHERE r.{self.staging.fate} IN {ENTERING} AND {self._given(key.columns, 'r')}"
            f" AND p.{self._quote(key.parent_columns[0])} IS NULL"
        )

    def _judge_own_references(self) -> None:
        """Rows that refer to a row which neither the table keeps nor the file brings.

        A server checks each row when it is inserted, so parents go before children: a new row's
        depth is the round in which all that it refers to is there. Circles keep 0.
        """
        self.database.execute(f"UPDATE {self._rows} SET {self._depth} = 0")
        for number, key in enumerate(self.target.own_parents):
            self._note_parents_there(number, key)
        depth = 1
        while self._deepen(depth):
            for number, key in enumerate(self.target.own_parents):
                self._note_parents_of_depth(number, key, depth)
            depth += 1
        for number, key in enumerate(self.target.own_parents):
            self._fault(
                Code.FOREIGN_KEY,
                key.columns[0],
                f"SELECT r.{self.staging.line}, NULL FROM {self._rows} AS r"
                f" WHERE r.{self.staging.fate} IN {ENTERING} AND NOT {self._met(number, key)}",
                settle=False,
            )
        self._settle()

    def _note_parents_there(self, number: int, key: ForeignKey) -> None:
        """Rows of the table that stay and are referred to; one that is marked stays, too."""
        gone = self.staging.absent(self.staging.gone, "g", "t")
        stays = "1 = 1" if self.target.marks.deleted else gone
        self.staging.refill(
            self.staging.parents(number),
            key.parent_columns,
            f"SELECT DISTINCT {self.database.sql.names(key.parent_columns, 't')}"
            f" FROM {self._rows} AS r JOIN {self._quote(self.target.table.name)} AS t"
            f" ON {self._refers(key, 'r', 't')} WHERE r.{self.staging.fate} IN {ENTERING}"
            f" AND {stays}",
        )

    def _note_parents_of_depth(self, number: int, key: ForeignKey, depth: int) -> None:
        names = self.database.sql.names(key.parent_columns)
        self.database.execute(
            f"INSERT INTO {self._quote(self.staging.parents(number))} (row_line, {names})"
            f" SELECT {self.staging.line}, {names} FROM {self._rows} WHERE {self._depth} = {depth}"
        )

    def _deepen(self, depth: int) -> int:
        """New rows whose parents are all there now; how many they are."""
        met = " AND ".join(self._met(n, key) for n, key in enumerate(self.target.own_parents))
        return self.database.execute(
            f"UPDATE {self._rows} AS r SET {self._depth} = {depth}"
            f" WHERE r.{self._depth} = 0 AND r.{self.staging.fate} = {int(Fate.NEW)} AND {met}"
        )

    def _met(self, number: int, key: ForeignKey) -> str:
        """SQL: a row refers to nothing, to itself, or to a row that is there."""
        parents = self._quote(self.staging.parents(number))
        alias = f"o{number}"
        return (
            f"(NOT ({self._given(key.columns, 'r')}) OR {self._refers(key, 'r', 'r')}"
            f" OR EXISTS (SELECT 1 FROM {parents} AS {alias}"
            f" WHERE {self._refers(key, 'r', alias)}))"
        )

    def _refers(self, key: ForeignKey, child: str, parent: str) -> str:
        return " AND ".join(
            f"{parent}.{self._quote(theirs)} = {child}.{self._quote(ours)}"
            for ours, theirs in zip(key.columns, key.parent_columns, strict=True)
        )

    # CHECK constraints

    def _judge_check(self, check: Check) -> None:
        """Rows for which the server says that its own CHECK clause is false."""
        with self._or_left_to_the_server(check.name):
            rows = rows_to_be(self.staging, self._entering, check.clause)
            refused = (
                f"SELECT {self.staging.line}, NULL FROM {rows} AS x WHERE NOT ({check.clause})"
            )
            self._fault(Code.BAD_VALUE, None, refused)

    @contextmanager
    def _or_left_to_the_server(self, name: str) -> Iterator[None]:
        """A constraint may not be asked outside its table; a row that it refuses ends the run."""
        try:
            yield
        except PassingDatabaseError:
            raise
        except DatabaseError as error:
            self.left.append(name)
            log.info("the constraint %s is left to the server: %s", name, error)

    @property
    def _entering(self) -> str:
        return f"r.{self.staging.fate} IN {ENTERING}"

    # Faults

    def _fault(self, code: Code, column: str | None, select: str, *, settle: bool = True) -> None:
        """Keep lines (and the line each lost to) as faults of one kind."""
        label = "NULL" if column is None else self.database.sql.literal(column)
        self.database.execute(
            f"INSERT INTO {self._faults} (row_line, winner, code, label)"
            f" SELECT x.*, '{code.value}', {label} FROM ({select}) AS x"
        )
        if settle:
            self._settle()

    def _settle(self) -> None:
        """Take the fate of new faults into the staged rows."""
        fate = (
            f"CASE WHEN s.code LIKE 'duplicate%' THEN {int(Fate.DUPLICATE)}"
            f" ELSE {int(Fate.REJECTED)} END"
        )
        self.database.execute(
            self.database.sql.update_from(
                self.staging.rows,
                self.staging.faults,
                f"t.{self.staging.line} = s.row_line",
                {FATE: fate},
                f"t.{self.staging.fate} < {int(Fate.REJECTED)}",
            )
        )

    def refusals(self) -> Iterator[Refusal]:
        """What the server's rules refused, by line; the connection serves nothing else meanwhile.

        They can be as many as the file's rows.
        """
        rows = self.database.stream(
            f"SELECT DISTINCT row_line, code, label, winner FROM {self._faults} ORDER BY row_line"
        )
        for line, code, column, winner in stream_of(RefusalRow, rows):
            yield Refusal(line, Code(code), column, winner or None)

    # Wording

    def _given(self, names: Sequence[str], alias: str = "") -> str:
        before = f"{alias}." if alias else ""
        return " AND ".join(f"{before}{self._quote(name)} IS NOT NULL" for name in names)

    def _quote(self, name: str) -> str:
        return self.staging.quote(name)

    @property
    def _rows(self) -> str:
        return self._quote(self.staging.rows)

    @property
    def _faults(self) -> str:
        return self._quote(self.staging.faults)

    @property
    def _depth(self) -> str:
        return self._quote(DEPTH)
