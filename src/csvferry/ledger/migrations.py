"""The ledger's tables, the number of their format, the steps from one to the next, and its lock.

A step is a list of changes, each of which looks whether it is done already: a run that is killed
between two of them leaves the format's old number, and the next run does what is left. On MySQL,
where DDL commits, runs take turns by a lock; on SQLite a step is part of the run's transaction.
"""

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from csvferry.databases.answers.rows import Count, Word, rows_of, value_of
from csvferry.databases.base import Database
from csvferry.errors import DatabaseError
from csvferry.ledger.records import format_of
from csvferry.ledger.tables import (
    BY_LINE,
    BY_RUN,
    BY_TABLE,
    COLUMNS,
    INDEXES,
    Index,
    alterations,
    declared,
    without_rollback,
)
from csvferry.model.names import RUNS, VERSION
from csvferry.printable import get_logger

log = get_logger(__name__)

_SECRET = re.compile("ledger of csvferry ([0-9a-f]{32})")  # the comment of VERSION
_PATIENCE = 30.0  # seconds until another run has brought the tables forward
_DENIED = {1142, 1143, 1227}  # the user lacks the right


@dataclass(frozen=True)
class Step:
    """What makes the next format of the one before it; indexes are made before others are dropped.

    `needed`: whether this csvferry can't work on the old format, so that a user who may not change
    the tables can't run it.
    """

    make: tuple[Index, ...] = ()
    drop: tuple[Index, ...] = ()
    alter: bool = False  # whether each table becomes what `ledger.tables` has
    needed: bool = True


_FIRST = 1
STEPS: Mapping[int, Step] = {
    # The last run on a table and a run's rejects by line are found without a look at the others.
    2: Step(make=(BY_TABLE, BY_LINE), drop=(BY_RUN,), needed=False),
    # Nothing is left to what the server would choose.
    3: Step(alter=True, needed=False),
}
CURRENT = max(STEPS)
_ALTERING = 3


def exists(database: Database) -> bool:
    """Whether this database has a ledger."""
    return database.ledger.catalog.has(VERSION)


def prepare(database: Database) -> None:
    """Create or migrate the ledger's tables, outside any transaction on MySQL.

    Tables that somebody altered are brought back. Raises DatabaseError where a newer csvferry made
    them, or where one of them could not undo what a run that fails wrote.
    """
    database = database.ledger
    if not exists(database):
        _make(database)
    elif _format(database) < CURRENT or alterations(database):
        _migrate(database)
        _demand_rollback(database)


@contextmanager
def table_lock(database: Database, table: str, wait: float, *, dry: bool = False) -> Iterator[None]:
    """Be the only run on a table. Raises BusyError after `wait` seconds.

    Where locks are the whole server's, the name holds a secret of the ledger, which is made first;
    a dry run makes none, and has nothing to lock before there is one.
    """
    if database.sql.ddl_commits and not exists(database):
        if dry:
            yield
            return
        _make(database.ledger)
    with database.lock(table, wait, partial(lock_secret, database)):
        _await_entries(database.ledger, table)
        yield


def _await_entries(database: Database, table: str) -> None:
    """Wait for an entry that a run which no longer holds the lock is about to commit."""
    if database.sql.awaiting and exists(database):
        mine = f"SELECT COUNT(*) FROM {RUNS} WHERE table_name = {database.sql.mark}"
        value_of(Count, database.query(f"{mine}{database.sql.awaiting}", (table,)))


def lock_secret(database: Database) -> str:
    """What only accounts with rights on the ledger can see; '' where a ledger has no secret.

    Ledgers of csvferry 0.2 and before have none but that of their first run.
    """
    database = database.ledger
    if found := _SECRET.fullmatch(database.catalog.comment(VERSION)):
        return found[1]
    first = database.query(f"SELECT run, seal FROM {RUNS} ORDER BY position LIMIT 1")
    return "".join(run + seal for run, seal in rows_of(tuple[Word, Word], first))


def _make(database: Database) -> None:
    """Of runs that make it at once, the first gives it its secret."""
    for table in COLUMNS:
        _create(database, table)
    database.execute(f"REPLACE INTO {VERSION} (version) VALUES ({CURRENT})")


def _demand_rollback(database: Database) -> None:
    for table, engine in without_rollback(database).items():
        raise DatabaseError(
            f"the engine of {table}, {engine}, can't undo what a run did: an entry would stay where"
            " its rows do not",
            f"let an administrator run: ALTER TABLE {table} ENGINE=InnoDB",
        )


def _format(database: Database) -> int:
    """The tables' format; one that was killed as it made them left none, and may be the first."""
    newest = database.query(f"SELECT MAX(version) FROM {VERSION}")
    found = format_of(newest[0][0] or _FIRST)
    if found > CURRENT:
        raise DatabaseError(
            f"the ledger has format {found}; this csvferry knows {CURRENT}", "update csvferry"
        )
    return found


def _migrate(database: Database) -> None:
    if not database.sql.ddl_commits:  # a step is part of the run's transaction
        _walk(database)
        return
    with database.lock(VERSION, _PATIENCE, partial(lock_secret, database)):
        _walk(database)


def _walk(database: Database) -> None:
    """Take the steps that are missing, and the one that brings back what was altered since."""
    known = _format(database)
    for version in range(min(known, _ALTERING - 1) + 1, CURRENT + 1):
        step = STEPS[version]
        try:
            _take(database, step)
        except DatabaseError as error:
            if step.needed or error.code not in _DENIED:
                raise
            log.warning(
                "the ledger stays at format %s: this user may not make format %s; a run by one who"
                " has ALTER and INDEX on csvferry's tables does",
                version - 1,
                version,
            )
            return
        if version > known:
            database.execute(f"REPLACE INTO {VERSION} (version) VALUES ({version})")


def _take(database: Database, step: Step) -> None:
    for index in step.make:
        if not database.catalog.has_index(index.table, index.name):
            database.execute(f"CREATE INDEX {index.name} ON {index.table} ({index.columns})")
    for index in step.drop:
        if database.catalog.has_index(index.table, index.name):
            database.execute(database.sql.drop_index(index.table, index.name))
    for statement in alterations(database).values() if step.alter else ():
        database.execute(statement)


def _create(database: Database, table: str) -> None:
    """One of the ledger's tables, unless another run on this database is making it too."""
    indexes = [index for index in INDEXES if index.table == table]
    apart = database.sql.indexes_apart
    parts = declared(table, database.sql)
    if not apart:
        parts += [f"INDEX {index.name} ({index.columns})" for index in indexes]
    options = database.sql.table_options
    if table == VERSION:
        options += database.sql.table_comment(f"ledger of csvferry {secrets.token_hex(16)}")
    database.execute(f"CREATE TABLE IF NOT EXISTS {table} ({', '.join(parts)}){options}")
    for index in indexes if apart else ():
        database.execute(f"CREATE INDEX IF NOT EXISTS {index.name} ON {table} ({index.columns})")
