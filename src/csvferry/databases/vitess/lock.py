"""A lock on Vitess, which is gone, unnoticed, after 30 seconds in which its session was silent.

So it is held by a session of its own, which a thread keeps awake, and whoever commits looks first
whether it is still held. Vitess has a connection of its MySQL for each session's locks.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import Any, Protocol

from csvferry.databases.answers.rows import Count, value_of
from csvferry.databases.mysql.locks import Session, beating, table_lock
from csvferry.errors import PassingDatabaseError

_BEAT = 5.0  # seconds (vtgate's own --lock-heartbeat-time)


class Keeper(Session, Protocol):
    """A session that can be closed."""

    def close(self) -> None:
        """Let go of what it holds."""


@dataclass(frozen=True)
class _InTurn:
    """A session for two threads."""

    session: Session
    turn: Lock = field(default_factory=Lock)

    @property
    def is_open(self) -> bool:
        return self.session.is_open

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self.turn:
            return self.session.query(sql, parameters)


@contextmanager
def kept_lock(
    session: Session, place: str, table: str, wait: float, secret: Callable[[], str]
) -> Iterator[Callable[[], None]]:
    """The lock of a table; gives what raises PassingDatabaseError where it was lost.

    `session`: for nothing else. Raises BusyError after `wait` seconds.
    """
    keeper = _InTurn(session)
    with table_lock(keeper, place, table, wait, secret) as names:
        holders = {name: _holder(keeper, name) for name in names}
        with beating(_BEAT, partial(_beat, keeper)):
            yield lambda: _prove(keeper, holders, table)


@contextmanager
def claimed(session: Keeper, name: str) -> Iterator[None]:
    """Hold a lock by a session of its own, which is closed at the end."""
    with closing(session):
        keeper = _InTurn(session)
        keeper.query("SELECT GET_LOCK(%s, 0)", (name,))
        with beating(_BEAT, partial(_beat, keeper)):
            yield


def _holder(session: Session, name: str) -> int | None:
    """The connection of MySQL that holds a lock; Vitess tells nobody the number of their own."""
    found: int | None = value_of(Count | None, session.query("SELECT IS_USED_LOCK(%s)", (name,)))
    return found


def _prove(session: Session, holders: Mapping[str, int | None], table: str) -> None:
    for name, holder in holders.items():
        if holder is None or _holder(session, name) != holder:
            raise PassingDatabaseError(
                f"the lock of {table} was lost meanwhile; what was written is undone",
                "run this again; was a tablet of Vitess restarted?",
            )


def _beat(session: Session) -> bool:
    """Ask for anything of locks; whoever commits asks for those that are held."""
    session.query("SELECT IS_USED_LOCK('csvferry')")
    return True
