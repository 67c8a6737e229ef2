"""A Lambda Runtime API of the tests' own: hands out events, takes answers.

AWS Lambda developer guide, "Using the Lambda runtime API for custom runtimes".
"""

import json
import queue
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_PREFIX = "/2018-06-01/runtime/"
_MORE = 30.0  # seconds beyond the function's; an answer that never comes fails the test


@dataclass
class Answer:
    """What the function answered: `kind` is response or error, or init/error."""

    kind: str
    body: Any


@dataclass
class RuntimeApi:
    """Events in, answers out, one at a time as Lambda does it. `seconds`: the function's time."""

    seconds: int = 300
    events: "queue.Queue[bytes]" = field(default_factory=queue.Queue)
    answers: "queue.Queue[Answer]" = field(default_factory=queue.Queue)

    def invoke(self, event: Any) -> Answer:
        """Send an event, wait for its answer."""
        self.send(event)
        return self.answers.get(timeout=self.seconds + _MORE)

    def send(self, event: Any) -> None:
        """Send an event and don't wait."""
        self.events.put(json.dumps(event).encode())


def _handler(api: RuntimeApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:  # the name that http.server calls
            event = api.events.get()
            self.send_response(200)
            self.send_header("Lambda-Runtime-Aws-Request-Id", str(uuid.uuid4()))
            deadline = int((time.time() + api.seconds) * 1000)
            self.send_header("Lambda-Runtime-Deadline-Ms", str(deadline))
            self.send_header(
                "Lambda-Runtime-Invoked-Function-Arn",
                "arn:aws:lambda:eu-central-1:123456789012:function:csvferry-test",
            )
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(event)))
            self.end_headers()
            self.wfile.write(event)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            kind = self.path.removeprefix(_PREFIX)
            kind = kind if kind == "init/error" else kind.rsplit("/", 1)[-1]
            api.answers.put(Answer(kind, json.loads(body or b"null")))
            self.send_response(202)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    return Handler


@contextmanager
def serve() -> Iterator[tuple[RuntimeApi, str]]:
    """The API and its address (host:port)."""
    api = RuntimeApi()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(api))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield api, f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
