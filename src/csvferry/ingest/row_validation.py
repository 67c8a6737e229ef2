"""What can be told from the file alone: faulty fields, equal keys, and the rows that are left.

Works on the DuckDB tables `incoming` and `rejects` that `parse` makes. What only the server can
tell (a collation's equality, references, CHECK constraints) is left to `judge`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from csvferry import validation as validate
from csvferry.model.names import fold
from csvferry.model.quoting import text
from csvferry.model.reject_codes import Code
from csvferry.model.schema import Column
from csvferry.model.server import Server
from csvferry.scratch.relations import batches, fetched, insert, keep
from csvferry.text.columns.conversions import is_bad

if TYPE_CHECKING:
    import duckdb

_LOCATED = 100_000  # rejected rows whose raw records are at hand
_COLUMNS = 128  # looked at in one query: each has blocks in memory while it runs
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
class Sifter:
    """The file's fields, what identifies a row, and whose rules hold."""

    con: "duckdb.DuckDBPyConnection"
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    first_wins: bool  # of equal rows; else the last
    server: Server
    rows: str = "incoming"

    def set_faults_aside(self) -> None:
        """Put each faulty field of each row into `rejects`."""
        self.con.execute("CREATE OR REPLACE TABLE faulty_lines (line BIGINT)")
        for fields in batches(self.fields, _COLUMNS):
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
            self._reject(self._faults(fields))

    def shortened(self) -> tuple[str, ...]:
        """What to tell of numbers that may have lost digits, once faults were set aside."""
        told = []
        for field in self.fields if self._count("faulty") else ():
            if odd := validate.shortened(field.column, field.name):
                good = f"{odd} AND line NOT IN (SELECT line FROM rejects)"
                found = f"SELECT count(*), min(line) FROM faulty WHERE {good}"
                count, line = self.con.execute(found).fetchone() or (0, 0)
                told += [(field.column.name, count, line)] if count else []
        return tuple(
            f"{name}: {count} numbers, the first in line {line}, have an exponent: a spreadsheet"
            " may have cut off digits, which are zeros now"
            for name, count, line in told
        )

    def _faults(self, fields: Sequence[Field]) -> str:
        """The query of these fields' faults, in one look at the rows."""
        told: list[str] = []
        cases = []
        for field in fields:
            case = "CASE"
            for fault in self._all_faults(field):
                case += f" WHEN {fault.predicate} THEN {len(told)}"
                words = (field.column.name, fault.code, fault.message)
                told.append(f"({len(told)}, {', '.join(map(text, words))})")
            cases.append(f"{case} END" if case != "CASE" else "NULL")
        return (
            f"SELECT line, told, code, message"
            f" FROM (SELECT line, unnest([{', '.join(cases)}]) AS n FROM faulty)"
            f" JOIN (VALUES {', '.join(told)}) AS words(n, told, code, message) USING (n)"
            " ORDER BY line, n"
        )

    def set_equal_keys_aside(self) -> bool:
        """Of rows with equal keys keep the winner; False where only the server can tell."""
        if (losers := self._losers(self.key)) is None:
            return False
        if losers:
            self.con.execute(f"CREATE OR REPLACE TABLE equal_keys AS {losers}")
            message = "'the key is that of line ' || winner || ', which won'"
            self._reject(
                f"SELECT line, {text(self.key[0])}, {text(Code.DUPLICATE_KEY)}, {message}"
                " FROM equal_keys"
            )
            self.con.execute("INSERT INTO lost_to FROM equal_keys")
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

    def forget_equals(self, *, keys: bool) -> None:
        """Take back what was set aside for equal unique columns, and `keys`: the server judges."""
        codes = [Code.DUPLICATE_UNIQUE, *([Code.DUPLICATE_KEY] if keys else [])]
        self.con.execute(f"DELETE FROM rejects WHERE code IN ({', '.join(map(text, codes))})")
        self.con.execute("DELETE FROM lost_to WHERE line NOT IN (SELECT line FROM rejects)")

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
        within = f"placed WHERE place BETWEEN {first} AND {last}"
        return self._ready("", f"{within} AND {self._unrejected}")

    def places(self) -> tuple[int, int]:
        """The first and the last place there is."""
        row = self.con.execute("SELECT min(place), max(place) FROM placed").fetchone()
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
        return f"line IN (SELECT line FROM rejects) AND {sound}"

    def lost_keys(self, *, certain: bool) -> str:
        """The query of the keys in `lost` that no row which is looked at has.

        Where equal hashes are not for `certain` equal keys, the server spares staged ones.
        """
        values = ", ".join(
            validate.staged(self._field(name).column, f"k{number}")
            for number, name in enumerate(self.key)
        )
        there = "SELECT q FROM fresh SEMI JOIN changed USING (line) WHERE q IS NOT NULL"
        lost = f"lost WHERE q NOT IN ({there})" if certain else "lost"
        return f"SELECT DISTINCT {values} FROM {lost}"

    def unreadable_keys(self) -> int:
        """How many rejected rows have a key that can't be read."""
        keys = " OR ".join(self._faulty(self._field(name)) for name in self.key)
        return self._number(
            "SELECT (SELECT count(DISTINCT line) FROM rejects"
            " WHERE line NOT IN (SELECT line FROM incoming SEMI JOIN rejects USING (line)))"
            f" + (SELECT count(*) FROM faulty WHERE {keys})"
        )

    def count_ready(self) -> int:
        """How many rows are left."""
        return self._number(f"SELECT count(*) FROM {self.rows} WHERE {self._unrejected}")

    def count_rejected(self) -> tuple[int, int]:
        """Rejected rows and duplicate rows."""
        duplicates = f"code IN ({text(Code.DUPLICATE_KEY)}, {text(Code.DUPLICATE_UNIQUE)})"
        return (
            self._number(f"SELECT count(DISTINCT line) FROM rejects WHERE NOT {duplicates}"),
            self._number(f"SELECT count(DISTINCT line) FROM rejects WHERE {duplicates}"),
        )

    def count(self, select: str) -> int:
        """How many rows a query has."""
        return self._number(f"SELECT count(*) FROM ({select})")

    def entries(self) -> int:
        """How many entries `rejects` has."""
        return self._count("rejects")

    def add(self, refusals: Iterable[tuple[int, str | None, str, str, int | None]]) -> None:
        """Further entries: line, column, code, message, and the line that won over a duplicate."""
        columns = {
            "line": "BIGINT",
            '"column"': "VARCHAR",
            "code": "VARCHAR",
            "message": "VARCHAR",
            "winner": "BIGINT",
        }
        self.con.execute(
            f"CREATE OR REPLACE TABLE refused ({', '.join(map(' '.join, columns.items()))})"
        )
        insert(self.con, "refused", columns, refusals)
        self._reject('SELECT line, "column", code, message FROM refused')
        self.con.execute(
            "INSERT INTO lost_to SELECT line, winner FROM refused WHERE code LIKE 'duplicate%'"
        )

    def take_back(self) -> None:
        """Take the entries out that `add` put in the last time."""
        for table in ("rejects", "lost_to"):
            self.con.execute(f"DELETE FROM {table} WHERE line IN (SELECT line FROM refused)")

    def reject_instead(
        self, refusals: Iterable[tuple[int, str | None, str, str, int | None]]
    ) -> None:
        """Entries of rows that are there as duplicates, and are rejected instead."""
        self.add(refusals)
        duplicate = "code LIKE 'duplicate%'"
        self.con.execute(
            f"DELETE FROM rejects WHERE {duplicate}"
            f" AND line IN (SELECT line FROM refused WHERE NOT {duplicate})"
        )
        self.con.execute("DELETE FROM lost_to WHERE line IN (SELECT line FROM refused)")

    def lost_uniques(self) -> str:
        """The query, as `ready`, of rows that lost a unique value."""
        lost = f"SELECT line FROM rejects WHERE code = {text(Code.DUPLICATE_UNIQUE)}"
        return self._ready("line, ", f"{self.rows} WHERE line IN ({lost})")

    def name_winners(self) -> None:
        """Say of equal keys who won, or what became of the row that stood for the key."""
        which = "first" if self.first_wins else "last"
        self.con.execute(
            "UPDATE rejects SET message = told FROM ("
            "SELECT k.line, CASE WHEN w.line IS NULL"
            " THEN 'the key is that of line ' || k.winner || ', which won'"
            f" ELSE 'the {which} row of this key ' || CASE WHEN NOT w.duplicate"
            " THEN 'was rejected' WHEN u.winner IS NULL"
            " THEN 'lost to a row that the table has already'"
            " ELSE 'lost to line ' || u.winner || ', which won' END END AS told"
            " FROM lost_to AS k LEFT JOIN"
            " (SELECT line, bool_and(code LIKE 'duplicate%') AS duplicate"
            " FROM rejects GROUP BY line) AS w ON w.line = k.winner"
            " LEFT JOIN lost_to AS u ON u.line = k.winner"
            f") AS n WHERE n.line = rejects.line AND code = {text(Code.DUPLICATE_KEY)}"
        )

    def unlocated(self) -> Iterator[int]:
        """Lines whose raw record is not known yet, in order."""
        select = "SELECT DISTINCT line FROM rejects WHERE raw IS NULL ORDER BY line"
        return (int(line) for (line,) in fetched(self.con, select))

    def located(self, found: Iterable[tuple[int, int, bytes]]) -> Iterator[None]:
        """Some lines at a time with byte offset and raw record in the table `located`."""
        columns = {"line": "BIGINT", "byte_offset": "BIGINT", "raw": "BLOB"}
        declared = ", ".join(map(" ".join, columns.items()))
        for some in batches(found, _LOCATED, lambda row: len(row[2])):
            self.con.execute(f"CREATE OR REPLACE TABLE located ({declared})")
            insert(self.con, "located", columns, some)
            yield

    @property
    def _unrejected(self) -> str:
        if not self.entries():
            return "TRUE"
        return "line NOT IN (SELECT line FROM rejects WHERE line IS NOT NULL)"

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
        field = self._field(names[0])
        number = field.column.type.number
        if len(names) != 1 or not number:
            return False
        found = self.con.execute(
            "SELECT count(k) = count(*) AND coalesce(bool_and(k > before), TRUE)"
            " FROM (SELECT k, lag(k) OVER () AS before"
            f" FROM (SELECT TRY_CAST({field.name} AS {number}) AS k FROM {self.rows}"
            f" WHERE {self._unrejected} AND {field.name} IS NOT NULL))"
        ).fetchone()
        return bool(found and found[0])

    def _repeats(self, rows: str, names: str) -> bool:
        # One column counts faster by itself than as a row of one.
        distinct = f"({names})" if "," in names else names
        return bool(self._number(f"SELECT count(*) - count(DISTINCT {distinct}) FROM {rows}"))

    def _reject(self, select: str) -> None:
        self.con.execute(f'INSERT INTO rejects (line, "column", code, message) {select}')

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
