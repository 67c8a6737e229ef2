"""A server that asks for the client's files: it gets no byte of any, whatever it asks and when."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from csvferry.databases.mysql.database import MysqlDatabase
from csvferry.databases.mysql.session.wire import LoadRefusedError
from csvferry.errors import DatabaseError

OK = b"\x00\x00\x00\x02\x00\x00\x00"
SECRET = "root:x:0:0"


class Hostile:
    """Speaks enough of the protocol to sign anybody in; then asks for a file at the n-th
    query, or at a LOAD DATA before it."""

    def __init__(self, path: str, patience: int) -> None:
        self.path, self.patience = path, patience
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.received = b""
        self.asked = self.ended = False
        self.thread = threading.Thread(target=self._serve)

    @property
    def url(self) -> str:
        return f"mysql://root@127.0.0.1:{self.listener.getsockname()[1]}/shop"

    def _serve(self) -> None:
        connection, _ = self.listener.accept()
        connection.settimeout(20)
        with connection:
            self._send(connection, 0, self._greeting())
            self._read(connection)
            self._send(connection, 2, OK)
            while (query := self._read(connection)) is not None:
                self._answer(connection, query)
            self.ended = True

    def _answer(self, connection: socket.socket, query: bytes) -> None:
        """What comes after the first request is all that a hostile server could take for a file."""
        if self.asked:
            self.received += query
        if self.patience and b"LOAD DATA" not in query:
            self.patience -= 1
            self._send(connection, 1, OK)
        else:
            self.asked = True
            self._send(connection, 1, b"\xfb" + self.path.encode())

    @staticmethod
    def _greeting() -> bytes:
        capabilities = 0x0008A28D | 0x00000080 | 0x00000200 | 0x00008000
        low, high = struct.pack("<I", capabilities)[:2], struct.pack("<I", capabilities)[2:]
        return (
            b"\x0a8.0.36\x00" + struct.pack("<I", 1) + b"saltsalt\x00" + low + b"\x2d\x02\x00"
            + high + b"\x15" + bytes(10) + b"moresaltsalt\x00mysql_native_password\x00"
        )  # fmt: skip

    @staticmethod
    def _send(connection: socket.socket, number: int, payload: bytes) -> None:
        connection.sendall(struct.pack("<I", len(payload))[:3] + bytes([number]) + payload)

    @staticmethod
    def _read(connection: socket.socket) -> bytes | None:
        try:
            head = connection.recv(4, socket.MSG_WAITALL)
            if len(head) < 4:
                return None
            return connection.recv(int.from_bytes(head[:3], "little"), socket.MSG_WAITALL)
        except OSError:
            return None


@contextmanager
def _hostile(path: str, patience: int) -> Iterator[Hostile]:
    server = Hostile(path, patience)
    server.thread.start()
    try:
        yield server
    finally:
        server.thread.join()
        server.listener.close()


@pytest.fixture
def secret(tmp_path: Path) -> str:
    path = tmp_path / "passwd"
    path.write_text(SECRET)
    return str(path)


def _use(url: str) -> None:
    database = MysqlDatabase.from_url(url, untested=True)
    for _ in range(4):
        database.execute("SELECT 1")


@pytest.mark.parametrize("patience", range(4))
def test_no_file_for_a_query(secret: str, patience: int) -> None:
    """No LOAD DATA was issued at all: from the first statement of the session on."""
    with _hostile(secret, patience) as server:
        with pytest.raises(LoadRefusedError, match="not offered"):
            _use(server.url)
        server.thread.join()
        assert server.asked
        assert server.ended
        assert SECRET.encode() not in server.received


def test_no_file_for_the_question_of_its_name(secret: str) -> None:
    with _hostile(secret, 0) as server:
        with pytest.raises(LoadRefusedError, match="not offered"):
            MysqlDatabase.from_url(server.url)
        server.thread.join()
        assert SECRET.encode() not in server.received


def test_no_other_file_than_the_one_offered(secret: str, tmp_path: Path) -> None:
    """A LOAD DATA is under way, and the server names another file than the one in it."""
    offered = tmp_path / "offered"
    offered.write_text("1,2\n")
    with _hostile(secret, 99) as server:
        database = MysqlDatabase.from_url(server.url, untested=True)
        with offered.open("rb") as file, database.wire.offering(file.fileno(), 0, 9) as name:
            with pytest.raises(DatabaseError, match="not offered") as caught:
                database.execute(f"LOAD DATA LOCAL INFILE '{name}' INTO TABLE people")
            assert not caught.value.passing
            assert file.read() == b"1,2\n"
        server.thread.join()
        assert server.asked
        assert server.received == b""
