"""One run's staging tables: the file's rows beside the table, and what is noted of them."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

from csvferry.databases.answers.rows import Count, rows_of, stream_of, value_of
from csvferry.databases.base import Database
from csvferry.errors import AccountError
from csvferry.model.mapping import Mode, Target
from csvferry.model.names import DEPTH, FATE, HOLDS, LINE, STAGE_PREFIX
from csvferry.model.schema import Column, Kind, Type

if TYPE_CHECKING:
    import duckdb

_CONSTANT = re.compile(
    r"\(*(null|true|false|[-+]?[\d.]+(e[-+]?\d+)?|[xb]?'(?:[^'\\]|''|\\.)*'|0x[0-9a-f]+"
    r"|current_timestamp(\(\d?\))?)\)*",
    re.IGNORECASE | re.DOTALL,
)
_NUMBER = Type(Kind.INTEGER, "BIGINT", bits=64)
_WORD = Type(Kind.TEXT, "VARCHAR(64)", length=64)
_ROW_LINE = Column("row_line", _NUMBER)
_WINNER = Column("winner", _NUMBER)
_FAULT = (_ROW_LINE, _WINNER, Column("code", _WORD), Column("label", _WORD))


class Fate(IntEnum):
    """What becomes of a staged row."""

    SAME = 0  # as the table has it
    NEW = 1
    DIFFERS = 2
    RETURNS = 3  # the table's row is marked as deleted, and is unmarked
    REJECTED = 4
    DUPLICATE = 5


CHANGING = f"({int(Fate.DIFFERS)}, {int(Fate.RETURNS)})"
ENTERING = f"({int(Fate.NEW)}, {int(Fate.DIFFERS)}, {int(Fate.RETURNS)})"


@dataclass
class Staging:
    """Temporary tables whose names begin with `csvferry_stage_`, made before the transaction.

    `written_by`: the first line of each run whose rows are staged, and the run. `loaded`: rows that
    were sent to them.
    """

    database: Database
    target: Target
    run: str
    written_by: Sequence[tuple[int, str]] = ()
    computed_defaults: dict[str, str] = field(default_factory=dict)  # SQL of what is no constant
    loaded: int = 0
    _made: list[str] = field(default_factory=list)

    def make(self) -> None:
        """Create the tables; DDL would commit a transaction."""
        target = self.target
        marks = (FATE, HOLDS, DEPTH)
        table = target.table.name
        self.database.loader.stage(self.rows, target.columns, target.key_columns, marks, table)
        self.made(self.rows)
        self._create(self.faults, _FAULT, (_ROW_LINE,))
        if target.uniques or target.indexes:
            marked = (_ROW_LINE, Column("number", _NUMBER))
            self._create(self.holders, (*marked, *target.key_columns), target.key_columns)
        for name in self._lists_of_keys():
            self._create(name, target.key_columns, target.key_columns)
        for number, key in enumerate(target.own_parents):
            parents = tuple(target.named(name) for name in key.parent_columns)
            self._create(self.parents(number), (_ROW_LINE, *parents), parents)
        if self.preset_columns:
            self._create(self.presets, self.preset_columns)
            self._preset()

    def _lists_of_keys(self) -> Iterator[str]:
        """Those that are needed: each takes the server some milliseconds."""
        yield self.gone
        if self.target.mode is Mode.MIRROR:
            yield from (self.lost, self.kept)
        if self.target.own_references:
            yield self.leaves
        if self.target.uniques:
            yield self.parked

    def _preset(self) -> None:
        """Fill `presets`; a default that is no constant may be another for each row."""
        defaults = self.database.catalog.defaults(self.target.table.name)
        presets, first = self.quote(self.presets), self.quote(self.preset_columns[0].name)
        self.database.execute(f"INSERT INTO {presets} ({first}) VALUES (NULL)")
        if run := self.target.marks.run:
            value = self.database.sql.literal(self.run)
            self.database.execute(f"UPDATE {presets} SET {self.quote(run.name)} = {value}")
        for name in (column.name for column in self.target.lacking):
            default = defaults.get(name)
            if default and _CONSTANT.fullmatch(default):
                self.database.execute(f"UPDATE {presets} SET {self.quote(name)} = {default}")
            elif default:
                self.computed_defaults[name] = default

    def load(
        self,
        name: str,
        columns: Sequence[Column],
        select: str,
        con: "duckdb.DuckDBPyConnection",
        rows: int,
    ) -> None:
        """Fill a staging table; every row must arrive, and none may be bent."""
        if not rows:
            return
        self.loaded += rows
        loaded = self.database.loader.load(name, columns, select, con)
        if loaded.warnings or loaded.rows != rows:
            raise AccountError(
                f"of {rows} rows {loaded.rows} reached staging, with warnings"
                f" {sorted(loaded.warnings)}",
                "nothing was changed; please report this with the table's definition",
            )

    def load_rows(self, con: "duckdb.DuckDBPyConnection", select: str, rows: int) -> None:
        """Load the rows of a DuckDB query: line, then the file's columns."""
        line = Column(LINE, _NUMBER, nullable=False)
        self.load(self.rows, (line, *self.target.columns), select, con, rows)

    def clear(self) -> None:
        """Drop what `make` made."""
        self.database.loader.drop_stages(self._made)

    def fates(self) -> Iterator[tuple[int, Fate]]:
        """Line and fate of each marked row, as a stream."""
        marked = f"FROM {self.quote(self.rows)} WHERE {self.fate} <> {int(Fate.SAME)}"
        rows = self.database.stream(f"SELECT {self.line}, {self.fate} {marked}")
        yield from stream_of(tuple[Count, Fate], rows)

    def refill(self, name: str, columns: Sequence[str], select: str) -> int:
        """Empty a staging table and fill columns of it from a query; its rows then."""
        self.database.execute(f"DELETE FROM {self.quote(name)}")
        return self.database.execute(
            f"INSERT INTO {self.quote(name)} ({self.database.sql.names(columns)}) {select}"
        )

    def slices(self, rows: str, alias: str, among: str = "") -> Iterator[str]:
        """SQL that begins with AND: lines of a staging table that one statement may write, in turn.

        `among`: of which of its rows; '' where one may write all.
        """
        most = self.database.sql.most_rows
        if most is None:
            yield ""
            return
        line = f"{alias}.{self.line}"
        ends = self.database.query(
            f"SELECT MIN({line}), MAX({line}) FROM {self.quote(rows)} AS {alias} WHERE 1 = 1{among}"
        )
        ((first, last),) = rows_of(tuple[Count | None, Count | None], ends)
        if first is not None and last is not None:
            for start in range(first, last + 1, most):
                yield f" AND {line} BETWEEN {start} AND {start + most - 1}"

    def find_leaves(self) -> int:
        """Rows to delete to which no other row of the table refers: children go before parents."""
        database, key = self.database, self.target.key
        table = self.quote(self.target.table.name)
        joins, free = "", ""
        for number, own in enumerate(self.target.own_references):
            child = f"c{number}"
            refers = " AND ".join(
                f"{child}.{database.sql.quote(ours)} = t.{database.sql.quote(theirs)}"
                for ours, theirs in zip(own.columns, own.parent_columns, strict=True)
            )
            joins += f" LEFT JOIN {table} AS {child} ON {refers}"
            if database.sql.deletes_own_parents:
                joins += f" AND NOT ({database.sql.equal(key, child, 't')})"
            free += f" AND {child}.{database.sql.quote(key[0])} IS NULL"
        return self.refill(
            self.leaves,
            key,
            f"SELECT {database.sql.names(key, 't')}"
            f" FROM {database.sql.quote(self.gone)} AS g"
            f" JOIN {table} AS t ON {self.same_key('g', 't')}{joins}"
            f" WHERE 1 = 1{free}",
        )

    def number(self, sql: str) -> int:
        """The number that a query gives; 0 for none."""
        return int(value_of(Count | None, self.database.query(sql)) or 0)

    def quote(self, name: str) -> str:
        """An identifier, quoted."""
        return self.database.sql.quote(name)

    def absent(self, name: str, alias: str, of: str) -> str:
        """SQL: a staging table has no row of the key that the row `of` has."""
        on = self.database.sql.equal(self.target.key, alias, of)
        return f"NOT EXISTS (SELECT 1 FROM {self.quote(name)} AS {alias} WHERE {on})"

    def load_faults(self, con: "duckdb.DuckDBPyConnection", select: str, rows: int) -> None:
        """Load faults that a DuckDB query has: line, winner, code, column."""
        self.load(self.faults, _FAULT, select, con, rows)

    def find_staying(self) -> int:
        """One row of the table that stays, among the leaves; its number, 0 or 1."""
        names = self.database.sql.names(self.target.key, "t")
        return self.refill(
            self.leaves,
            self.target.key,
            f"SELECT {names} FROM {self.quote(self.target.table.name)} AS t WHERE NOT EXISTS"
            f" (SELECT 1 FROM {self.quote(self.gone)} AS g WHERE {self.same_key('g', 't')})"
            " LIMIT 1",
        )

    def same_key(self, left: str, right: str) -> str:
        """SQL: two rows of the table have the same key; where a key may be NULL, NULL is like NULL.

        No row of the file has such a key, and mirror deletes those of the table.
        """
        parts = []
        for column in self.target.key_columns:
            name = self.quote(column.name)
            same = f"{left}.{name} = {right}.{name}"
            null = f" OR {left}.{name} IS NULL AND {right}.{name} IS NULL"
            parts.append(f"({same}{null})" if column.nullable else same)
        return " AND ".join(parts)

    def other_key(self, left: str, right: str) -> str:
        """SQL: two rows have different keys; one of them may have none."""
        return f"({self.database.sql.equal(self.target.key, left, right)}) IS NOT TRUE"

    def leave_gone(self, name: str, among: str = "") -> None:
        """Take the keys that mirror deletes out of a staging table, from its rows `t` `among` all.

        `among`: SQL that begins with AND.
        """
        if self.target.mode is Mode.MIRROR:
            on = self.same_key("t", "s") + among
            self.database.execute(self.database.sql.delete_from(name, self.gone, on))

    def repeated(self, rows: str, values: str) -> str:
        """SQL of line and value (the first line that has it) of rows whose values repeat."""
        alike = f"OVER (PARTITION BY {values})"
        return (
            f"SELECT {self.line}, value FROM (SELECT {self.line},"
            f" MIN({self.line}) {alike} AS value, COUNT(*) {alike} AS n FROM {rows}) AS c"
            " WHERE n > 1"
        )

    def run_sets(self, alias: str) -> dict[str, str]:
        """The run column, and SQL of the run that writes the staged row `alias`; of the first run
        where there is no such row."""
        if not (run := self.target.marks.run):
            return {}
        if not alias:
            return {run.name: self.database.sql.literal(self.run)}
        line = f"{alias}.{self.line}"
        return {run.name: _run_by_line(line, self.written_by, self.database.sql.literal)}

    def _create(self, name: str, columns: Sequence[Column], key: Sequence[Column] = ()) -> None:
        table = self.target.table.name if tuple(key) == self.target.key_columns else ""
        self.database.loader.stage(name, columns, key, table=table)
        self.made(name)

    def made(self, name: str) -> None:
        """Take a table into those that `clear` drops."""
        self._made.append(name)

    @property
    def line(self) -> str:
        """The column of a row's line, quoted."""
        return self.quote(LINE)

    @property
    def fate(self) -> str:
        """The column of a row's fate, quoted."""
        return self.quote(FATE)

    @property
    def same(self) -> str:
        """SQL: a row is as the table has it, as far as was judged."""
        return f"{self.fate} = {int(Fate.SAME)}"

    @property
    def rows(self) -> str:
        """The file's rows."""
        return f"{STAGE_PREFIX}{self.run}"

    @property
    def faults(self) -> str:
        """Lines that the server's rules refuse."""
        return f"{self.rows}_faults"

    @property
    def holders(self) -> str:
        """Lines whose value in a unique set another row of the table has, and that row's key."""
        return f"{self.rows}_holders"

    @property
    def gone(self) -> str:
        """Keys that mirror deletes."""
        return f"{self.rows}_gone"

    @property
    def lost(self) -> str:
        """Keys of rows that the file no longer has."""
        return f"{self.rows}_lost"

    @property
    def presets(self) -> str:
        """One row: what columns that the file lacks have in a new row."""
        return f"{self.rows}_presets"

    @property
    def preset_columns(self) -> tuple[Column, ...]:
        """The columns of `presets`: those with a default, and the marks."""
        return (*self.target.lacking, *self.target.marks.columns)

    @property
    def leaves(self) -> str:
        """Of the keys that mirror deletes those that no row of the table refers to."""
        return f"{self.rows}_leaves"

    @property
    def kept(self) -> str:
        """Keys of rejected rows, which mirror does not delete."""
        return f"{self.rows}_kept"

    @property
    def parked(self) -> str:
        """Of the rows that give up a unique value those whose value another row takes."""
        return f"{self.rows}_parked"

    def parents(self, number: int) -> str:
        """Rows of the same table that its own reference of that number may refer to.

        With their lines where they are new.
        """
        return f"{self.rows}_parents_{number}"


def _run_by_line(
    line: str, written_by: Sequence[tuple[int, str]], literal: Callable[[str], str]
) -> str:
    """SQL: the run whose file has a line, of which the first lines are known; halved as a tree."""
    if len(written_by) == 1:
        return literal(written_by[0][1])
    middle = len(written_by) // 2
    before, after = (
        _run_by_line(line, some, literal) for some in (written_by[:middle], written_by[middle:])
    )
    return f"CASE WHEN {line} < {written_by[middle][0]} THEN {before} ELSE {after} END"
