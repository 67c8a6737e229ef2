"""Locks on MySQL: of a table, and of a run that has a shadow table."""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import Any, Protocol

from csvferry.databases.answers.rows import Flag, HolderRow, Lock, rows_of, value_of
from csvferry.errors import BusyError, CsvFerryError, DatabaseError, PassingDatabaseError
from csvferry.model.names import OLD, STAGE_PREFIX

_NAME = re.compile(f"{STAGE_PREFIX}([0-9a-f]{{26}})(_load|{OLD}|(?:_[a-z0-9_]+)?)")


class Session(Protocol):
    """What holds locks: they go with it."""

    @property
    def is_open(self) -> bool:
        """Whether it was neither closed nor lost."""

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """As `Connection.query`."""


@contextmanager
def table_lock(
    session: Session, place: str, table: str, wait: float, secret: Callable[[], str]
) -> Iterator[Sequence[str]]:
    """Hold the lock of a table; gives the names of what is held. Raises BusyError.

    Locks are the whole server's, and any account may take one whose name it can guess.

    So the name holds a secret. Where there is none yet, one that came meanwhile counts too.
    """
    taken: list[str] = []
    try:
        known = secret()
        _take(session, lock_name(place, known), wait, taken, table)
        if not known and (known := secret()):
            _take(session, lock_name(place, known), wait, taken, table)
        yield taken
    finally:
        if session.is_open:
            with suppress(CsvFerryError):  # the locks go with the connection
                for name in reversed(taken):
                    session.query("SELECT RELEASE_LOCK(%s)", (name,))


@contextmanager
def beating(seconds: float, beat: Callable[[], bool]) -> Iterator[None]:
    """Call `beat` at this interval, by a thread, until it says False or fails: who commits asks."""
    done = Event()

    def beats() -> None:
        with suppress(CsvFerryError):
            while not done.wait(seconds) and beat():
                pass

    thread = Thread(target=beats, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def lock_name(place: str, secret: str) -> str:
    """The name of the lock of a place, at most 49 characters of ASCII."""
    what = place.casefold() + secret
    return "csvferry:" + hashlib.sha256(what.encode()).hexdigest()[:40]


def _take(session: Session, name: str, wait: float, taken: list[str], table: str) -> None:
    if value_of(Lock, session.query("SELECT GET_LOCK(%s, %s)", (name, wait))) != 1:
        raise BusyError(
            f"another run holds the lock of {table}{_holder(session, name)}",
            "let it end, or end it, then run this again",
        )
    taken.append(name)


def check_held(session: Session, names: Sequence[str], table: str) -> None:
    """Raises PassingDatabaseError where the session does not hold these locks.

    A proxy that lends connections by the statement gives a lock to one of them and forgets it.
    """
    for name in names:
        asked = session.query("SELECT IS_USED_LOCK(%s) <=> CONNECTION_ID()", (name,))
        if value_of(Flag, asked) != 1:
            raise PassingDatabaseError(
                f"the lock of {table} was lost meanwhile; what was written is undone",
                "run this again; does a proxy share connections?",
            )


def _holder(session: Session, name: str) -> str:
    try:
        listed = session.query(
            "SELECT ID, USER, HOST, TIME FROM information_schema.PROCESSLIST"
            " WHERE ID = IS_USED_LOCK(%s)",
            (name,),
        )
        found = rows_of(HolderRow, listed)
    except DatabaseError:
        return ""
    if not found:
        return ""
    one = found[0]
    return f": connection {one.connection} of {one.user}@{one.host}, busy for {one.seconds} s"


def run_of(table: str, kind: str = "") -> str | None:
    """The run whose staging or shadow table (or, of the kind OLD, table that gave way) it is."""
    found = _NAME.fullmatch(table)
    return found[1] if found and kind in ("", found[2]) else None


def run_lock(run: str) -> str:
    """The name of the lock that a run with a shadow table holds."""
    return f"csvferry:{run}"


def is_running(session: Session, run: str) -> bool:
    """Whether a run holds that lock."""
    return bool(value_of(Lock, session.query("SELECT IS_FREE_LOCK(%s)", (run_lock(run),))) != 1)
