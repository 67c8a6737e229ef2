"""Fingerprints of the rows last applied, and what a new version of the file has otherwise.

A row's fingerprint is the MD5 (128 bits) of the feed's secret seal and the row's fields; a key is
kept only where it must be found again to delete its row, XORed with a stream of the same seal. The
seal is in the ledger alone, so that who has the fingerprints can neither read nor guess a value.

Three sets are kept: `base`, all rows of some applied version; `added` and `removed`, what the last
applied version has beyond and short of it. A new version is compared with `base`, the rest follows
by small sets, and little is written for a little change.
"""

import hashlib
import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from csvferry.rows import keep
from csvferry.schema import Kind
from csvferry.sift import Field
from csvferry.state import Remembered, State

if TYPE_CHECKING:
    import duckdb

log = logging.getLogger(__name__)

_REBASE = 0.2  # of the base changed: then it costs less to write a new one
PARTS = ("base", "added", "removed")
_APPLIED = "line NOT IN (SELECT line FROM rejects WHERE line IS NOT NULL)"


@dataclass(frozen=True)
class Delta:
    """What differs: rows to look at are in `changed`, deleted keys in `gone`, both in DuckDB."""

    changed: int
    untouched: int
    gone: int
    known: int


@dataclass(frozen=True)
class Written:
    """Fingerprints in scratch files, and the manifest that will name them."""

    manifest: Remembered
    files: dict[str, Path]


@dataclass(frozen=True)
class Fingerprints:
    """The fingerprints of one feed, and the file that is compared with them."""

    con: "duckdb.DuckDBPyConnection"
    state: State
    feed: str
    seal: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    exact: tuple[str, ...]  # SQL of the key's values whose equality is the server's
    mirror: bool

    @property
    def shape(self) -> dict[str, Any]:
        """What fingerprints must have been made of to be comparable."""
        names = sorted(field.column.name.casefold() for field in self.fields)
        return {
            "columns": names,
            "key": [name.casefold() for name in self.key],
            "sealed": self._sealed,
        }

    @property
    def _sealed(self) -> bool:
        """Whether keys are kept: one whole number, in a feed whose rows may go."""
        return self.mirror and self._whole_key is not None

    @property
    def _whole_key(self) -> Field | None:
        fields = [f for f in self.fields if f.column.name.casefold() == self.key[0].casefold()]
        whole = len(self.key) == 1 and fields[0].column.type.kind is Kind.INTEGER
        return fields[0] if whole else None

    def compare(self, memory: Remembered | None, run: str | None, folder: Path) -> Delta | None:
        """What differs from the version that run `run` applied; None: that is not known."""
        import duckdb

        if memory is None or memory.run != run or memory.shape != self.shape:
            return None
        try:
            for part in PARTS:
                path = self.state.part(self.feed, memory.parts[part], folder)
                if self._digest(path) != memory.digests[part]:
                    raise OSError
                file = _text(str(path))
                self.con.execute(
                    f"CREATE OR REPLACE VIEW {part} AS SELECT * FROM read_parquet({file})"
                )
            return self._differences()
        except (duckdb.Error, KeyError, OSError) as error:
            log.warning("the fingerprints can't be read: %s", type(error).__name__)
            return None

    def _digest(self, path: Path) -> str:
        """A digest that only the seal's owner can make: a bit turned could delete another row."""
        with path.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.sha256(self.seal.encode())).hexdigest()

    def _differences(self) -> Delta | None:
        run = self.con.execute
        run(f"CREATE OR REPLACE VIEW fresh AS SELECT line, {self._hash} AS h FROM incoming")
        run(
            "CREATE OR REPLACE TABLE differing AS SELECT f.line, f.h AS fresh, b.h AS base, b.k"
            " FROM fresh AS f FULL JOIN base AS b ON f.h = b.h WHERE f.h IS NULL OR b.h IS NULL"
        )
        run(
            "CREATE OR REPLACE TABLE plus AS"
            " SELECT line, fresh AS h FROM differing WHERE base IS NULL"
        )
        run(
            "CREATE OR REPLACE TABLE minus AS"
            " SELECT base AS h, k FROM differing WHERE fresh IS NULL"
        )
        self._find_repeats()
        run(
            "CREATE OR REPLACE TABLE changed_lines AS"
            " SELECT line FROM plus ANTI JOIN added USING (h) UNION SELECT line FROM repeated"
        )
        run("CREATE OR REPLACE TABLE back AS SELECT h FROM removed ANTI JOIN minus USING (h)")
        if self._number("SELECT count(*) FROM back"):  # hashing the file again costs most
            run("INSERT INTO changed_lines SELECT line FROM fresh SEMI JOIN back USING (h)")
        run(
            "CREATE OR REPLACE TABLE lost AS"
            " SELECT h, k FROM minus ANTI JOIN removed USING (h)"
            " UNION ALL SELECT h, k FROM added ANTI JOIN plus USING (h)"
        )
        if self.mirror and self._number("SELECT count(*) FROM lost") and not self._sealed:
            return None
        self._collect()
        changed = self._number("SELECT count(*) FROM changed")
        return Delta(
            changed=changed,
            untouched=self._number("SELECT count(*) FROM incoming") - changed,
            gone=self._number("SELECT count(*) FROM gone"),
            known=self._number(
                "SELECT (SELECT count(*) FROM base) - (SELECT count(*) FROM removed)"
                " + (SELECT count(*) FROM added)"
            ),
        )

    def _find_repeats(self) -> None:
        """Lines that stand in the file more than once: one of them counts, the others not."""
        self.con.execute("CREATE OR REPLACE TABLE repeated (line BIGINT)")
        known = self._number("SELECT (SELECT count(*) FROM base) - (SELECT count(*) FROM minus)")
        unchanged = self._number(
            "SELECT (SELECT count(*) FROM incoming) - (SELECT count(*) FROM plus)"
        )
        if known != unchanged:
            self.con.execute(
                "INSERT INTO repeated SELECT unnest(list(line)) FROM fresh"
                " GROUP BY h HAVING count(*) > 1"
            )

    def _collect(self) -> None:
        """`changed`: rows that differ, and those of equal key, of which one may win over them."""
        key = self._comparable_key
        keep(
            self.con,
            "changed",
            "SELECT * FROM incoming WHERE line IN"
            f" (SELECT line FROM changed_lines) OR {key} IS NULL OR {key} IN"
            f" (SELECT {key} FROM incoming SEMI JOIN changed_lines USING (line))",
        )
        if not self._sealed:
            self.con.execute("CREATE OR REPLACE TABLE gone (k VARCHAR)")
            return
        # Whatever the fingerprints say: a key that the file has is never gone.
        self.con.execute(
            "CREATE OR REPLACE TABLE gone AS SELECT k::VARCHAR AS k FROM"
            f" (SELECT {self._unsealed} AS k FROM lost EXCEPT SELECT {key} FROM incoming"
            f" WHERE {key} IN (SELECT {self._unsealed} FROM lost))"
        )

    @property
    def _comparable_key(self) -> str:
        """SQL of a row's key, equal where the server's keys are; a number where it is one.

        A cast may take two keys for one ('7.5' for 8), which only looks at a row more.
        """
        if whole := self._whole_key:
            return f"TRY_CAST({whole.name} AS HUGEINT)"
        values = [f"TRY({value})" for value in self.exact]
        return values[0] if len(values) == 1 else f"row({', '.join(values)})"

    def write(
        self, memory: Remembered | None, new: Remembered, folder: Path, *, deleted: bool
    ) -> "Written":
        """Write the fingerprints of what the table has from this feed now to scratch files.

        With `memory` of the version before, only what differs is written. `deleted`: whether
        mirror deleted what is gone; what stayed is kept in mind, to be deleted another time.
        """
        if memory:
            self._find_stays(deleted=deleted)
            parts = {"added": self._added(), "removed": self._removed()}
        elif self.mirror and self._kept() and not (deleted and self._sealed):
            parts = {}  # the table has rows that no fingerprint would tell of
        else:
            parts = {
                "base": self._applied_pairs("TRUE") + self._kept_pairs(),
                "added": self._pairs("FALSE"),
                "removed": "SELECT uuid() AS h WHERE FALSE",
            }
        files = {part: folder / f"{new.run}-{part}.parquet" for part in parts}
        for part, select in parts.items():
            target = _text(str(files[part]))
            self.con.execute(
                f"COPY ({select}) TO {target} (FORMAT parquet, COMPRESSION uncompressed)"
            )
        names = dict(memory.parts) if memory else {}
        names |= {part: path.name for part, path in files.items()}
        digests = dict(memory.digests) if memory else {}
        digests |= {part: self._digest(path) for part, path in files.items()}
        manifest = replace(new, parts=names, shape=self.shape, digests=digests)
        return Written(manifest, {path.name: path for path in files.values()})

    def _find_stays(self, *, deleted: bool) -> None:
        """`stays`: rows that the file lost and the table still has."""
        whole = self._whole_key
        if not self._sealed or whole is None:
            self.con.execute("CREATE OR REPLACE TABLE stays (h UUID, k UBIGINT)")
            return
        gone = f" AND {self._unsealed}::VARCHAR NOT IN (SELECT k FROM gone)" if deleted else ""
        self.con.execute(
            "CREATE OR REPLACE TABLE stays AS SELECT h, k FROM lost"
            f" WHERE {self._unsealed}::VARCHAR NOT IN"
            f" (SELECT TRY_CAST({whole.name} AS HUGEINT)::VARCHAR FROM changed"
            f" WHERE {_APPLIED}){gone}"
        )

    def _added(self) -> str:
        return (
            self._applied_pairs("line IN (SELECT line FROM plus)")
            + " UNION ALL SELECT h, k FROM stays ANTI JOIN base USING (h)"
        )

    def _removed(self) -> str:
        removed = "SELECT h FROM minus ANTI JOIN stays USING (h)"
        if not self._number("SELECT count(*) FROM rejects"):
            return removed
        return (
            f"{removed} UNION SELECT b.h FROM base AS b"
            f" SEMI JOIN (SELECT h FROM fresh WHERE NOT ({_APPLIED})) USING (h)"
        )

    def _applied_pairs(self, where: str) -> str:
        return self._pairs(f"{where} AND {_APPLIED}")

    def _kept(self) -> int:
        """How many rows of the file were rejected, so that mirror kept their keys."""
        return self._number("SELECT count(*) FROM rejects WHERE code NOT LIKE 'duplicate%'")

    def _kept_pairs(self) -> str:
        """Stand-ins for rows whose keys were kept: no row of a file ever has their hash."""
        whole = self._whole_key
        if not self._sealed or whole is None or not self._kept():
            return ""
        rows = (
            f"SELECT uuid() AS h, TRY_CAST({whole.name} AS HUGEINT) + {_offset(whole)} AS number"
            f" FROM incoming WHERE NOT ({_APPLIED})"
        )
        return (
            f" UNION ALL SELECT h, xor({self._stream}, number::UBIGINT) AS k FROM ({rows})"
            " WHERE number IS NOT NULL"
        )

    def worth_a_base(self) -> bool:
        """Whether so much differs from `base` that a new one is due."""
        differing = self._number("SELECT count(*) FROM differing")
        return differing > _REBASE * self._number("SELECT count(*) FROM base")

    # The hashes

    @property
    def _hash(self) -> str:
        """No field has a NUL character in it, so that NUL can part fields and stand for NULL."""
        fields = sorted(self.fields, key=lambda field: field.column.name.casefold())
        row = ", ".join(f"coalesce({field.name}, chr(0))" for field in fields)
        # One call, not a chain of ||, each of whose results would be kept for a moment.
        return f"md5_number(concat_ws(chr(0), '{self.seal}', {row}))::UUID"

    def _pairs(self, where: str) -> str:
        """The query of fingerprints and sealed keys of the file's rows."""
        whole = self._whole_key
        if not self._sealed or whole is None:
            return f"SELECT {self._hash} AS h, NULL::UBIGINT AS k FROM incoming WHERE {where}"
        number = f"(TRY_CAST({whole.name} AS HUGEINT) + {_offset(whole)})::UBIGINT"
        return (
            f"SELECT h, xor({self._stream}, number) AS k FROM"
            f" (SELECT {self._hash} AS h, {number} AS number FROM incoming WHERE {where})"
        )

    @property
    def _unsealed(self) -> str:
        return f"(xor({self._stream}, k)::HUGEINT - {_offset(self._whole_key)})"

    @property
    def _stream(self) -> str:
        """64 bits that only the seal's owner can make, others for each row."""
        return f"(md5_number('{self.seal}' || 'key' || h::VARCHAR) >> 64)::UBIGINT"

    def _number(self, sql: str) -> int:
        row = self.con.execute(sql).fetchone()
        return int(row[0]) if row else 0


def _offset(key: Field | None) -> str:
    """What makes a signed key a number from 0 on."""
    return "0" if key and key.column.type.unsigned else "9223372036854775808"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
