"""Rejected rows on their way out: as JSON, or as a CSV file to be fixed and synced again."""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from stat import S_ISREG
from typing import Any, BinaryIO

from csvferry.errors import UsageError
from csvferry.ledger.fix_command import command, sync_options
from csvferry.ledger.records import Entry, Header, Reject, header_of
from csvferry.model.reject_codes import Code
from csvferry.model.report import Rows
from csvferry.scratch.private_files import PLANTED, is_planted

_LOST = {Code.DUPLICATE_KEY, Code.DUPLICATE_UNIQUE}


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
    """How many rows were written, lost as duplicates, were too long to be kept, or not kept at all.

    `options` of `sync` are for the file once it is fixed.
    """

    path: Path
    written: int
    duplicates: int
    cut: int
    unkept: int
    options: tuple[str, ...]

    def summary(self, target: str, state: str | None = None) -> str:
        """What to do with them, for one that syncs them with the database at an address.

        `state`: where a run that was stopped lies, if not at the usual place.
        """
        text = f"{self.written} row{'s' * (self.written != 1)} written to {self.path}"
        if self.duplicates:
            text += f"; {self.duplicates} more lost to another row (--duplicates writes them too)"
        if self.cut:
            text += f"; {self.cut} more were too long to be kept: fix them in their file"
        if self.unkept:
            text += f"; {self.unkept} more were not kept (--no-keep-raw, or a hashed column): fix"
            text += " them in their file"
        options = (*self.options, "--state", state) if state else self.options
        todo = f"\nwhen they are fixed: {command(self.path, target, options)}"
        return text + todo if self.written else text


@dataclass(frozen=True)
class Choice:
    """Which rows are exported, and how.

    `duplicates`: also those that lost to another row, whose value would win now. `safe`: cells that
    a spreadsheet would take for formulas get an apostrophe before them.
    """

    duplicates: bool = False
    safe: bool = False


_USUAL = Choice()


def write(path: Path, entry: Entry, rows: Iterable[Reject], choice: Choice = _USUAL) -> Export:
    """Write each rejected row once, in UTF-8, under the file's header.

    Bytes that are no characters stay as they are, or as \\xNN in a file of another encoding.
    The rows are as sensitive as the table, so only the owner may read the file.
    """
    header = header_of(entry)
    written = lost = cut = unkept = 0
    with _opened(path) as file:
        if header.line:
            file.write(_guarded(header.line.encode(), header, choice) + b"\n")
        for _, faults in groupby(rows, key=lambda row: row.line):
            found = list(faults)
            codes = {fault.code for fault in found}
            if codes <= _LOST and not choice.duplicates:
                lost += 1
            elif Code.LINE_TOO_LONG in codes:
                cut += 1
            elif (raw := found[0].raw) is not None:
                file.write(_guarded(_in_utf8(raw, header.encoding), header, choice) + b"\n")
                written += 1
            else:
                unkept += 1
    return Export(path, written, lost, cut, unkept, sync_options(entry, header))


def _in_utf8(raw: bytes, encoding: str) -> bytes:
    if encoding.lower().replace("_", "-") in ("utf-8", "utf-8-sig"):
        return raw
    return raw.decode(encoding, "backslashreplace").encode()


def _guarded(record: bytes, header: Header, choice: Choice) -> bytes:
    """The record with an apostrophe before each cell that begins like a formula.

    Where a cell begins is told by its bytes alone, as a spreadsheet may read a broken record
    otherwise (OWASP, "CSV Injection").
    """
    if not choice.safe:
        return record
    quotes = re.escape(f'"{header.quote}').encode()
    begins = re.escape(header.delimiter).encode()
    cell = rb"(^|[\r\n]|%b)([%b]?)(?=[=+\-@\t\r])" % (begins, quotes)
    return re.sub(cell, rb"\1\2'", record)


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
