"""The rejects of a run: faults of the file come through a scratch file, others by SQL."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from csvferry.model.quoting import file, text
from csvferry.model.reject_codes import Code
from csvferry.scratch.relations import (
    WHOLE,
    FileRelations,
    Relation,
    batches,
    fetched,
    insert,
)
from csvferry.text.encoding import Origin
from csvferry.text.scanner import LIMIT, Fault

REJECTED = WHOLE.rejects
LOST_TO = WHOLE.lost_to
RECORDS = Relation("located", ("line", "byte_offset", "raw"))  # some rejected rows as they stand
_REFUSED = Relation("refused", ("line", "column", "code", "message", "winner"))
_LOCATED = 100_000  # rejected rows whose raw records are at hand
_PIECE = 16 << 20  # bytes


def make_tables(con: duckdb.DuckDBPyConnection, into: FileRelations = WHOLE) -> None:
    """Empty tables of rejects and of what they lost to."""
    con.execute(
        f"CREATE OR REPLACE TABLE {into.rejects} (line BIGINT, byte_offset BIGINT, "
        '"column" VARCHAR, code VARCHAR, message VARCHAR, raw BLOB)'
    )
    con.execute(f"CREATE OR REPLACE TABLE {into.lost_to} (line BIGINT, winner BIGINT)")


class Rejects:
    """Faults written to a scratch file as they come: tab-separated, names and bytes in hex."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        path: Path,
        names: tuple[str, ...] | None,
        origin: Origin,
        into: Relation,
    ) -> None:
        self._con, self._path, self._names, self._origin = con, path, names, origin
        self._into = into
        self._out = path.open("wb")
        self.count = 0

    def close(self) -> None:
        """Close it."""
        self._out.close()
        self._path.unlink(missing_ok=True)

    def add(self, fault: Fault) -> None:
        """Take a fault; its offset and bytes become those of the original file."""
        self.count += 1
        offset, raw = self._origin.of(fault.offset, fault.raw)
        raw = raw[:LIMIT]  # another encoding may have made it longer
        values = (fault.line, offset, self._name(fault.field), fault.code, fault.message)
        self._out.write("\t".join(map(str, values)).encode() + b"\t" + raw.hex().encode() + b"\n")
        if self._out.tell() >= _PIECE:
            self.hand_over()

    def _name(self, field: int | None) -> str:
        if self._names is None or field is None or field >= len(self._names):
            return ""
        return self._names[field].encode().hex()

    def hand_over(self) -> None:
        """Put what is written so far into the table."""
        self._out.flush()
        if self._out.tell():
            self._con.execute(f"INSERT INTO {self._into} {_select(self._path)}")
        self._out.seek(0)
        self._out.truncate()


def _select(path: Path) -> str:
    return (
        "SELECT line, byte_offset, decode(unhex(name)), code, message, unhex(raw) "
        f"FROM read_csv({file(path)}, auto_detect = false, header = false, delim = '\\t', "
        "quote = '', escape = '', nullstr = '', new_line = '\\n', "
        "columns = {line: 'BIGINT', byte_offset: 'BIGINT', name: 'VARCHAR', code: 'VARCHAR', "
        "message: 'VARCHAR', raw: 'VARCHAR'}, "
        "max_line_size = 4200000, buffer_size = 8400000, parallel = false)"
    )


@dataclass(frozen=True)
class RejectLog:
    """The entries of REJECTED: added, taken back, counted, and located in the file."""

    _con: duckdb.DuckDBPyConnection

    def forget_equals(self, *, keys: bool) -> None:
        """Take back what was set aside for equal unique columns, and `keys`: the server judges."""
        codes = [Code.DUPLICATE_UNIQUE, *([Code.DUPLICATE_KEY] if keys else [])]
        self._con.execute(f"DELETE FROM {REJECTED} WHERE code IN ({', '.join(map(text, codes))})")
        self._con.execute(f"DELETE FROM {LOST_TO} WHERE line NOT IN (SELECT line FROM {REJECTED})")

    @property
    def unrejected(self) -> str:
        """SQL: a row is not rejected."""
        if not self.entries():
            return "TRUE"
        return f"line NOT IN (SELECT line FROM {REJECTED} WHERE line IS NOT NULL)"

    def reject(self, select: str) -> None:
        """Entries of a query: line, column, code, message."""
        self._con.execute(f'INSERT INTO {REJECTED} (line, "column", code, message) {select}')

    def counts(self) -> tuple[int, int]:
        """How many rows are rejected, and how many are duplicates."""
        if not self.entries():
            return 0, 0
        duplicates = f"code IN ({text(Code.DUPLICATE_KEY)}, {text(Code.DUPLICATE_UNIQUE)})"
        return (
            self._number(f"SELECT count(DISTINCT line) FROM {REJECTED} WHERE NOT {duplicates}"),
            self._number(f"SELECT count(DISTINCT line) FROM {REJECTED} WHERE {duplicates}"),
        )

    def entries(self) -> int:
        """How many entries `rejects` has."""
        return self._number(f"SELECT count(*) FROM {REJECTED}")

    def add(self, refusals: Iterable[tuple[int, str | None, str, str, int | None]]) -> None:
        """Further entries: line, column, code, message, and the line that won over a duplicate."""
        columns = {
            "line": "BIGINT",
            '"column"': "VARCHAR",
            "code": "VARCHAR",
            "message": "VARCHAR",
            "winner": "BIGINT",
        }
        self._con.execute(
            f"CREATE OR REPLACE TABLE {_REFUSED} ({', '.join(map(' '.join, columns.items()))})"
        )
        insert(self._con, _REFUSED.name, columns, refusals)
        self.reject(f'SELECT line, "column", code, message FROM {_REFUSED}')
        self._con.execute(
            f"INSERT INTO {LOST_TO} SELECT line, winner FROM {_REFUSED}"
            " WHERE code LIKE 'duplicate%'"
        )

    def take_back(self) -> None:
        """Take the entries out that `add` put in the last time."""
        for table in (REJECTED, LOST_TO):
            self._con.execute(f"DELETE FROM {table} WHERE line IN (SELECT line FROM {_REFUSED})")

    def reject_instead(
        self, refusals: Iterable[tuple[int, str | None, str, str, int | None]]
    ) -> None:
        """Entries of rows that are there as duplicates, and are rejected instead."""
        self.add(refusals)
        duplicate = "code LIKE 'duplicate%'"
        self._con.execute(
            f"DELETE FROM {REJECTED} WHERE {duplicate}"
            f" AND line IN (SELECT line FROM {_REFUSED} WHERE NOT {duplicate})"
        )
        self._con.execute(f"DELETE FROM {LOST_TO} WHERE line IN (SELECT line FROM {_REFUSED})")

    def name_winners(self, *, first_wins: bool) -> None:
        """Say of equal keys who won, or what became of the row that stood for the key."""
        if not self.entries():
            return
        which = "first" if first_wins else "last"
        self._con.execute(
            f"UPDATE {REJECTED} SET message = told FROM ("
            "SELECT k.line, CASE WHEN w.line IS NULL"
            " THEN 'the key is that of line ' || k.winner || ', which won'"
            f" ELSE 'the {which} row of this key ' || CASE WHEN NOT w.duplicate"
            " THEN 'was rejected' WHEN u.winner IS NULL"
            " THEN 'lost to a row that the table has already'"
            " ELSE 'lost to line ' || u.winner || ', which won' END END AS told"
            f" FROM {LOST_TO} AS k LEFT JOIN"
            " (SELECT line, bool_and(code LIKE 'duplicate%') AS duplicate"
            f" FROM {REJECTED} GROUP BY line) AS w ON w.line = k.winner"
            f" LEFT JOIN {LOST_TO} AS u ON u.line = k.winner"
            f") AS n WHERE n.line = {REJECTED}.line AND code = {text(Code.DUPLICATE_KEY)}"
        )

    def unlocated(self) -> Iterator[int]:
        """Lines whose raw record is not known yet, in order."""
        select = f"SELECT DISTINCT line FROM {REJECTED} WHERE raw IS NULL ORDER BY line"
        return (int(line) for (line,) in fetched(self._con, select))

    def located(self, found: Iterable[tuple[int, int, bytes]]) -> Iterator[None]:
        """Some lines at a time with byte offset and raw record in the table RECORDS."""
        columns = {"line": "BIGINT", "byte_offset": "BIGINT", "raw": "BLOB"}
        declared = ", ".join(map(" ".join, columns.items()))
        for some in batches(found, _LOCATED, lambda row: len(row[2])):
            self._con.execute(f"CREATE OR REPLACE TABLE {RECORDS} ({declared})")
            insert(self._con, RECORDS.name, columns, some)
            yield

    def _number(self, sql: str) -> int:
        row = self._con.execute(sql).fetchone()
        return int(row[0]) if row else 0
