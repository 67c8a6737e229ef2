"""An HTTP proxy in front of an S3 server that fails in the ways in which networks and S3 fail."""

import http.client
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import urlsplit

Trouble = Callable[["_Handler"], bool]


@dataclass
class StormyS3:
    """Troubles strike requests in order: each takes the first request that its method fits.

    `host`: the name that upstream must be called by, where it minds.
    """

    upstream: str
    host: str | None = None
    troubles: list[tuple[str, Trouble]] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    signatures: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> "StormyS3":
        """Listen on a free port."""
        handler = type("Handler", (_Handler,), {"storm": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()

    def strike(self, method: str, trouble: Trouble, times: int = 1) -> None:
        """Have the next `times` requests of a method meet this trouble."""
        self.troubles += [(method, trouble)] * times

    def take(self, method: str, path: str) -> Trouble | None:
        """The trouble of a request, if one waits for it."""
        with self.lock:
            self.requests.append((method, path))
            for trouble in self.troubles:
                if trouble[0] == method and "/state/" not in path:
                    self.troubles.remove(trouble)
                    return trouble[1]
        return None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    storm: ClassVar[StormyS3]

    def log_message(self, *_: Any) -> None:
        """Nothing is printed."""

    def handle_any(self) -> None:
        self.storm.signatures.append(self.headers.get("Authorization", ""))
        trouble = self.storm.take(self.command, self.path)
        if trouble is None or not trouble(self):
            self.forward()

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_any  # noqa: N815  # the base's names

    def forward(self, cut: int | None = None, *, reset: bool = False) -> None:
        """Ask upstream and hand its answer on, whole or its first `cut` bytes of the body."""
        target = urlsplit(self.storm.upstream)
        connection = http.client.HTTPConnection(str(target.hostname), target.port or 80)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.title(): value for name, value in self.headers.items()}
        headers["Host"] = self.storm.host or headers["Host"]
        connection.request(self.command, self.path, body, headers)
        answer = connection.getresponse()
        data = answer.read()
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "connection"):
                self.send_header(name, value)
        if "content-length" not in {name.lower() for name, _ in answer.getheaders()}:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        connection.close()
        if self.command != "HEAD":
            self.wfile.write(data[:cut])
            self.wfile.flush()
        if cut is not None:
            self.hang_up(reset=reset)

    def hang_up(self, *, reset: bool) -> None:
        """Close in good order, or with a TCP reset."""
        self.close_connection = True
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        else:
            self.connection.shutdown(socket.SHUT_RDWR)


def busy(handler: _Handler) -> bool:
    """503 Slow Down."""
    return answering(503, "SlowDown", "Please reduce your request rate.")(handler)


def answering(status: int, code: str, message: str) -> Trouble:
    """An error as S3 words it; a HEAD's has no body."""

    def answer(handler: _Handler) -> bool:
        body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()
        handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        handler.send_response_only(status)
        handler.send_header("Content-Type", "application/xml")
        handler.send_header("Content-Length", "0" if handler.command == "HEAD" else str(len(body)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(body)
        return True

    return answer


def resetting(handler: _Handler) -> bool:
    """The connection is reset before there is an answer."""
    handler.hang_up(reset=True)
    return True


def cutting(after: int, *, reset: bool = False) -> Trouble:
    """The body ends, or the connection is reset, after some bytes of it."""

    def cut(handler: _Handler) -> bool:
        handler.forward(after, reset=reset)
        return True

    return cut


def meanwhile(act: Callable[[], object]) -> Trouble:
    """Something else happens first; the answer itself is good."""

    def answer(_: _Handler) -> bool:
        act()
        return False

    return answer
