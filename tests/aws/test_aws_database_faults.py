"""A database that is stopped, slow to wake, or killed in mid-merge."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from events import SCHEDULE
from people import KEY, PEOPLE, people
from rig import Context, Rig

from csvferry.aws.database_access import Connector
from csvferry.aws.settings import read_settings
from csvferry.errors import RunsFailedError


def test_a_database_that_stays_stopped_fails_the_invocation(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, people(3))
    rig.server.stop()
    with pytest.raises(RunsFailedError, match=r"people: .*2003"):
        rig.invoke(SCHEDULE, Context(seconds=21))
    assert rig.metrics(service="csvferry-test")["RunsFailed"] == 1


def test_a_paused_database_has_a_minute_and_more_to_wake(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    settings, _ = read_settings(os.environ)
    connector = Connector(settings, lambda: 300)
    assert connector.patience >= 60
    connector.waited = 90  # for the first feed, in vain: the next ones try once
    assert connector.patience == 0


def test_a_database_that_is_slow_to_wake_is_waited_for(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, people(3))
    rig.server.stop()
    with _sleeping(rig.server.port) as tried:
        invocation = rig.invoke_aside(SCHEDULE)
        assert tried.wait(30)
    rig.server.start()
    assert invocation.result()[0]["status"] == "applied"


@contextmanager
def _sleeping(port: int) -> Iterator[threading.Event]:
    """Takes one connection and ends it without a word, as a proxy of a paused server does."""
    tried = threading.Event()
    listener = socket.create_server(("127.0.0.1", port))

    def take() -> None:
        connection, _ = listener.accept()
        connection.close()
        tried.set()

    threading.Thread(target=take, daemon=True).start()
    try:
        yield tried
    finally:
        listener.close()


def test_a_database_killed_in_mid_merge_has_the_rows_once_after_it_is_back(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, people(50))
    rig.invoke(SCHEDULE)
    rig.put(KEY, people(60, _7="other7@in.example"))
    with closing(rig.root()) as holder:
        holder.begin()
        holder.cursor().execute("SELECT * FROM people FOR UPDATE")
        invocation = rig.invoke_aside(SCHEDULE)
        _wait_for_lock_wait(rig)
        rig.server.kill()
        holder._force_close()
    rig.server.start()
    (report,) = invocation.result()
    assert report["status"] == "applied"
    assert rig.rows("SELECT COUNT(*), COUNT(DISTINCT id) FROM people") == [(60, 60)]
    assert rig.rows("SELECT email FROM people WHERE id = 7") == [("other7@in.example",)]
    assert rig.rows("SELECT COUNT(*) FROM csvferry_runs") == [(2,)]
    assert not [name for (name,) in rig.rows("SHOW TABLES") if name.startswith("csvferry_stage_")]


def _wait_for_lock_wait(rig: Rig) -> None:
    """Until a statement of the function waits for the rows that are held."""
    query = "SELECT COUNT(*) FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT'"
    deadline = time.monotonic() + 60
    with closing(rig.root()) as connection:
        cursor: Any = connection.cursor()
        while time.monotonic() < deadline:
            cursor.execute(query)
            if cursor.fetchone()[0]:
                return
            time.sleep(0.2)  # InnoDB renews that table when it was not read for 0.1 s
    raise AssertionError("nothing waited")
