"""Fingerprints of the rows that were applied last: no values, a short cut and never the truth.

`rows` holds for each row, in the file's order, `h`, the MD5 (128 bits) of the feed's seal and the
row's fields, and `q`, 64 bits of that of seal and key; a row that was not applied has neither. A
feed in mode mirror has `keys` beside it, row by row, sealed, so that rows can be deleted. `patch`
and `patch_keys` are the same for what came since. `blocks` says which rows stood together.

The seal is in the ledger alone: who has the fingerprints can neither read nor guess a value.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from csvferry import seal
from csvferry.schema import Kind
from csvferry.sift import Field

if TYPE_CHECKING:
    import duckdb

_APPLIED = "line NOT IN (SELECT line FROM rejects WHERE line IS NOT NULL)"


@dataclass(frozen=True)
class Fingerprints:
    """How rows of one feed are known again, in DuckDB's words."""

    con: "duckdb.DuckDBPyConnection"
    seal: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    coarse: tuple[str, ...]  # SQL of the key's values, equal where the server's are
    certain: bool  # and only there; NULL is no key then
    mirror: bool

    @property
    def shape(self) -> dict[str, Any]:
        """What fingerprints must have been made of to be comparable."""
        return {
            "columns": sorted(field.column.name.casefold() for field in self.fields),
            "key": [name.casefold() for name in self.key],
            "mirror": self.mirror,
        }

    @property
    def row_hash(self) -> str:
        """No field has a NUL character in it, so that NUL can part fields and stand for NULL."""
        fields = sorted(self.fields, key=lambda field: field.column.name.casefold())
        row = ", ".join(f"coalesce({field.name}, chr(0))" for field in fields)
        # One call, not a chain of ||, each of whose results would be kept for a moment.
        return f"md5_number(concat_ws(chr(0), '{self.seal}', {row}))::UUID"

    def hashed(self, rows: str) -> str:
        """The query of line, h and q of the rows of a table like `incoming`."""
        return f"SELECT line, {self.row_hash} AS h, {self.key_hash} AS q FROM {rows}"

    @property
    def key_hash(self) -> str:
        """NULL where it is not known which keys are equal to the row's."""
        key = " || chr(0) || ".join(f"{value}::VARCHAR" for value in self.key_values)
        whole = f"md5_number('{self.seal}' || chr(0) || 'key' || chr(0) || {key})"
        return f"({whole} & 18446744073709551615)::UBIGINT"

    @property
    def key_values(self) -> list[str]:
        """SQL of a key's values, equal where the server's are, though perhaps not only there.

        A number where it is one: a cast may take two keys for one ('7.5' for 8).
        """
        (first, *more) = (self._field(name) for name in self.key)
        if not more and first.column.type.kind is Kind.INTEGER:
            return [f"TRY_CAST({first.name} AS HUGEINT)"]
        return [f"TRY({value})" for value in self.coarse]

    @property
    def keys(self) -> str:
        """SQL of the key's fields in `incoming` as `, k0, k1, ...`: what mirror must know."""
        names = enumerate(self.key_fields if self.mirror else ())
        return "".join(f", {name} AS k{number}" for number, name in names)

    @property
    def key_fields(self) -> list[str]:
        """The names of the key's fields in `incoming`."""
        return [self._field(name).name for name in self.key]

    def _field(self, name: str) -> Field:
        return next(f for f in self.fields if f.column.name.casefold() == name.casefold())

    def _applied(self, row_hash: str, key_hash: str) -> str:
        """h and q of a row of `incoming`; NULL where it was not applied."""
        if not self.number("SELECT count(*) FROM rejects"):
            return f"{row_hash} AS h, {key_hash} AS q"
        return (
            f"CASE WHEN {_APPLIED} THEN {row_hash} END AS h,"
            f" CASE WHEN {_APPLIED} THEN {key_hash} END AS q"
        )

    def keep_standins(self) -> None:
        """`extra`: stand-ins for rows whose keys mirror kept: no row of a file has their hash."""
        kept = self.mirror and self.number("SELECT count(*) FROM rejects")
        where = f"NOT ({_APPLIED})" if kept else "FALSE"
        self.con.execute(
            f"CREATE OR REPLACE TABLE extra AS SELECT * FROM (SELECT uuid() AS h,"
            f" {self.key_hash} AS q{self.keys} FROM incoming WHERE {where}) WHERE q IS NOT NULL"
        )

    def keep_stays(self, *, deleted: bool) -> None:
        """`extra`: rows that the file lost and the table still has, to be deleted another time."""
        of_rejected = f"q IN (SELECT {self.key_hash} FROM changed WHERE NOT ({_APPLIED}))"
        of_applied = f"q IN (SELECT {self.key_hash} FROM changed WHERE {_APPLIED})"
        where = "FALSE" if not self.mirror else of_rejected if deleted else f"NOT ({of_applied})"
        self.con.execute(f"CREATE OR REPLACE TABLE extra AS SELECT * FROM lost WHERE {where}")

    def write_base(self, run: str, folder: Path) -> dict[str, Path]:
        """The parts of a version that was read as a whole; `extra` becomes its patch."""
        files = self._write(
            "rows",
            f"SELECT {self._applied(self.row_hash, self.key_hash)} FROM incoming",
            run,
            folder,
        )
        if self.mirror:
            files |= self._write_keys("keys", f"SELECT {self.keys[2:]} FROM incoming", run, folder)
        return files | self._write_patch("SELECT 2 AS o, 0 AS n, * FROM extra", run, folder)

    def write_patch(self, before: str, run: str, folder: Path) -> dict[str, Path]:
        """What was in the patch `before` (a query of n, h, q, k0, ...), `incoming` and `extra`."""
        rows = [
            f"SELECT 1 AS o, line AS n, {self._applied('h', 'q')}{self.keys}"
            " FROM incoming JOIN fresh USING (line)",
            "SELECT 2 AS o, 0 AS n, * FROM extra",
        ]
        if before:
            rows.insert(0, f"SELECT 0 AS o, * FROM ({before})")
        return self._write_patch(" UNION ALL ".join(rows), run, folder)

    def _write_patch(self, rows: str, run: str, folder: Path) -> dict[str, Path]:
        self.con.execute(f"CREATE OR REPLACE TABLE patched AS {rows} ORDER BY o, n")
        if not self.number("SELECT count(*) FROM patched"):
            return {}
        files = self._write("patch", "SELECT h, q FROM patched", run, folder)
        if self.mirror:
            keys = "SELECT * EXCLUDE (o, n, h, q) FROM patched"
            files |= self._write_keys("patch_keys", keys, run, folder)
        return files

    def _write_keys(self, part: str, select: str, run: str, folder: Path) -> dict[str, Path]:
        (plain,) = self._write(part, select, run, folder, "zstd").values()
        hidden = plain.with_suffix(".sealed")
        seal.sealed(plain, hidden, self.seal, hidden.name)
        plain.unlink()
        return {part: hidden}

    def _write(
        self, part: str, select: str, run: str, folder: Path, compression: str = "uncompressed"
    ) -> dict[str, Path]:
        path = folder / f"{run}-{part}.parquet"
        self.con.execute(
            f"COPY ({select}) TO {text(str(path))} (FORMAT parquet, COMPRESSION {compression})"
        )
        return {part: path}

    def number(self, sql: str) -> int:
        """The number that a query gives; 0 for none."""
        row = self.con.execute(sql).fetchone()
        return int(row[0]) if row else 0


def text(value: str) -> str:
    """A literal of SQL."""
    return "'" + value.replace("'", "''") + "'"
