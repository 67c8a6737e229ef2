"""The merge: staged rows become the table's rows, judged by the server that will hold them.

All of it runs in one transaction. Each staged row gets a fate; what equals what is decided by the
server's own comparison of the target's columns. Fates are set first and applied last, so that a
dry run is the same run without its last lines.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from csvferry.database import FATE, HOLDS, LINE, STAGE_PREFIX, Database
from csvferry.feed import Mode
from csvferry.rejects import Code
from csvferry.schema import Check, Column, ForeignKey, Kind, Table, Type

if TYPE_CHECKING:
    import duckdb

_NUMBER = Type(Kind.INTEGER, "BIGINT", bits=64)
_WORD = Type(Kind.TEXT, "VARCHAR(64)", length=64)


class Fate(IntEnum):
    """What becomes of a staged row."""

    NEW = 1
    DIFFERS = 2
    SAME = 3
    REJECTED = 4
    DUPLICATE = 5


@dataclass(frozen=True)
class Target:
    """The table, the file's columns in it, and what identifies a row."""

    table: Table
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    uniques: tuple[tuple[str, ...], ...]
    mode: Mode

    @property
    def key_columns(self) -> tuple[Column, ...]:
        """The key's columns, in the key's order."""
        return tuple(self.named(name) for name in self.key)

    @property
    def values(self) -> tuple[Column, ...]:
        """The file's columns that are no part of the key."""
        keys = {name.casefold() for name in self.key}
        return tuple(c for c in self.columns if c.name.casefold() not in keys)

    @property
    def required(self) -> tuple[str, ...]:
        """Columns that a new row needs and the file does not have."""
        present = {column.name for column in self.columns}
        return tuple(c.name for c in self.table.columns if c.name not in present and not c.optional)

    def named(self, name: str) -> Column:
        """A column of the table that is known to be there."""
        column = self.table.column(name)
        if column is None:
            raise KeyError(name)
        return column


@dataclass(frozen=True)
class Refusal:
    """A staged row that the server's rules refuse; `winner` is the line a duplicate lost to."""

    line: int
    code: Code
    column: str | None
    message: str


@dataclass(frozen=True)
class Outcome:
    """Rows by fate, and how many rows mirror deletes."""

    new: int = 0
    differs: int = 0
    same: int = 0
    rejected: int = 0
    duplicate: int = 0
    gone: int = 0


@dataclass
class Merge:
    """One run's merge into one table. Call `stage`, then in a transaction `judge`, then `apply`."""

    database: Database
    target: Target
    run: str
    judge_keys: bool  # whether only the server can tell if two keys of the file are equal
    _made: list[str] = field(default_factory=list)

    # Staging, before the transaction: DDL there would commit it.

    def stage(self, con: "duckdb.DuckDBPyConnection", select: str, rows: int) -> int:
        """Load the rows of a DuckDB query (line, then the file's columns) into staging."""
        marks = (Column(FATE, _NUMBER), Column(HOLDS, _NUMBER))
        self._make(self.rows, (*marks, *self.target.columns), self.target.key_columns)
        self._make(self.faults, self._fault_columns)
        for name in (self.gone, self.kept, self.moving):
            self._make(name, self.target.key_columns, self.target.key_columns)
        for key in self._own_keys():
            self._make(self.parents, tuple(self.target.named(n) for n in key.parent_columns))
            break
        line = Column(LINE, _NUMBER, nullable=False)
        return self.load(self.rows, (line, *self.target.columns), select, con, rows)

    def load(
        self,
        name: str,
        columns: Sequence[Column],
        select: str,
        con: "duckdb.DuckDBPyConnection",
        rows: int,
    ) -> int:
        """Fill a staging table; every row must arrive, and none may be bent."""
        from csvferry.errors import AccountError

        loaded = self.database.load(name, columns, select, con)
        if loaded.warnings or loaded.rows != rows:
            raise AccountError(
                f"of {rows} rows {loaded.rows} reached staging, with warnings"
                f" {sorted(loaded.warnings)}",
                "nothing was changed; please report this with the table's definition",
            )
        return loaded.rows

    def clear(self) -> None:
        """Drop what `stage` made."""
        self.database.drop_stages(self._made)

    # Judging

    def judge(self, con: "duckdb.DuckDBPyConnection | None" = None) -> list[Refusal]:
        """Give each staged row its fate; the rows that the server's rules refuse."""
        if self.judge_keys:
            self._judge_equal_keys()
        self._match()
        self._judge_required()
        for key in self.target.table.foreign_keys:
            self._judge_foreign_key(key)
        for check in self.target.table.checks:
            self._judge_check(check)
        if self.target.uniques:
            self._judge_uniques()
        return list(self.refusals())

    def _judge_equal_keys(self) -> None:
        last = "" if self.target.mode is Mode.INSERT else " DESC"
        keys = self.sql.list(self.target.key)
        winner = f"FIRST_VALUE({self._line}) OVER (PARTITION BY {keys} ORDER BY {self._line}{last})"
        self._fault(
            Code.DUPLICATE_KEY,
            self.target.key[0],
            f"SELECT {self._line}, winner FROM (SELECT {self._line}, {winner} AS winner"
            f" FROM {self._q(self.rows)}) AS ranked WHERE {self._line} <> winner",
        )
        self._settle()

    def _match(self) -> None:
        """Staged rows whose key the table has: the same, or different in a value."""
        fate = str(int(Fate.SAME))
        if self.target.mode is not Mode.INSERT and self.target.values:
            same = " AND ".join(self.sql.same(c, "t", "s") for c in self.target.values)
            fate = f"CASE WHEN {same} THEN {int(Fate.SAME)} ELSE {int(Fate.DIFFERS)} END"
        sets = {FATE: fate}
        if self.target.uniques:
            sets[HOLDS] = " + ".join(
                f"(CASE WHEN {self._equal_columns(names)} THEN {1 << bit} ELSE 0 END)"
                for bit, names in enumerate(self.target.uniques)
            )
        on = self.sql.equal(self.target.key, "t", "s")
        self.database.execute(
            self.sql.update_from(
                self.rows, self.target.table.name, on, sets, f"t.{self._q(FATE)} IS NULL"
            )
        )
        self.database.execute(
            f"UPDATE {self._q(self.rows)} SET {self._q(FATE)} = {int(Fate.NEW)}"
            f" WHERE {self._q(FATE)} IS NULL"
        )

    def _equal_columns(self, names: Sequence[str]) -> str:
        return self.sql.equal(names, "t", "s")

    def _judge_required(self) -> None:
        for name in self.target.required:
            self._fault(
                Code.NOT_NULL,
                name,
                f"SELECT {self._line}, NULL FROM {self._q(self.rows)}"
                f" WHERE {self._q(FATE)} = {int(Fate.NEW)}",
            )
        self._settle()

    def _judge_foreign_key(self, key: ForeignKey) -> None:
        present = {column.name.casefold() for column in self.target.columns}
        if not all(name.casefold() in present for name in key.columns):
            return
        itself = key.parent.casefold() == self.target.table.name.casefold()
        parent = self._q(key.parent)
        if key.parent_schema:
            parent = f"{self._q(key.parent_schema)}.{parent}"
        on = " AND ".join(
            f"p.{self._q(theirs)} = r.{self._q(ours)}"
            for ours, theirs in zip(key.columns, key.parent_columns, strict=True)
        )
        given = " AND ".join(f"r.{self._q(name)} IS NOT NULL" for name in key.columns)
        among = self._own_parents(key) if itself else ""
        self._fault(
            Code.FOREIGN_KEY,
            key.columns[0],
            f"SELECT r.{self._line}, NULL FROM {self._q(self.rows)} AS r"
            f" LEFT JOIN {parent} AS p ON {on}"
            f" WHERE r.{self._q(FATE)} IN ({int(Fate.NEW)}, {int(Fate.DIFFERS)}) AND {given}"
            f" AND p.{self._q(key.parent_columns[0])} IS NULL{among}",
        )
        self._settle()

    def _own_keys(self) -> list[ForeignKey]:
        """References of the table to itself."""
        table = self.target.table
        return [k for k in table.foreign_keys if k.parent.casefold() == table.name.casefold()]

    def _own_parents(self, key: ForeignKey) -> str:
        """For a table that refers to itself: parents that come in the same file count too."""
        present = {column.name.casefold() for column in self.target.columns}
        if not all(name.casefold() in present for name in key.parent_columns):
            return ""
        name = self.parents
        columns = tuple(self.target.named(parent) for parent in key.parent_columns)
        self.database.execute(
            f"INSERT INTO {self._q(name)} ({self.sql.list(key.parent_columns)})"
            f" SELECT {self.sql.list(key.parent_columns)} FROM {self._q(self.rows)}"
            f" WHERE {self._q(FATE)} IN ({int(Fate.NEW)}, {int(Fate.DIFFERS)})"
        )
        on = " AND ".join(
            f"o.{self._q(column.name)} = r.{self._q(ours)}"
            for ours, column in zip(key.columns, columns, strict=True)
        )
        return f" AND NOT EXISTS (SELECT 1 FROM {self._q(name)} AS o WHERE {on})"

    def _judge_check(self, check: Check) -> None:
        """Rows for which the server says that its own CHECK clause is false."""
        table = self.target.table
        staged = {column.name for column in self.target.columns}
        defaults = self.database.defaults(table.name)
        columns = []
        for column in table.columns:
            name = self._q(column.name)
            if column.generated:
                continue
            if column.name in staged:
                columns.append(f"r.{name} AS {name}")
            else:
                default = defaults.get(column.name, "NULL")
                columns.append(
                    f"CASE WHEN r.{self._q(FATE)} = {int(Fate.NEW)} THEN {default}"
                    f" ELSE t.{name} END AS {name}"
                )
        self._fault(
            Code.BAD_VALUE,
            None,
            f"SELECT {self._line}, NULL FROM (SELECT r.{self._line}, {', '.join(columns)}"
            f" FROM {self._q(self.rows)} AS r LEFT JOIN {self._q(table.name)} AS t"
            f" ON {self.sql.equal(self.target.key, 't', 'r')}"
            f" WHERE r.{self._q(FATE)} IN ({int(Fate.NEW)}, {int(Fate.DIFFERS)})) AS x"
            f" WHERE NOT ({check.clause})",
        )
        self._settle()

    def _judge_uniques(self) -> None:
        """Refuse rows until no two would hold the same value of a unique set of columns.

        A row that frees its old value by changing it makes room; one that is then refused does
        not, so each refusal is followed by another look. It ends, as each look refuses a row.
        """
        while True:
            self._note_moving()
            before = self._faults()
            for bit, names in enumerate(self.target.uniques):
                self._judge_among_staged(bit, names)
                self._judge_against_table(bit, names)
            self._settle()
            if self._faults() == before:
                return

    def _note_moving(self) -> None:
        """Keys of rows that give up a unique value they hold now."""
        all_held = (1 << len(self.target.uniques)) - 1
        keys = self.sql.list(self.target.key)
        self.database.execute(f"DELETE FROM {self._q(self.moving)}")
        self.database.execute(
            f"INSERT INTO {self._q(self.moving)} ({keys}) SELECT {keys} FROM {self._q(self.rows)}"
            f" WHERE {self._q(FATE)} = {int(Fate.DIFFERS)} AND {self._q(HOLDS)} <> {all_held}"
        )

    def _judge_among_staged(self, bit: int, names: Sequence[str]) -> None:
        """Of staged rows with the same value wins the one that holds it already, else by mode."""
        first = self.target.mode is Mode.INSERT
        takers = [Fate.NEW] if first else [Fate.NEW, Fate.DIFFERS, Fate.SAME]
        holds = f"(CASE WHEN COALESCE({self._q(HOLDS)}, 0) & {1 << bit} THEN 0 ELSE 1 END)"
        order = f"{holds}, {self._line}{'' if first else ' DESC'}"
        winner = (
            f"FIRST_VALUE({self._line}) OVER (PARTITION BY {self.sql.list(names)} ORDER BY {order})"
        )
        given = " AND ".join(f"{self._q(name)} IS NOT NULL" for name in names)
        self._fault(
            Code.DUPLICATE_UNIQUE,
            names[0],
            f"SELECT {self._line}, winner FROM (SELECT {self._line}, {winner} AS winner"
            f" FROM {self._q(self.rows)} WHERE {given}"
            f" AND {self._q(FATE)} IN ({', '.join(str(int(f)) for f in takers)})) AS ranked"
            f" WHERE {self._line} <> winner",
        )
        self._settle()

    def _judge_against_table(self, bit: int, names: Sequence[str]) -> None:
        """Rows whose value another row of the table holds and keeps."""
        same_row = self.sql.equal(self.target.key, "t", "r")
        leaving = ""
        for alias, name in (("m", self.moving), ("g", self.gone)):
            on = self.sql.equal(self.target.key, alias, "t")
            leaving += f" AND NOT EXISTS (SELECT 1 FROM {self._q(name)} AS {alias} WHERE {on})"
        self._fault(
            Code.DUPLICATE_UNIQUE,
            names[0],
            f"SELECT r.{self._line}, NULL FROM {self._q(self.rows)} AS r"
            f" JOIN {self._q(self.target.table.name)} AS t ON {self.sql.equal(names, 't', 'r')}"
            f" WHERE r.{self._q(FATE)} IN ({int(Fate.NEW)}, {int(Fate.DIFFERS)})"
            f" AND NOT ({same_row}){leaving}",
        )
        self._settle()

    # Faults

    def _fault(self, code: Code, column: str | None, select: str) -> None:
        """Keep lines (and the line each lost to) as faults of one kind."""
        told = "NULL" if column is None else "'" + column.replace("'", "''") + "'"
        self.database.execute(
            f"INSERT INTO {self._q(self.faults)} (row_line, winner, code, told)"
            f" SELECT x.*, '{code.value}', {told} FROM ({select}) AS x"
        )

    def _settle(self) -> None:
        """Take the fate of new faults into the staged rows."""
        self.database.execute(
            self.sql.update_from(
                self.rows,
                self.faults,
                f"t.{self._line} = s.row_line",
                {
                    FATE: f"CASE WHEN s.code LIKE 'duplicate%' THEN {int(Fate.DUPLICATE)}"
                    f" ELSE {int(Fate.REJECTED)} END"
                },
                f"(t.{self._q(FATE)} IS NULL OR t.{self._q(FATE)} < {int(Fate.REJECTED)})",
            )
        )

    def _faults(self) -> int:
        return int(self.database.query(f"SELECT COUNT(*) FROM {self._q(self.faults)}")[0][0])

    def refusals(self) -> Iterator[Refusal]:
        """What the server's rules refused, by line."""
        rows = self.database.query(
            f"SELECT DISTINCT row_line, code, told, winner FROM {self._q(self.faults)}"
            " ORDER BY row_line"
        )
        for line, code, column, winner in rows:
            kind = Code(code)
            yield Refusal(int(line), kind, column, _message(kind, winner))

    @property
    def _fault_columns(self) -> tuple[Column, ...]:
        return (
            Column("row_line", _NUMBER),
            Column("winner", _NUMBER),
            Column("code", _WORD),
            Column("told", _WORD),
        )

    # Applying

    def outcome(self) -> Outcome:
        """How many rows have which fate."""
        counts = dict(
            self.database.query(
                f"SELECT {self._q(FATE)}, COUNT(*) FROM {self._q(self.rows)} GROUP BY {self._q(FATE)}"
            )
        )
        gone = self.database.query(f"SELECT COUNT(*) FROM {self._q(self.gone)}")[0][0]
        return Outcome(
            new=counts.get(Fate.NEW, 0),
            differs=counts.get(Fate.DIFFERS, 0),
            same=counts.get(Fate.SAME, 0),
            rejected=counts.get(Fate.REJECTED, 0),
            duplicate=counts.get(Fate.DUPLICATE, 0),
            gone=int(gone),
        )

    def find_gone(self) -> None:
        """Keys of the table that neither the staged rows nor the kept keys have."""
        keys = self.sql.list(self.target.key, "t")
        missing = " AND ".join(
            f"NOT EXISTS (SELECT 1 FROM {self._q(name)} AS {alias}"
            f" WHERE {self.sql.equal(self.target.key, alias, 't')})"
            for alias, name in (("r", self.rows), ("k", self.kept))
        )
        self.database.execute(
            f"INSERT INTO {self._q(self.gone)} ({self.sql.list(self.target.key)})"
            f" SELECT {keys} FROM {self._q(self.target.table.name)} AS t WHERE {missing}"
        )

    def spare_gone(self) -> None:
        """Take back keys that were thought gone and are equal, for the server, to one kept."""
        for name in (self.rows, self.kept):
            self.database.execute(
                self.sql.delete_from(self.gone, name, self.sql.equal(self.target.key, "s", "t"))
            )

    def apply(self) -> Outcome:
        """Delete, update, insert; what the server says that it did."""
        on = self.sql.equal(self.target.key, "t", "s")
        table = self.target.table.name
        deleted = self.database.change(self.sql.delete_from(table, self.gone, on))
        self._park()
        updated = 0
        if self.target.values:
            sets = {c.name: f"s.{self._q(c.name)}" for c in self.target.values}
            where = f"s.{self._q(FATE)} = {int(Fate.DIFFERS)}"
            updated = self.database.change(self.sql.update_from(table, self.rows, on, sets, where))
        names = self.sql.list([column.name for column in self.target.columns])
        inserted = self.database.change(
            f"INSERT INTO {self._q(table)} ({names}) SELECT {names} FROM {self._q(self.rows)}"
            f" WHERE {self._q(FATE)} = {int(Fate.NEW)} ORDER BY {self._line}"
        )
        return Outcome(new=inserted, differs=updated, gone=deleted)

    def _park(self) -> None:
        """Free the unique values of rows that change them, so that two rows can swap theirs."""
        on = self.sql.equal(self.target.key, "t", "s")
        sets = {
            name: "NULL"
            for names in self.target.uniques
            for name in names
            if self.target.named(name).nullable and name not in self.target.key
        }
        if sets and self.database.query(f"SELECT 1 FROM {self._q(self.moving)} LIMIT 1"):
            self.database.change(
                self.sql.update_from(self.target.table.name, self.moving, on, sets, "1 = 1")
            )

    # Samples of a plan

    def sample(self, fate: Fate, limit: int) -> list[tuple[Any, ...]]:
        """Staged rows of a fate: line and values."""
        names = self.sql.list([column.name for column in self.target.columns])
        return self.database.query(
            f"SELECT {self._line}, {names} FROM {self._q(self.rows)}"
            f" WHERE {self._q(FATE)} = {int(fate)} ORDER BY {self._line} LIMIT {limit}"
        )

    def sample_before(self, limit: int) -> list[tuple[Any, ...]]:
        """The table's values of the rows that `sample(DIFFERS)` shows."""
        names = self.sql.list([column.name for column in self.target.columns], "t")
        return self.database.query(
            f"SELECT r.{self._line}, {names} FROM {self._q(self.rows)} AS r"
            f" JOIN {self._q(self.target.table.name)} AS t"
            f" ON {self.sql.equal(self.target.key, 't', 'r')}"
            f" WHERE r.{self._q(FATE)} = {int(Fate.DIFFERS)} ORDER BY r.{self._line} LIMIT {limit}"
        )

    def sample_gone(self, limit: int) -> list[tuple[Any, ...]]:
        """Rows of the table that mirror deletes."""
        names = self.sql.list([column.name for column in self.target.columns], "t")
        return self.database.query(
            f"SELECT NULL, {names} FROM {self._q(self.target.table.name)} AS t"
            f" JOIN {self._q(self.gone)} AS g ON {self.sql.equal(self.target.key, 't', 'g')}"
            f" LIMIT {limit}"
        )

    # Names

    def _make(self, name: str, columns: Sequence[Column], key: Sequence[Column] = ()) -> None:
        self.database.stage(name, columns, key)
        self._made.append(name)

    def _q(self, name: str) -> str:
        return self.database.quote(name)

    @property
    def sql(self) -> Database:
        """The database as the one who knows how things are said."""
        return self.database

    @property
    def _line(self) -> str:
        return self._q(LINE)

    @property
    def rows(self) -> str:
        """The staging table of the file's rows."""
        return f"{STAGE_PREFIX}{self.run}"

    @property
    def faults(self) -> str:
        """Lines that the server's rules refuse."""
        return f"{STAGE_PREFIX}{self.run}_faults"

    @property
    def gone(self) -> str:
        """Keys that mirror deletes."""
        return f"{STAGE_PREFIX}{self.run}_gone"

    @property
    def kept(self) -> str:
        """Keys of rejected rows, which mirror does not delete."""
        return f"{STAGE_PREFIX}{self.run}_kept"

    @property
    def parents(self) -> str:
        """For a table that refers to itself: the keys that come in the same file."""
        return f"{STAGE_PREFIX}{self.run}_parents"

    @property
    def moving(self) -> str:
        """Keys of rows that give up a unique value."""
        return f"{STAGE_PREFIX}{self.run}_moving"


def _message(code: Code, winner: int | None) -> str:
    if code is Code.DUPLICATE_KEY:
        return f"the key is that of line {winner}, which won"
    if code is Code.DUPLICATE_UNIQUE:
        won = f"line {winner}, which won" if winner else "a row that the table has already"
        return f"the value is unique and is that of {won}"
    if code is Code.FOREIGN_KEY:
        return "refers to a row that is not there"
    if code is Code.NOT_NULL:
        return "a new row needs a value, and the file has no such column"
    return "refused by a CHECK constraint"
