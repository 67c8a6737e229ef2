"""The ledger's tables, the number of their format, and the steps from one format to the next.

A step is a list of changes, each of which looks whether it is done already: a run that is killed
between two of them leaves the format's old number, and the next run does what is left. On MySQL,
where DDL commits, runs take turns by a lock; on SQLite a step is part of the run's transaction.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from csvferry.databases.base import Database
from csvferry.errors import DatabaseError
from csvferry.model.reserved import REJECTS, RUNS, VERSION
from csvferry.model.schema import Server

log = logging.getLogger(__name__)

_PATIENCE = 30.0  # seconds until another run has brought the tables forward
_DENIED = {1142, 1143, 1227}  # the user lacks the right

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


@dataclass(frozen=True)
class Index:
    """An index of one of the ledger's tables."""

    table: str
    name: str
    columns: str


@dataclass(frozen=True)
class Step:
    """What makes the next format of the one before it; indexes are made before others are dropped.

    `needed`: whether this csvferry can't work on the old format, so that a user who may not change
    the tables can't run it.
    """

    make: tuple[Index, ...] = ()
    drop: tuple[Index, ...] = ()
    needed: bool = True


_BY_FEED = Index(RUNS, "csvferry_runs_feed", "feed")
_BY_TABLE = Index(RUNS, "csvferry_runs_table", "table_name")
_BY_RUN = Index(REJECTS, "csvferry_rejects_run", "run")
_BY_LINE = Index(REJECTS, "csvferry_rejects_line", "run, line")

_FIRST = 1
STEPS: Mapping[int, Step] = {
    # The last run on a table and a run's rejects by line are found without a look at the others.
    2: Step(make=(_BY_TABLE, _BY_LINE), drop=(_BY_RUN,), needed=False),
}
CURRENT = max(STEPS)
_INDEXES = (_BY_FEED, _BY_TABLE, _BY_LINE)


def exists(database: Database) -> bool:
    """Whether this database has a ledger."""
    return database.has(VERSION)


def prepare(database: Database) -> None:
    """Create or migrate the ledger's tables, outside any transaction on MySQL.

    Raises DatabaseError where a newer csvferry made them.
    """
    if not exists(database):
        for table, columns in _SCHEMA.items():
            _create(database, table, columns)
        database.execute(f"REPLACE INTO {VERSION} (version) VALUES ({CURRENT})")
    elif _format(database) < CURRENT:
        _migrate(database)


def _format(database: Database) -> int:
    """The tables' format; one that was killed as it made them left none, and may be the first."""
    found = int(database.query(f"SELECT MAX(version) FROM {VERSION}")[0][0] or _FIRST)
    if found > CURRENT:
        raise DatabaseError(
            f"the ledger has format {found}; this csvferry knows {CURRENT}", "update csvferry"
        )
    return found


def _migrate(database: Database) -> None:
    if database.server is Server.SQLITE:  # the run has locked the whole file
        _walk(database)
        return
    with database.lock(VERSION, _PATIENCE):
        _walk(database)


def _walk(database: Database) -> None:
    for version in range(_format(database) + 1, CURRENT + 1):
        step = STEPS[version]
        try:
            _take(database, step)
        except DatabaseError as error:
            if step.needed or error.code not in _DENIED:
                raise
            log.warning(
                "the ledger stays at format %s, which is slower: this user may not make format %s;"
                " a run by one who has INDEX on csvferry_runs and csvferry_rejects does",
                version - 1,
                version,
            )
            return
        database.execute(f"REPLACE INTO {VERSION} (version) VALUES ({version})")


def _take(database: Database, step: Step) -> None:
    for index in step.make:
        if not _has(database, index):
            database.execute(f"CREATE INDEX {index.name} ON {index.table} ({index.columns})")
    on = database.server is not Server.SQLITE
    for index in step.drop:
        if _has(database, index):
            database.execute(f"DROP INDEX {index.name}" + (f" ON {index.table}" if on else ""))


def _has(database: Database, index: Index) -> bool:
    if database.server is Server.SQLITE:
        sql = "SELECT 1 FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND name = ?"
    else:
        sql = (
            "SELECT 1 FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE()"
            " AND TABLE_NAME = %s AND INDEX_NAME = %s"
        )
    return bool(database.query(sql, (index.table, index.name)))


def _create(database: Database, table: str, columns: str) -> None:
    """One of the ledger's tables, unless another run on this database is making it too."""
    indexes: Sequence[Index] = [index for index in _INDEXES if index.table == table]
    inline = database.server is not Server.SQLITE
    worded = _worded(database, columns)
    for index in indexes if inline else ():
        worded += f",\n  INDEX {index.name} ({index.columns})"
    database.execute(f"CREATE TABLE IF NOT EXISTS {table} ({worded})")
    for index in () if inline else indexes:
        database.execute(f"CREATE INDEX IF NOT EXISTS {index.name} ON {table} ({index.columns})")


def _worded(database: Database, columns: str) -> str:
    if database.server is Server.SQLITE:
        return columns.format(ascii="", bytes="BLOB", serial="INTEGER PRIMARY KEY AUTOINCREMENT")
    return columns.format(
        ascii="CHARACTER SET ascii COLLATE ascii_bin",
        bytes="LONGBLOB",
        serial="BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY",
    )
