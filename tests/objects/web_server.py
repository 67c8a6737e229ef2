"""A web server of the tests' own, with as much or as little of HTTP as a test wants."""

import ssl
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar


@dataclass
class Web:
    """Serves one body under every path."""

    body: bytes = b"id,email\n1,a\n"
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200
    cuts: list[int] = field(default_factory=list)
    redirect: str | None = None
    length: bool = True
    paths: list[str] = field(default_factory=list)
    signed: list[str | None] = field(default_factory=list)

    def start(self, tls: ssl.SSLContext | None = None) -> "Web":
        handler = type("Handler", (_Handler,), {"web": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._scheme = "https" if tls else "http"
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def url(self, path: str = "/people.csv", host: str = "127.0.0.1") -> str:
        return f"{self._scheme}://{host}:{self._server.server_port}{path}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    web: ClassVar[Web]

    def log_message(self, *_: Any) -> None:
        """Nothing is printed."""

    def do_GET(self) -> None:
        web = self.web
        web.paths.append(self.path)
        web.signed.append(self.headers["Authorization"])
        if web.redirect:
            self.send_response_only(302)
            self.send_header("Location", web.redirect)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response_only(web.status)
        if web.length:
            self.send_header("Content-Length", str(len(web.body)))
        self.close_connection = not web.length
        for name, value in web.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if web.cuts:
            self.wfile.write(web.body[: web.cuts.pop()])
            self.close_connection = True
        else:
            self.wfile.write(web.body)
