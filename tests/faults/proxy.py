"""A TCP proxy between csvferry and a MySQL server that can cut the connection at a byte.

A rule is asked about each piece that the client sends, before it goes on to the server.
"""

import contextlib
import socket
import threading
from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit

COMMIT = b"\x07\x00\x00\x00\x03COMMIT"
Rule = Callable[[bytes], str]


class Proxy:
    """Listens on a free port. What a rule may answer: `pass`, `cut` (the piece is not passed on),
    `cut after` (it is, and the server's answer is kept from the client)."""

    def __init__(self, url: str, rule: Rule) -> None:
        parts = urlsplit(url)
        self._server = (parts.hostname or "127.0.0.1", parts.port or 3306)
        self._rule = rule
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        self.url = urlunsplit(parts._replace(netloc=f"root@127.0.0.1:{port}"))
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> "Proxy":
        return self

    def __exit__(self, *error: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(self._server)
        except OSError:
            client.close()
            return
        wires = (client, server)
        hushed = threading.Event()
        back = threading.Thread(target=self._answer, args=(*wires, hushed), daemon=True)
        back.start()
        with contextlib.suppress(OSError):
            while piece := client.recv(65536):
                with self._lock:
                    verdict = self._rule(piece)
                if verdict == "cut":
                    break
                if verdict == "cut after":
                    hushed.set()
                    server.sendall(piece)
                    back.join()
                    break
                server.sendall(piece)
        _end(*wires)

    def _answer(
        self, client: socket.socket, server: socket.socket, hushed: threading.Event
    ) -> None:
        with contextlib.suppress(OSError):
            while piece := server.recv(65536):
                if hushed.is_set():
                    break
                client.sendall(piece)
        if not hushed.is_set():
            _end(client, server)


def _end(*wires: socket.socket) -> None:
    for wire in wires:
        with contextlib.suppress(OSError):
            wire.shutdown(socket.SHUT_RDWR)
        wire.close()


def once(mark: bytes, verdict: str) -> Rule:
    """The first piece with these bytes in it gets the verdict."""
    done = False

    def rule(piece: bytes) -> str:
        nonlocal done
        if done or mark not in piece:
            return "pass"
        done = True
        return verdict

    return rule


def always(mark: bytes, verdict: str) -> Rule:
    """Each piece with these bytes in it gets the verdict."""
    return lambda piece: verdict if mark in piece else "pass"


def after(count: int, act: Callable[[], None]) -> Rule:
    """Act, and cut, once so many bytes have passed."""
    passed = 0

    def rule(piece: bytes) -> str:
        nonlocal passed
        before, passed = passed, passed + len(piece)
        if before <= count < passed:
            act()
            return "cut"
        return "pass"

    return rule
