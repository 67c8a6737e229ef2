"""What the ledger's rows may hold: everything that is read of them is parsed here first.

Other users of the database, or whoever made a SQLite file, can write these rows. Text that is not
of its form never gets further: not into a statement, and not onto a screen.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, NamedTuple

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from csvferry.errors import DatabaseError
from csvferry.model.mapping import Mode
from csvferry.printable import get_logger

log = get_logger(__name__)

_LONGEST = 1 << 22  # bytes of a header; a record ends at half of it
Run = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{26}$")]
Seal = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z_]{0,32}$")]
_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,15}(Z|\+00:00)$"
Moment = Annotated[str, StringConstraints(pattern=_TIME)]
Name = Annotated[str, StringConstraints(max_length=256)]
Version = Annotated[str, StringConstraints(max_length=1024)]
Address = Annotated[str, StringConstraints(max_length=1 << 16)]
Count = Annotated[int, Field(ge=0, lt=2**63)]
Sign = Annotated[str, StringConstraints(max_length=8)]


class CorruptLedgerError(DatabaseError):
    """A row of the ledger is not as any run writes it."""


@dataclass(frozen=True)
class Entry:
    """One applied run."""

    run: Run
    feed: Name
    source: Address
    version: Version
    bytes: Count
    table_name: Name
    mode: Mode
    strategy: Word
    status: Word
    started: Moment
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    rows_read: Count
    rows_inserted: Count
    rows_updated: Count
    rows_deleted: Count
    rows_unchanged: Count
    rows_duplicate: Count
    rows_rejected: Count
    message: Address | None
    seal: Seal
    header: Annotated[str, StringConstraints(max_length=_LONGEST)] | None


class Reject(NamedTuple):
    """One fault of a row that was not taken, and the row's own bytes."""

    run: Run
    line: Count
    byte_offset: Count | None
    column: Name | None
    code: Word
    message: Address
    raw: bytes | None


class AppliedRow(NamedTuple):
    """A version of a source that was applied, its run's place, and rows that the run left."""

    source: Address
    version: Version
    position: Count
    left: Count


@dataclass(frozen=True)
class Header:
    """By what a run's rejected rows can be read again.

    `line` is the file's header, "" for none. `options`: as `fix_command.options_of` gives them.
    `settles`: the run whose rejects the file had, fixed; "" for none.
    """

    line: str = ""
    encoding: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,40}$")] = "utf-8"
    delimiter: Sign = ","
    quote: Sign = '"'
    options: dict[Word, Annotated[list[Name], Field(max_length=256)]] = field(default_factory=dict)
    settles: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{26})?$")] = ""


@cache  # made when it is first needed: it takes some milliseconds
def _schema(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


FIELDS = tuple(Entry.__dataclass_fields__)


def entry_of(row: Sequence[Any]) -> Entry:
    """The entry of a row of FIELDS. Raises CorruptLedgerError, which names the column."""
    try:
        entry: Entry = _schema(Entry).validate_python(dict(zip(FIELDS, row, strict=True)))
    except ValidationError as error:
        raise _corrupt(error, "csvferry_runs") from None
    return entry


def entries_of(rows: Iterable[Sequence[Any]]) -> list[Entry]:
    """The entries of rows; a row that is none is left out, with a line in the log."""
    found = []
    for row in rows:
        try:
            found.append(entry_of(row))
        except CorruptLedgerError as error:
            log.warning("left out: %s", error.message)
    return found


def applied_rows_of(rows: Iterable[Sequence[Any]]) -> list[AppliedRow]:
    """The rows; one that is none is left out, with a line in the log."""
    found = []
    for row in rows:
        try:
            found.append(_schema(AppliedRow).validate_python(tuple(row)))
        except ValidationError as error:
            log.warning("left out: %s", _corrupt(error, "csvferry_runs").message)
    return found


def reject_of(row: Sequence[Any]) -> Reject:
    """The reject entry of a row. Raises CorruptLedgerError, which names the column."""
    try:
        reject: Reject = _schema(Reject).validate_python(tuple(row))
    except ValidationError as error:
        raise _corrupt(error, "csvferry_rejects") from None
    return reject


def run_of(value: object) -> str | None:
    """A run's id, or None where the value is no such thing."""
    return _valid(Run, value)


def version_of(value: object) -> str | None:
    """An object's version, or None where the value is no such thing."""
    return _valid(Version, value)


def format_of(value: object) -> int:
    """The number of the ledger's format. Raises CorruptLedgerError."""
    try:
        return int(_schema(Count).validate_python(value))
    except ValidationError as error:
        raise _corrupt(error, "csvferry_schema") from None


def header_of(entry: Entry) -> Header:
    """How the run read its file. Raises CorruptLedgerError."""
    try:
        found: Header = _schema(Header).validate_python(json.loads(entry.header or "{}"))
        "".encode(found.encoding)
    except (ValueError, RecursionError, LookupError):  # ValidationError is a ValueError
        raise CorruptLedgerError(
            "the ledger does not say how this run read its file: the column header is damaged",
            "take the rows from the column raw of csvferry_rejects",
        ) from None
    return found


def _valid(kind: Any, value: object) -> str | None:
    try:
        return str(_schema(kind).validate_python(value))
    except ValidationError:
        return None


def _corrupt(error: ValidationError, table: str) -> CorruptLedgerError:
    """Names columns and no value, which may be anybody's."""
    columns = dict.fromkeys(
        str((*fault["loc"], "version")[0]) for fault in error.errors(include_input=False)
    )
    return CorruptLedgerError(
        f"a row of {table} is not as csvferry writes it: {', '.join(columns)}",
        "find out who wrote it, and delete it",
    )
