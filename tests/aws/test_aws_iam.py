"""Sign-in by IAM: a token of the moment, given in clear text over verified TLS and nowhere else."""

import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from events import SCHEDULE
from people import KEY, PEOPLE, people
from rig import Rig

from csvferry.errors import RunsFailedError

_LONG, _PROTOCOL_41, _SSL, _SECURE, _PLUGIN, _WITH_DB = 1, 512, 2048, 32768, 1 << 19, 8
_CAPABILITIES = _LONG | _PROTOCOL_41 | _SSL | _SECURE | _PLUGIN | _WITH_DB


@dataclass
class ClearTextServer:
    """Asks for the password in clear text, as RDS does of its IAM users, and then refuses it.

    It speaks MySQL's connection phase alone (MySQL manual, "Connection Phase").
    """

    folder: Path
    passwords: list[str] = field(default_factory=list)

    def start(self) -> int:
        """Listen; gives the port."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()
        return int(self._listener.getsockname()[1])

    def stop(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                self._sign_in(client)
            except OSError:
                client.close()

    def _sign_in(self, client: socket.socket) -> None:
        low, high = _CAPABILITIES & 0xFFFF, _CAPABILITIES >> 16
        greeting = b"\x0a8.0.39\0" + struct.pack("<I", 1) + b"12345678\0"
        greeting += struct.pack("<HBHHB", low, 45, 2, high, 21) + bytes(10) + b"123456789012\0"
        _send(client, 0, greeting + b"mysql_native_password\0")
        sequence, answer = _receive(client)
        if struct.unpack("<I", answer[:4])[0] & _SSL and len(answer) == 32:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.folder / "server.pem", self.folder / "server.key")
            client = context.wrap_socket(client, server_side=True)
            sequence, _ = _receive(client)
        _send(client, sequence + 1, b"\xfemysql_clear_password\0\0")
        sequence, password = _receive(client)
        self.passwords.append(password.rstrip(b"\0").decode())
        _send(client, sequence + 1, b"\xff" + struct.pack("<H", 1045) + b"#28000Access denied")
        client.close()


def _send(client: socket.socket, sequence: int, payload: bytes) -> None:
    client.sendall(struct.pack("<I", len(payload))[:3] + bytes([sequence]) + payload)


def _receive(client: socket.socket) -> tuple[int, bytes]:
    head = _exactly(client, 4)
    return head[3], _exactly(client, int.from_bytes(head[:3], "little"))


def _exactly(client: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        if not (chunk := client.recv(size - len(data))):
            raise ConnectionResetError
        data += chunk
    return data


@pytest.fixture
def asking(rig: Rig, certificates: Path) -> Iterator[ClearTextServer]:
    server = ClearTextServer(certificates)
    rig.feeds(PEOPLE)
    rig.put(KEY, people(3))
    rig.set(RDS_PORT=str(server.start()), RDS_USER="ferry")
    yield server
    server.stop()


def test_a_token_for_this_host_and_user_is_given_over_tls(
    rig: Rig, asking: ClearTextServer
) -> None:
    rig.set(SIGN_IN="iam", SECRETS_NAME=None)
    with pytest.raises(RunsFailedError, match="refused the user name or password"):
        rig.invoke(SCHEDULE)
    (token,) = asking.passwords
    rig.printed.passwords.add(token)
    assert token.startswith("127.0.0.1:")
    assert "Action=connect&DBUser=ferry" in token
    assert "X-Amz-Signature=" in token
    assert "X-Amz-Expires=900" in token


def test_a_password_is_never_given_in_clear_text(rig: Rig, asking: ClearTextServer) -> None:
    rig.keep_secret()
    with pytest.raises(RunsFailedError, match="asked for the password in clear text"):
        rig.invoke(SCHEDULE)
    assert asking.passwords == []


def test_a_token_is_not_given_to_a_server_that_is_not_verified(
    rig: Rig, asking: ClearTextServer
) -> None:
    rig.set(SIGN_IN="iam", RDS_CA="system")
    with pytest.raises(RunsFailedError, match="certificate is not one that this run trusts"):
        rig.invoke(SCHEDULE)
    assert asking.passwords == []
