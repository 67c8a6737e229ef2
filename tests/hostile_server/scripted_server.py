"""A server that says what a test wants: it speaks MySQL's protocol and has no database.

MySQL source documentation, "Client/Server Protocol": packets, text result sets, errors.
"""

import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

OK = b"\x00\x00\x00\x02\x00\x00\x00"
_END = b"\xfe\x00\x00\x02\x00"
HANG_UP = b"bye"  # not sent: the connection ends here
Answer = Callable[[str], "list[bytes]"]


def rows(*found: Sequence[str | None]) -> list[bytes]:
    """The packets of a result set of texts."""
    width = len(found[0]) if found else 1
    names = [_column(f"c{number}") for number in range(width)]
    return [bytes([width]), *names, _END, *map(_row, found), _END]


def refusal(code: int, words: str) -> list[bytes]:
    """The packet of an error."""
    return [b"\xff" + struct.pack("<H", code) + b"#HY000" + words.encode()]


class ScriptedServer:
    """Signs anybody in; `answer` gives the packets for each statement."""

    def __init__(self, answer: Answer, version: str = "8.0.36") -> None:
        self._answer, self._version = answer, version
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.statements: list[str] = []

    @property
    def url(self) -> str:
        """Its address."""
        return f"mysql://root@127.0.0.1:{self._listener.getsockname()[1]}/shop"

    def start(self) -> None:
        """Serve."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more connections."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            _send(connection, 0, [self._greeting()])
            _read(connection)
            _send(connection, 2, [OK])
            while (packet := _read(connection)) is not None:
                statement = packet[1:].decode("utf-8", "replace")
                self.statements.append(statement)
                packets = self._answer(statement)
                _send(connection, 1, [packet for packet in packets if packet is not HANG_UP])
                if HANG_UP in packets:
                    return

    def _greeting(self) -> bytes:
        capabilities = struct.pack("<I", 0x0008A28D | 0x00000280 | 0x00008000)
        return (
            b"\x0a" + self._version.encode() + b"\x00" + struct.pack("<I", 1) + b"saltsalt\x00"
            + capabilities[:2] + b"\x2d\x02\x00" + capabilities[2:] + b"\x15" + bytes(10)
            + b"moresaltsalt\x00mysql_native_password\x00"
        )  # fmt: skip


@contextmanager
def scripted(answer: Answer, version: str = "8.0.36") -> Iterator[ScriptedServer]:
    """Such a server, at work."""
    server = ScriptedServer(answer, version)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _column(name: str) -> bytes:
    words = (b"def", b"", b"", b"", name.encode(), b"")
    return b"".join(map(_text, words)) + b"\x0c\x2d\x00\xff\x00\x00\x00\xfd\x00\x00\x00\x00\x00"


def _row(values: Sequence[str | None]) -> bytes:
    return b"".join(b"\xfb" if value is None else _text(value.encode()) for value in values)


def _text(value: bytes) -> bytes:
    size = len(value)
    return (bytes([size]) if size < 251 else b"\xfc" + struct.pack("<H", size)) + value


def _send(connection: socket.socket, number: int, packets: Sequence[bytes]) -> None:
    for at, packet in enumerate(packets, number):
        connection.sendall(struct.pack("<I", len(packet))[:3] + bytes([at % 256]) + packet)


def _read(connection: socket.socket) -> bytes | None:
    head = connection.recv(4, socket.MSG_WAITALL)
    if len(head) < 4:
        return None
    return connection.recv(int.from_bytes(head[:3], "little"), socket.MSG_WAITALL)
