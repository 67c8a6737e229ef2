"""Another account of the server holds no feed up by a lock whose name it can guess."""

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

import csvferry
from csvferry.databases.connect import open_database
from csvferry.errors import BusyError
from csvferry.ledger import migrations
from csvferry.ledger.migrations import lock_secret, table_lock
from csvferry.ledger.tables import alterations
from csvferry.run import runner
from targets import Target, connect


@pytest.fixture
def stranger(server_target: Target) -> Iterator[Any]:
    """A connection of an account without any right."""
    name = f"stranger_{secrets.token_hex(4)}"
    server_target.run(f"CREATE USER {name}@'%'")
    parts = urlsplit(server_target.url)
    url = f"mysql://{name}@127.0.0.1:{parts.port}/"
    with closing(connect(url, init_command="DO 0")) as connection:
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


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (runner, migrations):
        name = "LOCK_WAIT" if module is runner else "_PATIENCE"
        monkeypatch.setattr(module, name, 0.2)


def test_no_lock_that_a_stranger_can_name_stops_a_run(
    server_target: Target, tmp_path: Path, stranger: Any
) -> None:
    """Neither the first one, nor one that comes later, nor one of another table."""
    for table in ("people", "others", "csvferry_schema"):
        _hold(stranger, server_target.url, table)
    assert _sync(server_target, tmp_path, 1).rows.inserted == 1
    assert _sync(server_target, tmp_path, 2).rows.inserted == 1
    file = tmp_path / "others.csv"
    file.write_text("id\n1\n")
    assert csvferry.sync(str(file), to=server_target.url).rows.inserted == 1


def test_nor_one_that_brings_the_ledger_forward(
    server_target: Target, tmp_path: Path, stranger: Any
) -> None:
    _sync(server_target, tmp_path, 1)
    server_target.run("ALTER TABLE csvferry_rejects CONVERT TO CHARACTER SET latin1")
    _hold(stranger, server_target.url, "csvferry_schema")
    assert _sync(server_target, tmp_path, 2).rows.inserted == 1
    with closing(open_database(server_target.url)) as database:
        assert alterations(database) == {}


def test_a_stranger_sees_no_secret(server_target: Target, tmp_path: Path, stranger: Any) -> None:
    _sync(server_target, tmp_path, 1)
    with stranger.cursor() as cursor:
        cursor.execute(
            "SELECT TABLE_COMMENT FROM information_schema.TABLES WHERE TABLE_NAME = %s",
            ("csvferry_schema",),
        )
        assert cursor.fetchall() == ()
    with closing(open_database(server_target.url)) as database:
        assert len(lock_secret(database)) == 32


def test_two_first_runs_exclude_each_other(server_target: Target) -> None:
    """Before any of them wrote a row, and whatever table they are about to make."""
    with (
        closing(open_database(server_target.url)) as one,
        closing(open_database(server_target.url)) as other,
    ):
        with table_lock(one, "people", 0), pytest.raises(BusyError, match="connection"):
            table_lock(other, "people", 0).__enter__()
        with table_lock(one, "people", 0), table_lock(other, "towns", 0):
            """Other tables wait for nothing."""
        assert server_target.rows("SELECT COUNT(*) FROM csvferry_runs") == [(0,)]


def test_a_plan_before_the_first_run_makes_no_ledger(
    server_target: Target, tmp_path: Path, stranger: Any
) -> None:
    _hold(stranger, server_target.url, "people")
    file = tmp_path / "people.csv"
    file.write_text("id\n1\n")
    assert csvferry.plan(str(file), to=server_target.url).rows.inserted == 1
    assert server_target.tables() == set()


def test_a_ledger_of_before_has_the_secret_of_its_first_run(
    server_target: Target, tmp_path: Path, stranger: Any
) -> None:
    _sync(server_target, tmp_path, 1)
    server_target.run("ALTER TABLE csvferry_schema COMMENT = ''")
    _hold(stranger, server_target.url, "people")
    with (
        closing(open_database(server_target.url)) as one,
        closing(open_database(server_target.url)) as other,
    ):
        assert len(lock_secret(one)) > 40
        with table_lock(one, "people", 0), pytest.raises(BusyError):
            table_lock(other, "people", 0).__enter__()
    assert _sync(server_target, tmp_path, 2).rows.inserted == 1


def test_one_without_a_run_has_none_and_the_message_names_who_holds_it(
    server_target: Target, tmp_path: Path, stranger: Any
) -> None:
    _sync(server_target, tmp_path, 1)
    server_target.run("ALTER TABLE csvferry_schema COMMENT = ''", "DELETE FROM csvferry_runs")
    _hold(stranger, server_target.url, "people")
    with closing(open_database(server_target.url)) as database:
        assert lock_secret(database) == ""
        with pytest.raises(BusyError, match="another run holds the lock of people: connection"):
            table_lock(database, "people", 0).__enter__()


def test_a_run_that_waited_for_a_first_one_excludes_those_that_come_later(
    server_target: Target,
) -> None:
    """It began when there was no secret, and goes on when there is one."""
    with (
        closing(open_database(server_target.url)) as one,
        closing(open_database(server_target.url)) as other,
    ):
        told = iter(["", "secret"])
        with one.lock("people", 0.1, lambda: next(told)), pytest.raises(BusyError):
            other.lock("people", 0.1, lambda: "secret").__enter__()
