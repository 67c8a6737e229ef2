"""The lock of a table as a row, for a cluster whose nodes have no lock in common.

`GET_LOCK` is refused there (Percona's strict mode), or each node gives it to its own clients
(MariaDB). A row is the whole cluster's: of two nodes that change the same one at a time, one is
undone at its commit. So a lock is a row with its holder's name, and the holder's beats are another
row: as long as they go on, nobody takes the lock over. Beats are watched, not dated: nodes have
clocks of their own.

A holder that is stopped for a while can lose its lock that way. It changes nothing then: the last
statement of its transaction asks for the row, as its own, and changes it.
"""

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Protocol

from csvferry.databases.answers.rows import LeaseRow, rows_of
from csvferry.databases.mysql.locks import beating, lock_name
from csvferry.errors import BusyError, CsvFerryError, PassingDatabaseError
from csvferry.model.names import LOCKS

BEAT = 1.5  # seconds
LAPSE = 8.0  # seconds without a beat after which a lock may be taken over; less than a run waits
_POLL = 0.5  # seconds
_BEATS = ":beats"  # ends the name of the row that has a holder's beats
_DEFINITION = """CREATE TABLE IF NOT EXISTS {0} (
 name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
 holder CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
 table_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
 node VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
 connection BIGINT NOT NULL,
 changes BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC"""
_IS_THERE = """SELECT 1 FROM information_schema.TABLES
 WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s"""
_VALUES = f"""INTO {LOCKS} (name, holder, table_name, node, connection, changes)
 VALUES (%s, %s, %s, LEFT(@@wsrep_node_name, 64), CONNECTION_ID(), 0)"""
_TAKE_OVER = f"""UPDATE {LOCKS} SET holder = %s, node = LEFT(@@wsrep_node_name, 64),
 connection = CONNECTION_ID(), changes = changes + 1 WHERE name = %s AND holder = %s"""
_COUNT = f"UPDATE {LOCKS} SET changes = changes + 1 WHERE name = %s AND holder = %s"
_GIVE_BACK = f"DELETE FROM {LOCKS} WHERE name = %s AND holder = %s"
_LOOK = f"SELECT name, holder, node, connection, changes FROM {LOCKS} WHERE name IN (%s, %s)"


class Session(Protocol):
    """A connection, each of whose statements is a transaction."""

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """As `Connection.execute`."""

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """As `Connection.query`."""


@dataclass(frozen=True)
class _Lease:
    """A lock, by name, of somebody, by a name that nobody else has; the session serves it alone."""

    session: Session
    name: str
    table: str
    holder: str = field(default_factory=lambda: secrets.token_hex(16))
    turn: Lock = field(default_factory=Lock)

    @property
    def both_names(self) -> tuple[str, str]:
        """The names of its two rows."""
        return self.name, self.name + _BEATS

    def take(self, wait: float) -> None:
        """Raises BusyError after `wait` seconds."""
        deadline = time.monotonic() + wait
        seen, since = None, time.monotonic()
        while not self._try(f"INSERT {_VALUES}", (self.name, self.holder, self.table)):
            now, found = time.monotonic(), self._look()
            if found != seen:
                seen, since = found, now
            elif found and now - since > LAPSE and self._take_over(found):
                break
            if now > deadline:
                raise _busy(self.table, found)
            time.sleep(min(_POLL, max(deadline - now, 0.01)))
        # What a dead holder left of its beats is nobody's.
        self.session.execute(f"REPLACE {_VALUES}", (self.both_names[1], self.holder, self.table))

    def _take_over(self, found: Sequence[LeaseRow]) -> bool:
        return any(
            self._try(_TAKE_OVER, (self.holder, self.name, row.holder))
            for row in found
            if row.name == self.name
        )

    def _try(self, statement: str, parameters: Sequence[str]) -> bool:
        """Whether it changed a row. A node that was first undoes it: then it did not."""
        try:
            return self.session.execute(statement, parameters) > 0
        except PassingDatabaseError:
            return False

    def _look(self) -> list[LeaseRow]:
        return rows_of(LeaseRow, self.session.query(_LOOK, self.both_names))

    def beat(self) -> bool:
        """Tell that the holder lives; False where the lock is another's by now."""
        with self.turn:
            return self._try(_COUNT, (self.both_names[1], self.holder))

    def give_back(self) -> None:
        """Unless it is another's by now."""
        with self.turn, suppress(CsvFerryError):
            for name in self.both_names:
                self.session.execute(_GIVE_BACK, (name, self.holder))


@contextmanager
def leased_lock(
    session: Session, merging: Session, place: str, table: str, wait: float
) -> Iterator[Callable[[], None]]:
    """The lock of a table; gives what proves it, last in a transaction of the session `merging`.

    That raises PassingDatabaseError where the lock is lost. `session`: for nothing else. Raises
    BusyError after `wait` seconds, DatabaseError where there may be no such rows.
    """
    if not session.query(_IS_THERE, (LOCKS,)):
        session.execute(_DEFINITION.format(LOCKS))
    lease = _Lease(session, lock_name(place, ""), table)
    lease.take(wait)
    try:
        with beating(BEAT, lease.beat):
            yield lambda: _prove(merging, lease)
    finally:
        lease.give_back()


def _prove(merging: Session, lease: _Lease) -> None:
    """The row is locked until the commit; a node where somebody takes it at the time is undone."""
    if not merging.execute(_COUNT, (lease.name, lease.holder)):
        raise PassingDatabaseError(
            f"the lock of {lease.table} was lost meanwhile; what was written is undone",
            "run this again; was this machine, or the node, stopped for a while?",
        )


def _busy(table: str, found: Sequence[LeaseRow]) -> BusyError:
    who = f": connection {found[0].connection} of node {found[0].node}" if found else ""
    return BusyError(
        f"another run holds the lock of {table}{who}", "let it end, or end it, then run this again"
    )
