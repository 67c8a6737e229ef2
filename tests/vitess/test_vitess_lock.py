"""A lock that lapses in silence is kept awake, and proven before a commit."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest

from csvferry.databases.base import Database
from csvferry.databases.connect import open_database
from csvferry.databases.mysql.connection import MysqlConnection
from csvferry.databases.mysql.locks import Session
from csvferry.databases.vitess.lock import kept_lock
from csvferry.errors import BusyError, PassingDatabaseError
from targets import Target


@contextmanager
def _session(target: Target) -> Iterator[MysqlConnection]:
    with closing(open_database(target.url)) as database:
        assert isinstance(database, MysqlConnection)
        yield database


def test_a_lock_that_is_held_is_proven(server_target: Target) -> None:
    with (
        _session(server_target) as one,
        _session(server_target) as other,
        kept_lock(one, server_target.url, "people", 0, str) as prove,
    ):
        prove()
        with pytest.raises(BusyError), kept_lock(other, server_target.url, "people", 0, str):
            pass
        prove()


def test_a_lock_that_was_lost_is_noticed(server_target: Target) -> None:
    with (
        _session(server_target) as one,
        kept_lock(one, server_target.url, "people", 0, str) as prove,
    ):
        one.query("SELECT RELEASE_ALL_LOCKS()")
        with pytest.raises(PassingDatabaseError, match="the lock of people was lost"):
            prove()


def test_a_lock_that_another_took_meanwhile_is_noticed(server_target: Target) -> None:
    with (
        _session(server_target) as one,
        _session(server_target) as other,
        kept_lock(one, server_target.url, "people", 0, str) as prove,
    ):
        one.query("SELECT RELEASE_ALL_LOCKS()")
        with (
            kept_lock(other, server_target.url, "people", 0, str),
            pytest.raises(PassingDatabaseError, match="the lock of people was lost"),
        ):
            prove()


def test_what_was_written_under_a_lost_lock_is_undone(
    server_target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    server_target.run("CREATE TABLE people (id BIGINT PRIMARY KEY)")
    keepers: list[Session] = []

    def remembering(session: Session, *rest: object) -> object:
        keepers.append(session)
        return kept_lock(session, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr("csvferry.databases.mysql.connection.kept_lock", remembering)
    with _session(server_target) as database:
        database.sql.locks_lapse = True
        with database.lock("people", 0):
            _write(database, 1, lambda: None)
            with pytest.raises(PassingDatabaseError, match="was lost"):
                _write(database, 2, lambda: keepers[0].query("SELECT RELEASE_ALL_LOCKS()"))
    assert server_target.rows("SELECT * FROM people") == [(1,)]


def _write(database: Database, number: int, meanwhile: Callable[[], object]) -> None:
    with database.transaction():
        database.execute(f"INSERT INTO people VALUES ({number})")
        meanwhile()
