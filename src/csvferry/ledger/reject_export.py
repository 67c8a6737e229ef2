"""Rejected rows on their way out: as JSON, or as a CSV file to be mended and synced again."""

import os
import shlex
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG
from typing import Any, BinaryIO

from csvferry.errors import UsageError
from csvferry.ledger.records import Entry, Header, Reject, header_of
from csvferry.model.reject_codes import Code
from csvferry.model.report import Rows
from csvferry.scratch.private_files import PLANTED, is_planted

_TYPED = {"\t": r"\t"}


def as_json(row: Reject) -> dict[str, Any]:
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


@dataclass(frozen=True)
class Export:
    """How many rows were written, and how many were too long to be kept whole."""

    path: Path
    written: int
    cut: int
    options: tuple[str, ...]  # of `sync`, to read them as they were read

    def __str__(self) -> str:
        """What to do with them."""
        text = f"{self.written} rows written to {self.path}"
        if self.options:
            text += f"; sync them with {' '.join(self.options)}"
        if self.cut:
            text += f"; {self.cut} more were too long to be kept: mend them in their file"
        return text


def write(path: Path, entry: Entry, rows: Iterable[Reject]) -> Export:
    """Write each rejected row once, in UTF-8, under the file's header.

    Bytes that are no characters stay as they are, or as \\xNN in a file of another encoding.
    The rows are as sensitive as the table, so only the owner may read the file.
    """
    header = header_of(entry)
    encoding = header.encoding
    utf8 = encoding.lower().replace("_", "-") in ("utf-8", "utf-8-sig")
    written, cut, last = 0, 0, None
    with _opened(path) as file:
        if header.line:
            file.write(header.line.encode() + b"\n")
        for _, line, _, _, code, _, raw in rows:
            if line == last or raw is None:
                continue
            last = line
            if code == Code.LINE_TOO_LONG:
                cut += 1
                continue
            text = bytes(raw)
            if not utf8:
                text = text.decode(encoding, "backslashreplace").encode()
            file.write(text + b"\n")
            written += 1
    return Export(path, written, cut, tuple(_options(header)))


def _options(header: Header) -> Iterator[str]:
    for name, sign, usual in (("delimiter", header.delimiter, ","), ("quote", header.quote, '"')):
        if sign != usual:
            yield f"--{name} {shlex.quote(_TYPED.get(sign, sign))}"
    if not header.line:
        yield "--no-header"


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The file, emptied, for its owner alone. Raises UsageError where it can't be written."""
    if is_planted(path):
        raise UsageError(f"{path}: {PLANTED}", "remove it, or name a file in a folder of yours")
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            if S_ISREG(os.fstat(descriptor).st_mode):
                os.fchmod(descriptor, 0o600)  # one that was there already may be open to all
            yield file
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
