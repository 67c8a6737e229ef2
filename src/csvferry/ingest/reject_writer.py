"""Rejected rows on their way into the table `rejects`: through a scratch file, by the piece."""

from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb

from csvferry.model.quoting import file
from csvferry.text.encoding import Origin
from csvferry.text.scanner import LIMIT, Fault

_TABLE = (
    "CREATE OR REPLACE TABLE rejects (line BIGINT, byte_offset BIGINT, "
    '"column" VARCHAR, code VARCHAR, message VARCHAR, raw BLOB)'
)


def make_table(con: duckdb.DuckDBPyConnection) -> None:
    """An empty table `rejects`, and `lost_to`: duplicates and the lines that won over them."""
    con.execute(_TABLE)
    con.execute("CREATE OR REPLACE TABLE lost_to (line BIGINT, winner BIGINT)")


_PIECE = 16 << 20  # bytes


class Rejects:
    """Faults written to a scratch file as they come: tab-separated, names and bytes in hex."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        path: Path,
        names: tuple[str, ...] | None,
        origin: Origin,
    ) -> None:
        self._con, self._path, self._names, self._origin = con, path, names, origin
        self._out = path.open("wb")
        self.count = 0

    def __enter__(self) -> Self:
        """The same, open."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
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
        """Put what is written so far into the table `rejects`."""
        self._out.flush()
        if self._out.tell():
            self._con.execute(f"INSERT INTO rejects {_select(self._path)}")
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
