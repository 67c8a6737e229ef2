"""The ledger: which version of which source was applied to which table, and what it did.

An entry is written in the transaction that changes the table, so there is no moment in which the
rows are in and the entry is not; `swapped.py` says how that holds where tables are swapped. The
tables' format is in `docs/ledger.md`; `csvferry_schema` holds its number, and an older one is
migrated forward.
"""

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from csvferry.database import Database
from csvferry.errors import DatabaseError, UsageError
from csvferry.schema import Column, Kind, Server, Type

if TYPE_CHECKING:
    import duckdb

RUNS = "csvferry_runs"
REJECTS = "csvferry_rejects"
VERSION = "csvferry_schema"
CURRENT = 1

_SCHEMA = {
    RUNS: """
  position {serial},
  run VARCHAR(32) {ascii} NOT NULL UNIQUE,
  feed VARCHAR(64) {ascii} NOT NULL,
  source TEXT NOT NULL,
  version VARCHAR(255) {ascii} NOT NULL,
  bytes BIGINT NOT NULL,
  table_name VARCHAR(64) NOT NULL,
  mode VARCHAR(16) NOT NULL,
  strategy VARCHAR(16) NOT NULL,
  status VARCHAR(16) NOT NULL,
  started VARCHAR(32) NOT NULL,
  seconds DOUBLE NOT NULL,
  rows_read BIGINT NOT NULL,
  rows_inserted BIGINT NOT NULL,
  rows_updated BIGINT NOT NULL,
  rows_deleted BIGINT NOT NULL,
  rows_unchanged BIGINT NOT NULL,
  rows_duplicate BIGINT NOT NULL,
  rows_rejected BIGINT NOT NULL,
  message TEXT,
  seal VARCHAR(64) {ascii} NOT NULL,
  header TEXT""",
    REJECTS: """
  run VARCHAR(32) {ascii} NOT NULL,
  line BIGINT NOT NULL,
  byte_offset BIGINT,
  column_name VARCHAR(64),
  code VARCHAR(32) NOT NULL,
  message VARCHAR(512) NOT NULL,
  raw {bytes}""",
    VERSION: "\n  version INTEGER NOT NULL PRIMARY KEY",
}
_INDEXES = {RUNS: "feed", REJECTS: "run"}
# Statements that bring a ledger of version N to N + 1.
_MIGRATIONS: dict[int, tuple[str, ...]] = {}


@dataclass(frozen=True)
class Entry:
    """One applied run."""

    run: str
    feed: str
    source: str
    version: str
    bytes: int
    table_name: str
    mode: str
    strategy: str
    status: str
    started: str
    seconds: float
    rows_read: int
    rows_inserted: int
    rows_updated: int
    rows_deleted: int
    rows_unchanged: int
    rows_duplicate: int
    rows_rejected: int
    message: str | None
    seal: str
    header: str | None


_FIELDS = tuple(Entry.__dataclass_fields__)
SWAPPING = "swapping"  # the status of an entry that counts once its table was swapped
# An entry that is read counts, so that its status is `applied`.
_READ = ", ".join(_FIELDS).replace("status", f"REPLACE(status, '{SWAPPING}', 'applied')")


def new_run() -> str:
    """A run's id: sorts by time, unguessable enough to be unique (26 characters)."""
    return datetime.now(UTC).strftime("%Y%m%d%H%M%S") + secrets.token_hex(6)


def last(database: Database, feed: str, source: str) -> tuple[Entry | None, list[str]]:
    """The feed's last entry, and the versions of this source that were applied, oldest first.

    A database without a ledger has none.
    """
    if not exists(database):
        return None, []
    mark = _mark(database)
    rows = database.query(
        f"SELECT {_READ} FROM {RUNS} WHERE feed = {mark} AND {_counted(database)}"
        " ORDER BY position DESC LIMIT 1",
        (feed,),
    )
    versions = database.query(
        f"SELECT version FROM {RUNS} WHERE feed = {mark} AND source = {mark}"
        f" AND {_counted(database)} ORDER BY position",
        (feed, source),
    )
    return (Entry(*rows[0]) if rows else None), [str(version) for (version,) in versions]


def latest_on(database: Database, table: str) -> str | None:
    """The last run on a table, whatever its feed."""
    rows = database.query(
        f"SELECT run FROM {RUNS} WHERE table_name = {_mark(database)} AND {_counted(database)}"
        " ORDER BY position DESC LIMIT 1",
        (table,),
    )
    return str(rows[0][0]) if rows else None


def find(database: Database, run: str) -> Entry | None:
    """The entry of a run, to learn whether a commit whose answer was lost took place."""
    rows = database.query(
        f"SELECT {_READ} FROM {RUNS} WHERE run = {_mark(database)} AND {_counted(database)}",
        (run,),
    )
    return Entry(*rows[0]) if rows else None


def history(database: Database, limit: int) -> list[Entry]:
    """Past runs, newest first."""
    if not exists(database):
        return []
    rows = database.query(
        f"SELECT {_READ} FROM {RUNS} WHERE {_counted(database)}"
        f" ORDER BY position DESC LIMIT {limit:d}"
    )
    return [Entry(*row) for row in rows]


def write(database: Database, entry: Entry) -> None:
    """Put an entry in, as part of the transaction under way."""
    marks = ", ".join(_mark(database) for _ in _FIELDS)
    database.execute(
        f"INSERT INTO {RUNS} ({', '.join(_FIELDS)}) VALUES ({marks})",
        [getattr(entry, name) for name in _FIELDS],
    )


def write_rejects(
    database: Database, con: "duckdb.DuckDBPyConnection", run: str, entries: int
) -> None:
    """Put the rejects of the DuckDB table `rejects` in, as part of the transaction under way."""
    if not entries:
        return
    text = Type(Kind.TEXT, "TEXT", length=512)
    number = Type(Kind.INTEGER, "BIGINT", bits=64)
    columns = (
        Column("run", text),
        Column("line", number),
        Column("byte_offset", number),
        Column("column_name", text),
        Column("code", text),
        Column("message", text),
        Column("raw", Type(Kind.BINARY, "LONGBLOB")),
    )
    select = (
        f"SELECT '{run}', line, byte_offset, \"column\", code, message, raw FROM rejects"
        " ORDER BY line"
    )
    loaded = database.load(REJECTS, columns, select, con)
    if loaded.warnings or loaded.rows != entries:
        raise DatabaseError(
            f"of {entries} reject entries {loaded.rows} could be written",
            "nothing was changed",
        )


def rejects(
    database: Database, run: str | None, limit: int | None = None
) -> Iterator[tuple[Any, ...]]:
    """Reject entries of a run (run, line, byte_offset, column, code, message, raw bytes)."""
    if not exists(database):
        return iter(())
    number = f" LIMIT {limit:d}" if limit else ""
    return database.stream(
        f"SELECT run, line, byte_offset, column_name, code, message, raw FROM {REJECTS}"
        f" WHERE run = {_mark(database)}"
        f" AND run NOT IN (SELECT run FROM {RUNS} WHERE NOT ({_counted(database)}))"
        f" ORDER BY line{number}",
        (run,),
    )


def latest_with_rejects(database: Database, run: str | None) -> Entry | None:
    """The run named by a whole id or its beginning; without one, the last that has rejects."""
    if not exists(database):
        return None
    mark = _mark(database)
    where = f"run LIKE {mark}" if run else f"run IN (SELECT run FROM {REJECTS})"
    parameters = (run.replace("%", "") + "%",) if run else ()
    rows = database.query(
        f"SELECT {_READ} FROM {RUNS} WHERE {where} AND {_counted(database)}"
        " ORDER BY position DESC LIMIT 2",
        parameters,
    )
    if run and len(rows) > 1 and rows[0][0] != run:
        raise UsageError(f"several runs begin with {run}", "`csvferry history` lists them")
    return Entry(*rows[0]) if rows else None


def header_of(entry: Entry) -> tuple[str, str]:
    """The header line and the delimiter under which the run's rejected rows can be read again."""
    kept = json.loads(entry.header or "{}")
    return str(kept.get("line", "")), str(kept.get("encoding", "utf-8"))


# The ledger's own tables


def exists(database: Database) -> bool:
    """Whether this database has a ledger."""
    return database.has(VERSION)


def prepare(database: Database) -> None:
    """Create or migrate the ledger's tables, outside any transaction on MySQL."""
    if not exists(database):
        for table, columns in _SCHEMA.items():
            _create(database, table, columns)
        database.execute(f"REPLACE INTO {VERSION} (version) VALUES ({CURRENT})")
        return
    found = int(database.query(f"SELECT MAX(version) FROM {VERSION}")[0][0] or CURRENT)
    if found > CURRENT:
        raise DatabaseError(
            f"the ledger has format {found}; this csvferry knows {CURRENT}", "update csvferry"
        )
    for version in range(found, CURRENT):
        for statement in _MIGRATIONS[version]:
            database.execute(statement)
        database.execute(f"INSERT INTO {VERSION} (version) VALUES ({version + 1})")


def _create(database: Database, table: str, columns: str) -> None:
    """One of the ledger's tables, unless another run on this database is making it too."""
    worded, column = _worded(database, columns), _INDEXES.get(table)
    inline = column and database.server is not Server.SQLITE
    if inline:
        worded += f",\n  INDEX {table}_{column} ({column})"
    database.execute(f"CREATE TABLE IF NOT EXISTS {table} ({worded})")
    if column and not inline:
        database.execute(f"CREATE INDEX IF NOT EXISTS {table}_{column} ON {table} ({column})")


def _worded(database: Database, columns: str) -> str:
    if database.server is Server.SQLITE:
        return columns.format(ascii="", bytes="BLOB", serial="INTEGER PRIMARY KEY AUTOINCREMENT")
    return columns.format(
        ascii="CHARACTER SET ascii COLLATE ascii_bin",
        bytes="LONGBLOB",
        serial="BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY",
    )


def _counted(database: Database) -> str:
    """SQL: an entry's rows are in the table."""
    return f"(status <> '{SWAPPING}' OR {database.was_swapped('run')})"


def _mark(database: Database) -> str:
    return "?" if database.server is Server.SQLITE else "%s"
