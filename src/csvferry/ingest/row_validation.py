"""What can be told from the file alone: faulty fields, equal keys, and the rows that are left.

Works on the DuckDB tables `incoming` and `rejects` that `parse` makes. What only the server can
tell (a collation's equality, references, CHECK constraints) is left to `judge`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from csvferry import validation as validate
from csvferry.ingest.parquet_parts import RowCheck
from csvferry.ingest.reject_writer import LOST_TO, REJECTED, RejectLog
from csvferry.model.names import fold
from csvferry.model.quoting import text
from csvferry.model.reject_codes import Code
from csvferry.model.schema import Column
from csvferry.model.server import Server
from csvferry.scratch.relations import CHECKED, INCOMING, PLACED, batches, keep
from csvferry.text.columns.conversions import is_bad

if TYPE_CHECKING:
    import duckdb

_COLUMNS = 128  # looked at in one query: each has blocks in memory while it runs
_CHECKED = _COLUMNS // 2  # looked at, and hashed, in one query
_Value = Callable[[Column, str, Server], str | None]


@dataclass(frozen=True)
class Field:
    """A column of the table and where its field stands in `incoming`.

    `form`: why a field that is `BAD` is so, where its column has a declared form.
    """

    column: Column
    name: str
    form: str = ""


@dataclass(frozen=True)
class RowValidator:
    """The file's fields, what identifies a row, and whose rules hold.

    `checked`: each row was found plain while it was read, as `check` asks.
    """

    con: "duckdb.DuckDBPyConnection"
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    first_wins: bool  # of equal rows; else the last
    server: Server
    rows: str = INCOMING.name
    checked: bool = False

    def check(self) -> RowCheck | None:
        """What to ask of each row while it is read, so that nothing else is asked of its fields.

        None where no row could be sent as it stands, or memory holds no expression of all fields.
        """
        if len(self.fields) > _CHECKED:
            return None
        asked = [
            None if field.form else validate.as_it_stands(field.column, field.name, self.server)
            for field in self.fields
        ]
        plain = [sql for sql in asked if sql is not None]
        if len(plain) < len(asked):
            return None
        number = self._number_of(self.key)
        return RowCheck(" AND ".join(plain), (f"{number} AS k",) if number else ())

    def set_faults_aside(self) -> None:
        """Put each faulty field of each row into `rejects`."""
        self.con.execute("CREATE OR REPLACE TABLE faulty_lines (line BIGINT)")
        for fields in () if self.checked else batches(self.fields, _COLUMNS):
            anything = " OR ".join(self._faulty(field) for field in fields)
            self.con.execute(
                f"INSERT INTO faulty_lines SELECT line FROM {self.rows} WHERE {anything}"
            )
        found = (
            "line IN (SELECT line FROM faulty_lines)" if self._count("faulty_lines") else "FALSE"
        )
        keep(self.con, "faulty", f"SELECT * FROM {self.rows} WHERE {found}")
        if not self._count("faulty"):
            return
        for fields in batches(self.fields, _COLUMNS):
            self.log.reject(self._faults(fields))

    def shortened(self) -> tuple[str, ...]:
        """What to tell of numbers that may have lost digits, once faults were set aside."""
        label = []
        for field in self.fields if self._count("faulty") else ():
            if odd := validate.shortened(field.column, field.name):
                good = f"{odd} AND line NOT IN (SELECT line FROM {REJECTED})"
                found = f"SELECT count(*), min(line) FROM faulty WHERE {good}"
                count, line = self.con.execute(found).fetchone() or (0, 0)
                label += [(field.column.name, count, line)] if count else []
        return tuple(
            f"{name}: {count} numbers, the first in line {line}, have an exponent: a spreadsheet"
            " may have cut off digits, which are zeros now"
            for name, count, line in label
        )

    def _faults(self, fields: Sequence[Field]) -> str:
        """The query of these fields' faults, in one look at the rows."""
        label: list[str] = []
        cases = []
        for field in fields:
            case = "CASE"
            for fault in self._all_faults(field):
                case += f" WHEN {fault.predicate} THEN {len(label)}"
                words = (field.column.name, fault.code, fault.message)
                label.append(f"({len(label)}, {', '.join(map(text, words))})")
            cases.append(f"{case} END" if case != "CASE" else "NULL")
        return (
            f"SELECT line, label, code, message"
            f" FROM (SELECT line, unnest([{', '.join(cases)}]) AS n FROM faulty)"
            f" JOIN (VALUES {', '.join(label)}) AS words(n, label, code, message) USING (n)"
            " ORDER BY line, n"
        )

    def set_equal_keys_aside(self) -> bool:
        """Of rows with equal keys keep the winner; False where only the server can tell."""
        if (losers := self._losers(self.key)) is None:
            return False
        if losers:
            self.con.execute(f"CREATE OR REPLACE TABLE equal_keys AS {losers}")
            message = "'the key is that of line ' || winner || ', which won'"
            self.log.reject(
                f"SELECT line, {text(self.key[0])}, {text(Code.DUPLICATE_KEY)}, {message}"
                " FROM equal_keys"
            )
            self.con.execute(f"INSERT INTO {LOST_TO} FROM equal_keys")
        return True

    def claims(self, names: Sequence[str]) -> str | None:
        """The query of line and value (a number for it) of rows whose values repeat in the file.

        "" where none does, None where only the server can tell.
        """
        values = self.exact(names)
        if values is None:
            return None
        if not self._repeat(names, values):
            return ""
        rows, columns = self._valued(names, values)
        return (
            f"SELECT line, min(line) OVER alike AS value FROM {rows}"
            f" WINDOW alike AS (PARTITION BY {columns}) QUALIFY count(*) OVER alike > 1"
        )

    def suspects(self, sets: Iterable[Sequence[str]]) -> str | None:
        """The query, as `ready`, of rows that may be equal to others in one of the sets of columns.

        None where that is not known of each row.
        """
        self.con.execute("CREATE OR REPLACE TABLE suspected (line BIGINT)")
        for names in sets:
            if (values := self.coarse(names)) is None:
                return None
            given = " AND ".join(f"{self._field(name).name} IS NOT NULL" for name in names)
            known = " AND ".join(f"({value}) IS NOT NULL" for value in values)
            self.con.execute(
                "CREATE OR REPLACE TABLE alike AS"
                f" SELECT line, CASE WHEN {known} THEN hash({', '.join(values)}) END AS h"
                f" FROM {self.rows} WHERE {self._unrejected} AND {given}"
            )
            if self._number("SELECT count(*) FROM alike WHERE h IS NULL"):
                return None
            self.con.execute(
                "INSERT INTO suspected SELECT line FROM alike"
                " WHERE h IN (SELECT h FROM alike GROUP BY h HAVING count(*) > 1)"
            )
        return self._ready(
            "line, ", f"{self.rows} WHERE {self._unrejected} AND line IN (FROM suspected)"
        )

    def _losers(self, names: Sequence[str]) -> str | None:
        """The query of rows whose values an earlier or later row has, and that row's line.

        "" where no two are equal, None where only the server can tell.
        """
        values = self.exact(names)
        if values is None:
            return None
        if not self._repeat(names, values):
            return ""
        rows, columns = self._valued(names, values)
        order = "line" if self.first_wins else "line DESC"
        winner = f"first_value(line) OVER (PARTITION BY {columns} ORDER BY {order})"
        return (
            f"SELECT line, winner FROM (SELECT line, {winner} AS winner FROM {rows})"
            " WHERE line <> winner"
        )

    def _valued(self, names: Sequence[str], values: Sequence[str]) -> tuple[str, str]:
        """The query of line and values, and the values' names in it."""
        given = " AND ".join(f"{self._field(name).name} IS NOT NULL" for name in names)
        rows = (
            f"(SELECT line, {_aliased(values)} FROM {self.rows}"
            f" WHERE {self._unrejected} AND {given})"
        )
        return rows, ", ".join(f"k{number}" for number in range(len(values)))

    def _repeat(self, names: Sequence[str], values: Sequence[str]) -> bool:
        return not self._rises(names) and self._repeats(*self._valued(names, values))

    def exact(self, names: Sequence[str]) -> list[str] | None:
        """SQL of the columns' values whose equality is the server's own, or None."""
        return self._values(names, validate.exact_key)

    def coarse(self, names: Sequence[str]) -> list[str] | None:
        """SQL of values that are equal where the server's are, NULL where that is not known."""
        return self._values(names, validate.coarse_key)

    def _values(self, names: Sequence[str], sql: "_Value") -> list[str] | None:
        fields = (self._field(name) for name in names)
        found = [sql(field.column, field.name, self.server) for field in fields]
        values = [value for value in found if value is not None]
        return values if len(values) == len(found) else None

    def ready(self, *, line: bool = True) -> str:
        """The query of the rows that are left, as the server is to be given them."""
        return self._ready("line, " if line else "", f"{self.rows} WHERE {self._unrejected}")

    def ready_within(self, first: int, last: int) -> str:
        """The same of the places from `first` to `last`, without line numbers."""
        within = f"{PLACED} WHERE place BETWEEN {first} AND {last}"
        return self._ready("", f"{within} AND {self._unrejected}")

    def places(self) -> tuple[int, int]:
        """The first and the last place there is."""
        place, rows = ("line", CHECKED) if self.checked else ("place", PLACED)
        row = self.con.execute(f"SELECT min({place}), max({place}) FROM {rows}").fetchone()
        return (int(row[0]), int(row[1])) if row and row[0] is not None else (1, 0)

    def _ready(self, before: str, rows: str) -> str:
        select = _staged_list if len(self.fields) > _COLUMNS else _staged
        return select(before, self.fields, rows)

    def rejected_keys(self) -> str:
        """The query of the keys of rejected rows whose key can be read."""
        keys = [self._field(name) for name in self.key]
        values = ", ".join(validate.staged(field.column, field.name) for field in keys)
        return f"SELECT DISTINCT {values} FROM {self.rows} WHERE {self.rejected_with_key}"

    @property
    def rejected_with_key(self) -> str:
        """SQL: a row is rejected, and its key can be read."""
        sound = " AND ".join(f"NOT ({self._faulty(self._field(name))})" for name in self.key)
        return f"line IN (SELECT line FROM {REJECTED}) AND {sound}"

    def lost_keys(self, lost: str) -> str:
        """The query of the keys in `lost`, SQL of rows of k0, k1, ..."""
        values = ", ".join(
            validate.staged(self._field(name).column, f"k{number}")
            for number, name in enumerate(self.key)
        )
        return f"SELECT DISTINCT {values} FROM {lost}"

    def unreadable_keys(self) -> int:
        """How many rejected rows have a key that can't be read."""
        keys = " OR ".join(self._faulty(self._field(name)) for name in self.key)
        return self._number(
            f"SELECT (SELECT count(DISTINCT line) FROM {REJECTED}"
            f" WHERE line NOT IN (SELECT line FROM {INCOMING} SEMI JOIN {REJECTED} USING (line)))"
            f" + (SELECT count(*) FROM faulty WHERE {keys})"
        )

    def count_ready(self) -> int:
        """How many rows are left."""
        rows = CHECKED if self.checked else self.rows
        return self._number(f"SELECT count(*) FROM {rows} WHERE {self._unrejected}")

    def count(self, select: str) -> int:
        """How many rows a query has."""
        return self._number(f"SELECT count(*) FROM ({select})")

    @property
    def log(self) -> RejectLog:
        """The rejects."""
        return RejectLog(self.con)

    @property
    def _unrejected(self) -> str:
        return self.log.unrejected

    def lost_uniques(self) -> str:
        """The query, as `ready`, of rows that lost a unique value."""
        lost = f"SELECT line FROM {REJECTED} WHERE code = {text(Code.DUPLICATE_UNIQUE)}"
        return self._ready("line, ", f"{self.rows} WHERE line IN ({lost})")

    def _all_faults(self, field: Field) -> tuple[validate.Fault, ...]:
        faults = validate.faults(field.column, field.name, self.server)
        if not field.form:
            return faults
        bad = is_bad(field.name)  # comes first: what is not of its form is of no other use
        return (validate.Fault(Code.BAD_VALUE, bad, field.form), *faults)

    def _faulty(self, field: Field) -> str:
        also = validate.shortened(field.column, field.name) or "FALSE"
        faulty = validate.faulty(field.column, field.name, self.server, also)
        return f"({is_bad(field.name)} OR {faulty})" if field.form else faulty

    def _field(self, name: str) -> Field:
        return next(f for f in self.fields if fold(f.column.name) == fold(name))

    def _rises(self, names: Sequence[str]) -> bool:
        """Whether each number is above the one before, so that none repeats: quicker to see."""
        if not (number := self._number_of(names)):
            return False
        name = self._field(names[0]).name
        keys = (
            f"SELECT {number} AS k FROM {self.rows} WHERE {self._unrejected} AND {name} IS NOT NULL"
        )
        if self.checked and tuple(names) == self.key:
            keys = f"SELECT k FROM {CHECKED} WHERE {self._unrejected} AND k IS NOT NULL"
        found = self.con.execute(
            "SELECT count(k) = count(*) AND coalesce(bool_and(k > before), TRUE)"
            f" FROM (SELECT k, lag(k) OVER () AS before FROM ({keys}))"
        ).fetchone()
        return bool(found and found[0])

    def _number_of(self, names: Sequence[str]) -> str:
        """SQL of the columns' value where they are one number, else ""."""
        field = self._field(names[0])
        number = field.column.type.number
        return f"TRY_CAST({field.name} AS {number})" if len(names) == 1 and number else ""

    def _repeats(self, rows: str, names: str) -> bool:
        # One column counts faster by itself than as a row of one.
        distinct = f"({names})" if "," in names else names
        return bool(self._number(f"SELECT count(*) - count(DISTINCT {distinct}) FROM {rows}"))

    def _count(self, table: str) -> int:
        return self._number(f"SELECT count(*) FROM {table}")

    def _number(self, sql: str) -> int:
        row = self.con.execute(sql).fetchone()
        return int(row[0]) if row else 0


def _staged(before: str, fields: Sequence[Field], rows: str) -> str:
    values = ", ".join(validate.staged(field.column, field.name) for field in fields)
    return f"SELECT {before}{values} FROM {rows}"


def _staged_list(before: str, fields: Sequence[Field], rows: str) -> str:
    """As `_staged`: fields of one spelling go through its expression as a list.

    Each part of an expression takes memory for 2,048 values: a thousand columns' would take most
    of what there is.
    """
    lists: dict[str, list[str]] = {}
    values = []
    for field in fields:
        alike = lists.setdefault(validate.staged(field.column, "f"), [])
        alike.append(field.name)
        number = list(lists.values()).index(alike)
        values.append(f"l{number}[{len(alike)}]")
    spelt = ", ".join(
        f"list_transform([{', '.join(names)}], lambda f: {spelling}) AS l{number}"
        for number, (spelling, names) in enumerate(lists.items())
    )
    return f"SELECT {before}{', '.join(values)} FROM (SELECT line, {spelt} FROM {rows})"


def _aliased(values: Sequence[str]) -> str:
    return ", ".join(f"{value} AS k{number}" for number, value in enumerate(values))
