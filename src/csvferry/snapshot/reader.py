"""What is remembered of the version applied last, proven and opened; a short cut, never the truth.

The parts are fetched and proven beside what is done meanwhile: they can be large and far away.
"""

import struct
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import duckdb

from csvferry.model.quoting import file
from csvferry.printable import get_logger
from csvferry.snapshot import crypto as seal
from csvferry.snapshot.chunks.chunk_index import Entries
from csvferry.snapshot.manifest import Remembered
from csvferry.snapshot.row_hashes import Fingerprints
from csvferry.snapshot.store import State

log = get_logger(__name__)

_SEALED = {"keys", "patch_keys"}
_SHOWN = (("base", "rows", "keys"), ("patch", "patch", "patch_keys"))


class LostError(Exception):
    """What is remembered can't be used."""


# Whatever is wrong with what is remembered costs time and nothing else.
LOST = (duckdb.Error, LostError, struct.error, KeyError, OSError, ValueError)


@dataclass(frozen=True)
class _Kept:
    """The parts that a manifest names."""

    seal: str
    state: State
    feed: str
    memory: Remembered
    folder: Path

    def part(self, name: str, bound: str = "") -> Path:
        """A part's file, proven to be what was written. Raises LostError, OSError, KeyError."""
        path = self.state.part(self.feed, self.memory.parts[name], self.folder)
        if seal.digest(path, self.seal + bound) != self.memory.digests[name]:
            raise LostError
        return path

    def opened(self) -> dict[str, Path]:
        """All parts but the chunks, as Parquet."""
        return {name: self._opened(name) for name in self.memory.parts if name != "blocks"}

    def _opened(self, name: str) -> Path:
        path = self.part(name)
        if name not in _SEALED:
            return path
        plain = self.folder / f"{name}.parquet"
        seal.decrypt_file(path, plain, self.seal, self.memory.parts[name])
        return plain


@dataclass(frozen=True)
class Known:
    """The fingerprints of the version applied last; `parts` are on their way."""

    prints: Fingerprints
    memory: Remembered
    entries: Entries
    parts: Future[dict[str, Path]]

    def show(self, con: duckdb.DuckDBPyConnection) -> None:
        """Views `base` and `patch` of n and h, `base_keys` and `patch_keys` of n and q.

        Raises one of LOST.
        """
        parts, run = self.parts.result(), con.execute
        key = self.prints.number_type or "UBIGINT"
        counts = dict(zip(("base", "patch"), self.entries.sizes, strict=True))
        for view, rows, keys in _SHOWN:
            if rows not in parts:
                run(f"CREATE OR REPLACE VIEW {view} AS SELECT 0 AS n, uuid() AS h WHERE FALSE")
                nothing = f"SELECT 0 AS n, NULL::{key} AS q WHERE FALSE"
                run(f"CREATE OR REPLACE VIEW {view}_keys AS {nothing}")
                continue
            plain = _numbered(parts[rows])
            if run(f"SELECT count(*) FROM {file(parts[rows])}").fetchone() != (counts[view],):
                raise LostError  # each row is found by its place
            hidden = _numbered(parts[keys]) if keys in parts else ""
            run(f"CREATE OR REPLACE VIEW {view} AS SELECT n, h FROM ({plain})")
            hashes = self.prints.hashes_of(plain, hidden)
            run(f"CREATE OR REPLACE VIEW {view}_keys AS {hashes}")

    def keys(self, view: str) -> str:
        """The query of the keys in `base` or `patch`: n, k0, k1, ..."""
        part = next(keys for name, _, keys in _SHOWN if name == view)
        return self.prints.keys_of(_numbered(self.parts.result()[part]))

    def whole_patch(self) -> str:
        """The query of the patch, if there is one, as `Fingerprints.rows_of` gives it."""
        parts = self.parts.result()
        if "patch" not in parts:
            return ""
        keys = _numbered(parts["patch_keys"]) if "patch_keys" in parts else ""
        return self.prints.rows_of(_numbered(parts["patch"]), keys)


def recall(
    prints: Fingerprints, state: State, feed: str, memory: Remembered | None, folder: Path
) -> Known | None:
    """What is known of the version applied last, if it can be compared with."""
    if memory is None or memory.shape != prints.shape:
        return None
    kept = _Kept(prints.seal, state, feed, memory, folder)
    try:
        entries = Entries.unpack(kept.part("blocks", memory.bound).read_bytes())
    except LOST as error:
        log.warning("the fingerprints can't be read: %s", type(error).__name__)
        return None
    beside = ThreadPoolExecutor(1)
    parts = beside.submit(kept.opened)
    beside.shutdown(wait=False)
    return Known(prints, memory, entries, parts)


def _numbered(path: Path) -> str:
    """The query of a Parquet file's rows with their numbers, from 0 on, as n."""
    rows = f"read_parquet({file(path)}, file_row_number = true)"
    return f"SELECT file_row_number AS n, * EXCLUDE (file_row_number) FROM {rows}"
