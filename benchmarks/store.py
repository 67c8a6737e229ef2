"""S3 and Secrets Manager of the benchmark's own: moto's server, which serves large objects well.

    python -m benchmarks.store PORT FOLDER

moto reads an object whole for each range that it is asked for. Here moto answers a range without
its body, and the body is read from the file of that key in FOLDER.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

HOST, PORT = "127.0.0.1", int(os.environ.get("CSVFERRY_BENCH_STORE_PORT", "3397"))
ADDRESS = f"http://{HOST}:{PORT}"
BUCKET, KEY, REGION = "csvferry-bench", "in/people.csv", "eu-central-1"
_PIECE = 1 << 20

App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def client(service: str) -> Any:
    """boto3's client of a service."""
    import boto3

    return boto3.client(
        service,
        region_name=REGION,
        endpoint_url=ADDRESS,
        aws_access_key_id="bench",
        aws_secret_access_key="bench",
    )


@contextlib.contextmanager
def running(folder: Path) -> Iterator[None]:
    """The store, with an empty bucket; it is gone at the end."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with (folder.parent / "store.log").open("wb") as log:
        command = [sys.executable, "-m", "benchmarks.store", str(PORT), str(folder)]
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _wait(process)
        bucket = {"LocationConstraint": REGION}
        client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=bucket)
        yield
    finally:
        process.terminate()
        process.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(process: subprocess.Popen[bytes]) -> None:
    for _ in range(240):
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection((HOST, PORT), 1):
            return
        time.sleep(0.25)
    raise RuntimeError("moto's server did not start; it is in benchmarks/requirements.txt")


def put(file: Path, folder: Path) -> None:
    """Upload a file as the feed's object, as its sender would."""
    copy = folder / KEY
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.unlink(missing_ok=True)
    os.link(file, copy)
    client("s3").upload_file(str(file), BUCKET, KEY)


def _length(environ: dict[str, Any], size: int) -> tuple[int, int]:
    """First byte and number of bytes of `Range: bytes=FIRST-LAST` (RFC 9110, 14.1.2)."""
    first, _, last = environ["HTTP_RANGE"].removeprefix("bytes=").partition("-")
    end = min(int(last) + 1 if last else size, size)
    return int(first), end - int(first)


def _piece(path: Path, first: int, length: int) -> Iterator[bytes]:
    with path.open("rb", buffering=0) as file:
        file.seek(first)
        while length and (data := file.read(min(length, _PIECE))):
            length -= len(data)
            yield data


def serving(app: App, folder: Path) -> App:
    """The application with bodies of ranges from files."""

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = folder / environ["PATH_INFO"].removeprefix(f"/{BUCKET}/")
        asked = environ["REQUEST_METHOD"] == "GET" and "HTTP_RANGE" in environ
        if not (asked and path.is_file()):
            return app(environ, start)
        told: list[Any] = []
        head = {k: v for k, v in environ.items() if k != "HTTP_RANGE"} | {"REQUEST_METHOD": "HEAD"}
        list(app(head, lambda status, headers, *_: told.extend((status, headers))))
        status, headers = told
        if not status.startswith("200"):
            start(status, headers)
            return []
        size = path.stat().st_size
        first, length = _length(environ, size)
        kept = [h for h in headers if h[0].lower() not in ("content-length", "content-range")]
        whole = ("Content-Range", f"bytes {first}-{first + length - 1}/{size}")
        start("206 Partial Content", [*kept, ("Content-Length", str(length)), whole])
        return _piece(path, first, length)

    return answer


def main(port: int, folder: Path) -> None:
    """Serve until the process is ended."""
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import WSGIRequestHandler, run_simple

    class Quiet(WSGIRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_request(self, *_: Any) -> None:
            """No line for each request."""

    app = serving(DomainDispatcherApplication(create_backend_app), folder)
    run_simple(HOST, port, app, threaded=True, request_handler=Quiet)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
