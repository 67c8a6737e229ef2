"""A server that has gone mute is left; one that works for long is waited for."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import pytest

from csvferry.databases.mysql.database import MysqlDatabase
from csvferry.databases.mysql.session import connect as session
from csvferry.errors import DatabaseError
from targets import Target


class Forwarder:
    """Passes bytes on in both directions until it is told to keep them; it never hangs up."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._server = (parts.hostname or "", parts.port or 3306)
        self.mute = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._kept: list[socket.socket] = [self._listener]
        port = self._listener.getsockname()[1]
        self.url = urlunsplit(parts._replace(netloc=f"root@127.0.0.1:{port}"))
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._server)
                self._kept += (client, server)
                for pair in ((client, server), (server, client)):
                    threading.Thread(target=self._pass, args=pair, daemon=True).start()

    def _pass(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := one.recv(65536):
                if not self.mute.is_set():
                    other.sendall(piece)

    def close(self) -> None:
        for one in self._kept:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


@pytest.fixture
def forwarder(server_target: Target) -> Iterator[Forwarder]:
    forwarder = Forwarder(server_target.url)
    yield forwarder
    forwarder.close()


@pytest.mark.timeout(60)
def test_a_server_that_answers_nothing_any_more_is_left(
    forwarder: Forwarder, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = MysqlDatabase.from_url(forwarder.url)
    monkeypatch.setattr(session, "_HANDSHAKE", 0.3)
    database.wire.silence = 0.1
    forwarder.mute.set()
    with pytest.raises(DatabaseError, match="connection to the database server was lost") as error:
        database.query("SELECT 1")
    assert error.value.passing


@pytest.mark.timeout(60)
def test_an_answer_that_is_lost_on_the_way_is_not_waited_for(forwarder: Forwarder) -> None:
    """The server has done its work, and says so to whoever asks anew."""
    database = MysqlDatabase.from_url(forwarder.url)
    other = Forwarder(forwarder.url)
    try:
        through = MysqlDatabase.from_url(other.url)
        through.wire.silence = 0.1
        through.wire.at_work = lambda: session.is_at_work(database.target, through.wire.thread_id())
        other.mute.set()
        with pytest.raises(DatabaseError, match="connection to the database server was lost"):
            through.query("SELECT 1")
    finally:
        other.close()


def test_a_statement_that_takes_long_is_waited_for(server_target: Target) -> None:
    database = MysqlDatabase.from_url(server_target.url)
    database.wire.silence = 0.05
    assert database.query("SELECT SLEEP(0.5), 7")[0][1] == 7


def test_a_server_that_takes_no_second_connection_is_waited_for(server_target: Target) -> None:
    """It answers, though not what was asked: nothing says that it has gone."""
    name = "lonely"
    port = urlsplit(server_target.url).port
    schema = urlsplit(server_target.url).path.strip("/")
    server_target.run(
        f"CREATE USER IF NOT EXISTS {name}@'%' WITH MAX_USER_CONNECTIONS 1",
        f"GRANT SELECT ON {schema}.* TO {name}@'%'",
    )
    try:
        database = MysqlDatabase.from_url(f"mysql://{name}@127.0.0.1:{port}/{schema}")
        database.wire.silence = 0.05
        assert database.query("SELECT SLEEP(0.5), 7")[0][1] == 7
        database.close()
    finally:
        server_target.run(f"DROP USER {name}@'%'")
