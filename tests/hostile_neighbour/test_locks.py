"""Another account of the server holds no feed up by a lock whose name it can guess."""

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

import csvferry
from csvferry.databases.connect import open_database
from csvferry.errors import BusyError
from csvferry.ledger.entries import lock_secret
from csvferry.run import runner
from targets import Target, connect


@pytest.fixture
def stranger(server_target: Target) -> Iterator[Any]:
    """A connection of an account without any right."""
    name = f"stranger_{secrets.token_hex(4)}"
    server_target.run(f"CREATE USER {name}@'%'")
    parts = urlsplit(server_target.url)
    with closing(connect(f"mysql://{name}@127.0.0.1:{parts.port}/")) as connection:
        yield connection
    server_target.run(f"DROP USER {name}@'%'")


def _hold(connection: Any, url: str, table: str) -> None:
    database = urlsplit(url).path.strip("/")
    digest = hashlib.sha256(f"{database}.{table}".casefold().encode()).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT GET_LOCK(%s, 0)", (f"csvferry:{digest[:40]}",))
        assert cursor.fetchall() == ((1,),)


def _sync(target: Target, folder: Path, rows: int) -> csvferry.Report:
    file = folder / "people.csv"
    file.write_text("id,email\n" + "".join(f"{n},a\n" for n in range(rows)))
    return csvferry.sync(str(file), to=target.url, state=str(folder / "state"), mode="upsert")


def test_a_lock_that_a_stranger_holds_stops_no_run(
    server_target: Target, tmp_path: Path, stranger: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "LOCK_WAIT", 0.2)
    assert _sync(server_target, tmp_path, 1).status == "applied"
    _hold(stranger, server_target.url, "people")
    assert _sync(server_target, tmp_path, 2).rows.inserted == 1


@pytest.mark.parametrize("held", [False, True])
def test_two_runs_exclude_each_other_whoever_holds_the_guessable_lock(
    server_target: Target, tmp_path: Path, stranger: Any, held: bool
) -> None:
    _sync(server_target, tmp_path, 1)
    if held:
        _hold(stranger, server_target.url, "people")
    with (
        closing(open_database(server_target.url)) as one,
        closing(open_database(server_target.url)) as other,
    ):
        secret = partial(lock_secret, one, "people")
        assert len(secret()) > 40
        with one.lock("people", 0.1, secret), pytest.raises(BusyError):
            other.lock("people", 0.1, secret).__enter__()
        with other.lock("people", 0.1, secret):
            """Nobody holds it any more."""


def test_a_run_that_waited_for_a_first_one_excludes_those_that_come_later(
    server_target: Target, stranger: Any
) -> None:
    """It began when there was no secret, and goes on when there is one."""
    with (
        closing(open_database(server_target.url)) as one,
        closing(open_database(server_target.url)) as other,
    ):
        told = iter(["", "secret"])
        with one.lock("people", 0.1, lambda: next(told)), pytest.raises(BusyError):
            other.lock("people", 0.1, lambda: "secret").__enter__()


def test_before_the_first_run_there_is_no_secret(server_target: Target, stranger: Any) -> None:
    """A stranger can stop a first run; the message names him."""
    _hold(stranger, server_target.url, "people")
    with closing(open_database(server_target.url)) as database:
        assert lock_secret(database, "people") == ""
        with pytest.raises(BusyError, match="another run holds the lock of people: connection"):
            database.lock("people", 0).__enter__()
