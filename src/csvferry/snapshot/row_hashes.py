"""Fingerprints of the rows that were applied last: no values, a short cut and never the truth.

`rows` holds for each row, in the file's order, `h`, the MD5 (128 bits) of a secret and the row's
fields, and `q`, 64 bits of that of seal and key; a row that was not applied has neither. `keys`
lies beside it, row by row, sealed: of a key that is one whole number it is `q`, the number itself;
of others it is what mode mirror needs to delete rows. `patch` and `patch_keys` are the same for
what came since. `chunks` says which rows stood together.

The seal is in the ledger alone: who has the fingerprints can neither read nor guess a value.
"""

import hashlib
from base64 import b64encode
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from csvferry.ingest.reject_writer import REJECTED
from csvferry.ingest.row_validation import Field
from csvferry.model.names import fold
from csvferry.model.quoting import text
from csvferry.model.reject_codes import Code
from csvferry.model.schema import Column
from csvferry.scratch.relations import CHECKED, INCOMING, Relation
from csvferry.snapshot import crypto as seal

if TYPE_CHECKING:
    import duckdb

# What is told of rows whose key is a value of its column.
_TOLD_OF_GOOD_KEYS = (Code.DUPLICATE_KEY, Code.DUPLICATE_UNIQUE, Code.FOREIGN_KEY)
FRESH = Relation("fresh", ("line", "h", "q"))  # hashes of the rows that were read
CHANGED = Relation("changed", ("line",))  # of `incoming` those rows that may differ
LOST_ROWS = Relation("lost", ("h", "q"))  # rows that the file lost; k0, k1, ...
EXTRA = Relation("extra", ("h", "q"))  # keys that the next run has to look at; k0, k1, ...
_APPLIED = f"line NOT IN (SELECT line FROM {REJECTED} WHERE line IS NOT NULL)"


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
    values: str = ""  # a digest of what fields become in reading

    @property
    def shape(self) -> dict[str, Any]:
        """What fingerprints must have been made of to be comparable."""
        return {
            "columns": sorted(fold(field.column.name) for field in self.fields),
            "key": [_identity(column) for column in self._key_columns],
            "mirror": self.mirror,
            "number": self.number_type,
            "values": self.values,
            "zones": sorted({repr(field.column.type.zones) for field in self.fields}),
            "ordered": True,  # those of 0.2.0 and before may have rows out of their order
        }

    @property
    def row_hash(self) -> str:
        """No field has a NUL character in it, so that NUL can part fields.

        Two of them, with nothing between, are before what stands for NULL and for empty text.
        """
        fields = sorted(self.fields, key=lambda field: fold(field.column.name))
        row = ", ".join(_parted(field.name) for field in fields)
        # One call, not a chain of ||, each of whose results would be kept for a moment.
        return f"md5_number(concat_ws(chr(0), {text(self._secret)}, {row}))::UUID"

    @property
    def _secret(self) -> str:
        """72 bits of the seal in 12 characters: with them most rows fit one block of MD5 (55)."""
        return b64encode(hashlib.sha256(f"{self.seal}row".encode()).digest()[:9]).decode()

    @property
    def hashes(self) -> str:
        """SQL of h and q of a row of `incoming`."""
        return f"{self.row_hash} AS h, {self.key_hash} AS q"

    @property
    def number_type(self) -> str:
        """DuckDB's type of a key that is one whole number; "" of other keys."""
        (first, *more) = (self._field(name).column.type.number for name in self.key)
        return "" if more else first

    @property
    def key_hash(self) -> str:
        """NULL where it is not known which keys are equal to the row's; a number is its own.

        Of values that are equal where the server's are, though perhaps not only there.
        """
        if self.number_type == "BIGINT":
            return f"TRY_CAST({self.key_fields[0]} AS BIGINT)"
        if self.number_type:  # DuckDB takes -0.0 for a whole number, but for none without a sign
            return f"TRY_CAST(TRY_CAST({self.key_fields[0]} AS HUGEINT) AS {self.number_type})"
        key = " || chr(0) || ".join(f"TRY({value})::VARCHAR" for value in self.coarse)
        whole = f"md5_number({text(self.seal)} || chr(0) || 'key' || chr(0) || {key})"
        return f"({whole} & 18446744073709551615)::UBIGINT"

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
        return next(f for f in self.fields if fold(f.column.name) == fold(name))

    @property
    def _in_rows(self) -> str:
        return "h" if self.number_type else "h, q"

    @property
    def _in_keys(self) -> str:
        """The columns of `keys`; "" where there is none."""
        return "q" if self.number_type else ", ".join(self._sealed)

    @property
    def _sealed(self) -> list[str]:
        """What mirror must know of a key that its hash does not tell."""
        kept = self.key if self.mirror and not self.number_type else ()
        return [f"k{number}" for number, _ in enumerate(kept)]

    def hashes_of(self, rows: str, keys: str) -> str:
        """The query of n and q of what was applied, from those of the parts `rows` and `keys`."""
        return keys if self.number_type else f"SELECT n, q FROM ({rows}) WHERE h IS NOT NULL"

    def keys_of(self, keys: str) -> str:
        """The query of n and what mirror must know, k0, k1, ..., from that of the part `keys`."""
        return f"SELECT n, q::VARCHAR AS k0 FROM ({keys})" if self.number_type else keys

    def rows_of(self, rows: str, keys: str) -> str:
        """The query of n, h, q and what is sealed, of all rows of the parts `rows` and `keys`.

        Also of those that were not applied: each row keeps its place.
        """
        also = f" JOIN ({keys}) USING (n)" if self._in_keys else ""
        return f"SELECT {', '.join(('n', 'h', 'q', *self._sealed))} FROM ({rows}){also}"

    def _applied(self, row_hash: str, key_hash: str) -> str:
        """h and q of a row of `incoming`; NULL where it was not applied.

        Rows stay in their order, by which the parts belong together: DuckDB keeps it through all
        but a join, so rejected lines are asked of a string of bits.
        """
        last = self.number(f"SELECT coalesce(max(line), 0) FROM {REJECTED}")
        if not last:
            return f"{row_hash} AS h, {key_hash} AS q"
        lines = f"SELECT bitstring_agg(line, 0, {last + 1}) FROM {REJECTED} WHERE line IS NOT NULL"
        self.con.execute(f"SET VARIABLE rejected_lines = ({lines})")
        applied = f"get_bit(getvariable('rejected_lines'), least(line, {last + 1})::INTEGER) = 0"
        return (
            f"CASE WHEN {applied} THEN {row_hash} END AS h,"
            f" CASE WHEN {applied} THEN {key_hash} END AS q"
        )

    def keep_standins(self) -> None:
        """`extra`: stand-ins for rows whose keys mirror kept: no row of a file has their hash.

        Of a key that can't be read nothing was kept, or no fingerprints are.
        """
        kept = self.mirror and self.number(f"SELECT count(*) FROM {REJECTED}")
        where = f"NOT ({_APPLIED}) AND line NOT IN ({self._unreadable})" if kept else "FALSE"
        self.con.execute(
            f"CREATE OR REPLACE TABLE {EXTRA} AS SELECT * FROM (SELECT uuid() AS h,"
            f" {self.key_hash} AS q{self.keys} FROM {INCOMING} WHERE {where}) WHERE q IS NOT NULL"
        )

    def keep_stays(self, *, deleted: bool) -> None:
        """`extra`: rows that the file lost and the table still has, to be deleted another time."""
        if not self.mirror:
            where = "FALSE"
        elif deleted:  # all but those whose key a rejected row has, or may have
            rejected = f"SELECT {self.key_hash} AS q FROM {CHANGED} WHERE NOT ({_APPLIED})"
            unknown = self.number(f"SELECT count(*) FROM ({rejected}) WHERE q IS NULL")
            where = "TRUE" if unknown and not self.certain else f"q IN ({rejected})"
        elif self.certain:  # none but those whose key another row has now
            applied = f"SELECT {self.key_hash} AS q FROM {CHANGED} WHERE {_APPLIED}"
            where = f"q NOT IN (FROM ({applied}) WHERE q IS NOT NULL)"
        else:
            where = "TRUE"
        # Another row may have the key by now: none is to be taken for the one that had.
        stays = f"SELECT uuid() AS h, * EXCLUDE (h) FROM {LOST_ROWS} WHERE {where}"
        self.con.execute(f"CREATE OR REPLACE TABLE {EXTRA} AS {stays}")

    @property
    def _unreadable(self) -> str:
        """SQL: lines of rows whose key has a fault of its own."""
        keys = ", ".join(text(column.name) for column in self._key_columns)
        server = ", ".join(map(text, _TOLD_OF_GOOD_KEYS))
        return (
            f'SELECT line FROM {REJECTED} WHERE "column" IN ({keys}) AND code NOT IN ({server})'
            " AND line IS NOT NULL"
        )

    @property
    def _key_columns(self) -> list[Column]:
        return [self._field(name).column for name in self.key]

    @property
    def kept(self) -> tuple[str, ...]:
        """SQL of what `write_base` needs of each row."""
        keys = zip(self._sealed, self.key_fields, strict=False)
        return (self.hashes, *(f"{name} AS {key}" for key, name in keys))

    def write_base(self, run: str, folder: Path, *, hashed: bool, checked: bool) -> dict[str, Path]:
        """The parts of a version that was read as a whole; `extra` becomes its patch.

        `hashed`: whether `fresh` has the hashes of its rows. `checked`: what is `kept` of each row
        lies in CHECKED.
        """
        if checked:
            sealed = "".join(f", {key}" for key in self._sealed)
            rows = f"(SELECT {self._applied('h', 'q')}{sealed} FROM {CHECKED})"
        elif hashed and not self._sealed:
            rows = f"(SELECT {self._applied('h', 'q')} FROM {FRESH})"
        else:
            made = self._applied(self.row_hash, self.key_hash)
            rows = f"(SELECT {made}{self.keys} FROM {INCOMING})"
        files = self._write_parts(("rows", "keys"), rows, run, folder)
        return files | self._write_patch([self._extra], run, folder)

    def write_patch(self, before: str, run: str, folder: Path) -> dict[str, Path]:
        """What was in the patch `before` (a query of n, h, q), `incoming` and `extra`."""
        rows = [f"SELECT 0 AS o, * FROM ({before})"] if before else []
        read = f"{FRESH} JOIN {INCOMING} USING (line)" if self._sealed else FRESH.name
        keys = self.keys if self._sealed else ""
        rows.append(f"SELECT 1 AS o, line AS n, {self._applied('h', 'q')}{keys} FROM {read}")
        return self._write_patch([*rows, self._extra], run, folder)

    @property
    def _extra(self) -> str:
        return f"SELECT 2 AS o, 0 AS n, {', '.join(('h', 'q', *self._sealed))} FROM {EXTRA}"

    def _write_patch(self, rows: list[str], run: str, folder: Path) -> dict[str, Path]:
        self.con.execute(
            f"CREATE OR REPLACE TABLE patched AS {' UNION ALL '.join(rows)} ORDER BY o, n"
        )
        if not self.number("SELECT count(*) FROM patched"):
            return {}
        return self._write_parts(("patch", "patch_keys"), "patched", run, folder)

    def _write_parts(
        self, parts: tuple[str, str], rows: str, run: str, folder: Path
    ) -> dict[str, Path]:
        """Rows of h, q, k0, ... as what anybody may read and, where there is any, what is sealed.

        Keys that rise take next to no space as Parquet's differences (version 2) of numbers.
        """
        plain, hidden = (folder / f"{run}-{part}.parquet" for part in parts)
        self._copy(f"SELECT {self._in_rows} FROM {rows}", plain, "COMPRESSION uncompressed")
        if not self._in_keys:
            return {parts[0]: plain}
        self._copy(
            f"SELECT {self._in_keys} FROM {rows}", hidden, "COMPRESSION zstd, PARQUET_VERSION v2"
        )
        kept = hidden.with_suffix(".sealed")
        seal.encrypt_file(hidden, kept, self.seal, kept.name)
        hidden.unlink()
        return {parts[0]: plain, parts[1]: kept}

    def _copy(self, select: str, path: Path, options: str) -> None:
        self.con.execute(f"COPY ({select}) TO {text(str(path))} (FORMAT parquet, {options})")

    def number(self, sql: str) -> int:
        """The number that a query gives; 0 for none."""
        row = self.con.execute(sql).fetchone()
        return int(row[0]) if row else 0


def _parted(field: str) -> str:
    return (
        f"CASE WHEN {field} <> '' THEN {field} WHEN {field} IS NULL THEN chr(0) || '1'"
        " ELSE chr(0) || '2' END"
    )


def _identity(column: Column) -> list[str]:
    """By what values of a key's column are equal, however the server spells its type."""
    return [fold(column.name), repr(replace(column.type, name="")), column.collation or ""]
