"""A listener that speaks MySQL's connection phase, and asks for the password in each way."""

import socket
import ssl
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_LONG, _WITH_DB, _PROTOCOL_41, _SSL, _SECURE, _PLUGIN = 1, 8, 512, 2048, 32768, 1 << 19
_TLS_REQUEST = 32  # bytes of a client's packet that only begins TLS
FULL_SIGN_IN, PUBLIC_KEY = b"\x01\x04", b"\x01-----BEGIN PUBLIC KEY-----\n"


@dataclass
class Listener:
    """`greeting`: the plugin that it names first; `asks`: what it sends after each packet."""

    greeting: str
    asks: Sequence[bytes]
    tls: ssl.SSLContext | None
    received: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.socket.getsockname()[1])

    def serve(self) -> None:
        """One connection after the other, until the socket is closed."""
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            client.settimeout(20)
            with suppress(OSError):
                self._sign_in(client)
            client.close()

    def _sign_in(self, client: socket.socket) -> None:
        capabilities = _LONG | _PROTOCOL_41 | _SECURE | _PLUGIN | _WITH_DB
        capabilities |= _SSL if self.tls else 0
        low, high = capabilities & 0xFFFF, capabilities >> 16
        greeting = b"\x0a8.0.39\0" + struct.pack("<I", 1) + b"12345678\0"
        greeting += struct.pack("<HBHHB", low, 45, 2, high, 21) + bytes(10) + b"123456789012\0"
        _send(client, 0, greeting + self.greeting.encode() + b"\0")
        sequence, packet = self._receive(client)
        if self.tls and len(packet) == _TLS_REQUEST:
            client = self.tls.wrap_socket(client, server_side=True)
            sequence, packet = self._receive(client)
        for ask in self.asks:
            _send(client, sequence + 1, ask)
            sequence, packet = self._receive(client)
        _send(client, sequence + 1, b"\xff" + struct.pack("<H", 1045) + b"#28000Access denied")

    def _receive(self, client: socket.socket) -> tuple[int, bytes]:
        head = _exactly(client, 4)
        packet = _exactly(client, int.from_bytes(head[:3], "little"))
        self.received.append(packet)
        return head[3], packet


def switch(plugin: str) -> bytes:
    """A packet that asks for another plugin (MySQL manual, "AuthSwitchRequest")."""
    return b"\xfe" + plugin.encode() + b"\0" + b"12345678901234567890\0"


@contextmanager
def listening(
    greeting: str, asks: Sequence[bytes], tls: ssl.SSLContext | None = None
) -> Iterator[Listener]:
    """A listener at work during the block."""
    listener = Listener(greeting, asks, tls)
    thread = threading.Thread(target=listener.serve)
    thread.start()
    try:
        yield listener
    finally:
        listener.socket.shutdown(socket.SHUT_RDWR)
        listener.socket.close()
        thread.join()


def _send(client: socket.socket, sequence: int, payload: bytes) -> None:
    client.sendall(struct.pack("<I", len(payload))[:3] + bytes([sequence]) + payload)


def _exactly(client: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        if not (chunk := client.recv(size - len(data))):
            raise ConnectionResetError
        data += chunk
    return data
