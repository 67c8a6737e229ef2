"""Rejected rows on their way out: as JSON, or as a CSV file to be mended and synced again."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from stat import S_ISREG
from typing import Any, BinaryIO

from csvferry.errors import UsageError
from csvferry.ledger import Entry, header_of
from csvferry.report import Rows

Row = tuple[Any, ...]


def as_json(row: Row) -> dict[str, Any]:
    """One entry: run, line, byte_offset, column, code, message, raw."""
    run, line, offset, column, code, message, raw = row
    return {
        "run": run,
        "line": line,
        "byte_offset": offset,
        "column": column,
        "code": code,
        "message": message,
        "raw": None if raw is None else bytes(raw).decode("utf-8", "backslashreplace"),
    }


def entry_as_json(entry: Entry, dialect: str) -> dict[str, Any]:
    """A past run in the words of a report, without the seal, which is a secret."""
    return {
        "run": entry.run,
        "status": entry.status,
        "strategy": entry.strategy,
        "mode": entry.mode,
        "source": {"uri": entry.source, "version": entry.version, "bytes": entry.bytes},
        "target": {"table": entry.table_name, "dialect": dialect},
        "rows": {name: getattr(entry, f"rows_{name}") for name in Rows.__dataclass_fields__},
        "seconds": entry.seconds,
        "message": entry.message,
        "started": entry.started,
    }


def write(path: Path, entry: Entry, rows: Iterable[Row]) -> int:
    """Write each rejected row once, in UTF-8, under the file's header; how many they were.

    Bytes that are no characters stay as they are, or as \\xNN in a file of another encoding.
    The rows are as sensitive as the table, so only the owner may read the file.
    """
    header, encoding = header_of(entry)
    utf8 = encoding.lower().replace("_", "-") in ("utf-8", "utf-8-sig")
    count, last = 0, None
    with _opened(path) as file:
        if header:
            file.write(header.encode() + b"\n")
        for _, line, _, _, _, _, raw in rows:
            if line != last and raw is not None:
                text = bytes(raw)
                if not utf8:
                    text = text.decode(encoding, "backslashreplace").encode()
                file.write(text + b"\n")
                count, last = count + 1, line
    return count


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The file, emptied, for its owner alone. Raises UsageError where it can't be written."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            if S_ISREG(os.fstat(descriptor).st_mode):
                os.fchmod(descriptor, 0o600)  # one that was there already may be open to all
            yield file
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
