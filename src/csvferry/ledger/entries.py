"""The ledger: which version of which source was applied to which table, and what it did.

An entry is written in the transaction that changes the table, so there is no moment in which the
rows are in and the entry is not; `swap_recovery` says how that holds where tables are swapped. The
tables' format is in `docs/ledger.md`, and made and migrated by `migrations`.
"""

import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from csvferry.databases.answers.rows import Count, value_of
from csvferry.databases.base import Database
from csvferry.errors import DatabaseError, UsageError
from csvferry.ledger.migrations import CURRENT, exists, prepare, table_lock
from csvferry.ledger.records import (
    FIELDS,
    CorruptLedgerError,
    Entry,
    Reject,
    applied_rows_of,
    entries_of,
    entry_of,
    header_of,
    reject_of,
    run_of,
    version_of,
)
from csvferry.ledger.selection import Selection
from csvferry.model.mapping import Mode
from csvferry.model.names import REJECTS, RUNS, VERSION
from csvferry.model.quoting import text
from csvferry.model.schema import Column, Kind, Type
from csvferry.scratch.relations import Relation

if TYPE_CHECKING:
    import duckdb

__all__ = [
    "CURRENT",
    "REJECTS",
    "RUNS",
    "VERSION",
    "AppliedSource",
    "Entry",
    "applied_sources",
    "counts",
    "exists",
    "find",
    "history",
    "last",
    "last_on",
    "latest_on",
    "latest_with_rejects",
    "new_run",
    "prepare",
    "rejects",
    "settled",
    "table_lock",
    "write",
    "write_rejects",
]


_BEGINNING = re.compile("[0-9a-f]{1,26}")  # of a run's id
ALL = Selection()
SWAPPING = "swapping"  # the status of an entry that counts once its table was swapped
# An entry that is read counts, so that its status is `applied`.
_READ = ", ".join(FIELDS).replace("status", f"REPLACE(status, '{SWAPPING}', 'applied')")


@dataclass(frozen=True)
class AppliedSource:
    """A source's versions, oldest first; `gone`: a later run found the table without their rows."""

    versions: tuple[str, ...]
    gone: bool


def new_run() -> str:
    """A run's id: sorts by time, unguessable enough to be unique (26 characters)."""
    now = datetime.now(UTC)
    # Runs of one second are in order too: by its fraction in five hexadecimal digits.
    fraction = (now.microsecond << 20) // 1_000_000
    return f"{now:%Y%m%d%H%M%S}{fraction:05x}{secrets.token_hex(6)[:7]}"


def last(database: Database, feed: str, source: str) -> tuple[Entry | None, list[str]]:
    """The feed's last entry, and the versions of this source that were applied, oldest first.

    A database without a ledger has none.
    """
    database = database.ledger
    if not exists(database):
        return None, []
    given = database.sql.mark
    rows = database.query(
        f"SELECT {_READ} FROM {RUNS} WHERE feed = {given} AND {_counted(database)}"
        " ORDER BY position DESC LIMIT 1",
        (feed,),
    )
    versions = database.query(
        f"SELECT version FROM {RUNS} WHERE feed = {given} AND source = {database.sql.bytewise_mark}"
        f" AND {_counted(database)} ORDER BY position",
        (feed, source),
    )
    found = entries_of(rows)
    applied = [known for (version,) in versions if (known := version_of(version)) is not None]
    return (found[0] if found else None), applied


def applied_sources(
    database: Database, feed: str, source: str | None = None
) -> dict[str, AppliedSource]:
    """What the feed applied of each source, or of one, in two queries."""
    database = database.ledger
    if not exists(database):
        return {}
    one = "" if source is None else f" AND source = {database.sql.bytewise_mark}"
    rows = database.query(
        "SELECT source, version, position, rows_inserted + rows_updated + rows_unchanged"
        f" FROM {RUNS} WHERE feed = {database.sql.mark}{one} AND {_counted(database)}"
        " ORDER BY position",
        (feed,) if source is None else (feed, source),
    )
    filled = _last_into_empty(database, feed) if rows else 0
    versions: dict[str, list[str]] = {}
    gone: dict[str, bool] = {}
    for row in applied_rows_of(rows):
        versions.setdefault(row.source, []).append(row.version)
        gone[row.source] = bool(row.left) and row.position < filled
    return {uri: AppliedSource(tuple(known), gone[uri]) for uri, known in versions.items()}


def _last_into_empty(database: Database, feed: str) -> int:
    """The position of the last run that found the feed's table without rows; 0: none did."""
    rows = database.query(
        f"SELECT MAX(position) FROM {RUNS} WHERE strategy = 'direct' AND {_counted(database)}"
        f" AND table_name = (SELECT table_name FROM {RUNS} WHERE feed = {database.sql.mark}"
        " ORDER BY position DESC LIMIT 1)",
        (feed,),
    )
    return value_of(Count | None, rows) or 0


def latest_on(database: Database, table: str) -> str | None:
    """The last run on a table, whatever its feed, and however that wrote the table's name."""
    database = database.ledger
    same = database.sql.same_table("table_name")
    rows = database.query(
        f"SELECT run FROM {RUNS} WHERE {same} AND {_counted(database)}"
        " ORDER BY position DESC LIMIT 1",
        (table,) * same.count(database.sql.mark),
    )
    return run_of(rows[0][0]) if rows else None


def mode_on(database: Database, table: str) -> Mode | None:
    """The mode of the last run on a table, if there was one."""
    entry = last_on(database, table)
    return entry.mode if entry else None


def last_on(database: Database, table: str) -> Entry | None:
    """The last run on a table, if there was one."""
    run = latest_on(database, table) if exists(database) else None
    return find(database, run) if run else None


def find(database: Database, run: str) -> Entry | None:
    """The entry of a run, to learn whether a commit whose answer was lost took place."""
    database = database.ledger
    rows = database.query(
        f"SELECT {_READ} FROM {RUNS} WHERE run = {database.sql.mark} AND {_counted(database)}",
        (run,),
    )
    return entry_of(rows[0]) if rows else None


def counts(database: Database, run: str) -> bool:
    """Whether a run's rows are in its table."""
    database = database.ledger
    return exists(database) and bool(
        database.query(
            f"SELECT 1 FROM {RUNS} WHERE run = {database.sql.mark} AND {_counted(database)}", (run,)
        )
    )


def history(database: Database, limit: int, selection: Selection = ALL) -> list[Entry]:
    """Past runs, newest first."""
    database = database.ledger
    if not exists(database):
        return []
    where, parameters = selection.where(database)
    rows = database.query(
        f"SELECT {_READ} FROM {RUNS} WHERE {where} AND {_counted(database)}"
        f" ORDER BY position DESC LIMIT {limit:d}",
        parameters,
    )
    return entries_of(rows)


def write(database: Database, entry: Entry) -> None:
    """Put an entry in, as part of the transaction under way."""
    database = database.ledger
    marks = ", ".join(database.sql.mark for _ in FIELDS)
    database.execute(
        f"INSERT INTO {RUNS} ({', '.join(FIELDS)}) VALUES ({marks})",
        [getattr(entry, name) for name in FIELDS],
    )


def write_rejects(
    database: Database,
    con: "duckdb.DuckDBPyConnection",
    run: str,
    entries: int,
    located: Iterable[None],
    *,
    rejects: Relation,
    records: Relation,
    keep_raw: bool = True,
) -> None:
    """Put the entries of the DuckDB table `rejects` in, as part of the transaction under way.

    `located` fills the table `records` again and again for those without a raw record. Without
    `keep_raw` no record is kept, only where it stood.
    """
    database = database.ledger
    if not entries:
        return
    words = Type(Kind.TEXT, "TEXT", length=512)
    number = Type(Kind.INTEGER, "BIGINT", bits=64)
    columns = (
        Column("run", words),
        Column("line", number),
        Column("byte_offset", number),
        Column("column_name", words),
        Column("code", words),
        Column("message", words),
        Column("raw", Type(Kind.BINARY, "LONGBLOB")),
    )
    own, its = ("raw", "l.raw") if keep_raw else ("NULL::BLOB", "NULL::BLOB")
    known = (
        f'SELECT {text(run)}, line, byte_offset, "column", code, message, {own} FROM {rejects}'
        " WHERE raw IS NOT NULL ORDER BY line"
    )
    found = (
        f'SELECT {text(run)}, r.line, l.byte_offset, r."column", r.code, r.message, {its} FROM'
        f" {rejects} AS r JOIN {records} AS l ON r.line = l.line WHERE r.raw IS NULL"
    )
    written = _load(database, columns, known, con)
    for _ in located:
        written += _load(database, columns, found, con)
    if written != entries:
        raise DatabaseError(
            f"of {entries} reject entries {written} could be written", "nothing was changed"
        )


def forget_rejects(database: Database, feed: str, before: str) -> None:
    """Delete rejects of a feed's runs that began before a moment (the first 14 digits of a run)."""
    database = database.ledger
    if exists(database):
        mark = database.sql.mark
        theirs = f"t.run = s.run AND s.run < {mark} AND s.feed = {mark}"
        database.execute(database.sql.delete_from(REJECTS, RUNS, theirs), (before, feed))


def _load(
    database: Database,
    columns: Sequence[Column],
    select: str,
    con: "duckdb.DuckDBPyConnection",
) -> int:
    loaded = database.loader.load(REJECTS, columns, select, con)
    return 0 if loaded.warnings else loaded.rows


def rejects(database: Database, run: str, limit: int | None = None) -> Iterator[Reject]:
    """Reject entries of a run, by line. Raises CorruptLedgerError.

    The connection serves nothing else meanwhile.
    """
    database = database.ledger
    if not exists(database):
        return iter(())
    number = f" LIMIT {limit:d}" if limit else ""
    rows = database.stream(
        f"SELECT run, line, byte_offset, column_name, code, message, raw FROM {REJECTS}"
        f" WHERE run = {database.sql.mark}"
        f" AND run NOT IN (SELECT run FROM {RUNS} WHERE NOT ({_counted(database)}))"
        f" ORDER BY line, column_name, code{number}",
        (run,),
    )
    return map(reject_of, rows)


def latest_with_rejects(
    database: Database, run: str | None, selection: Selection = ALL
) -> Entry | None:
    """The run named by a whole id or its beginning; without one, the last to be settled."""
    database = database.ledger
    if not exists(database):
        return None
    if run and not _BEGINNING.fullmatch(run):
        return None
    given = database.sql.mark
    chosen, parameters = selection.where(database)
    if run:
        where = f"{chosen} AND run LIKE {given}"
        parameters.append(f"{run}%")
    else:
        done = settled(database)
        marks = ", ".join(given for _ in done)
        where = f"{chosen} AND run IN (SELECT run FROM {REJECTS})"
        where += f" AND run NOT IN ({marks})" if done else ""
        parameters += done
    rows = database.query(
        f"SELECT {_READ} FROM {RUNS} WHERE {where} AND {_counted(database)}"
        " ORDER BY position DESC LIMIT 2",
        parameters,
    )
    if run and len(rows) > 1 and run_of(rows[0][0]) != run:
        raise UsageError(f"several runs begin with {run}", "`csvferry history` lists them")
    return entry_of(rows[0]) if rows else None


def settled(database: Database) -> dict[str, str]:
    """The runs whose rejects a later run took, fixed, each with the last run that did."""
    database = database.ledger
    if not exists(database):
        return {}
    rows = database.query(
        f"SELECT {_READ} FROM {RUNS} WHERE header LIKE {database.sql.mark} AND {_counted(database)}"
        " ORDER BY position",
        ('%"settles": "%',),
    )
    found = {}
    for entry in entries_of(rows):
        with suppress(CorruptLedgerError):
            found[header_of(entry).settles] = entry.run
    return found


def _counted(database: Database) -> str:
    """SQL: an entry's rows are in the table."""
    return f"(status <> '{SWAPPING}' OR {database.shadows.was_swapped('run')})"
