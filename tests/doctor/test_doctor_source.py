"""Each thing about the file and this machine is broken in turn."""

import os
import secrets
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from doctor_rig import found, wrong_ones

from small_disk import small_disk

NOWHERE = "sqlite:///none.db"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert "is the path right" in wrong_ones(found(tmp_path / "no.csv", NOWHERE))["readable"]


def test_a_folder_without_files(tmp_path: Path) -> None:
    assert "no CSV file" in wrong_ones(found(f"{tmp_path}/", NOWHERE))["source"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read(people: Path) -> None:
    people.chmod(0)
    assert "may you read it" in wrong_ones(found(people, NOWHERE))["readable"]


def test_one_bad_file_among_good_ones(people: Path) -> None:
    people.with_name("gone.csv").symlink_to("nowhere.csv")
    people.with_name("older.csv").write_text("id\n1\n")
    names = f"{people.parent}/[op]*.csv"
    assert "readable" not in wrong_ones(found(names, NOWHERE, table="people"))


def test_an_address_of_no_kind() -> None:
    assert "ftp://" in wrong_ones(found("ftp://h/people.csv", NOWHERE))["source"]


def test_standard_input_is_left_alone() -> None:
    assert found("-", NOWHERE, table="people")["source"].ok is None


def test_too_little_scratch_space(people: Path) -> None:
    """A file with a hole: larger than any disk of ours, and it takes no room."""
    os.truncate(people, 8 << 40)
    assert "TMPDIR" in wrong_ones(found(people, NOWHERE))["scratch space"]


def test_scratch_space_without_room_for_a_copy(
    people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_disk(tmp_path / "small", 200) as folder:
        monkeypatch.setattr(tempfile, "tempdir", str(folder))
        os.truncate(people, 66 << 20)
        assert "streamed" not in found(people, NOWHERE)["scratch space"].told
        os.truncate(people, 67 << 20)
        finding = found(people, NOWHERE)["scratch space"]
    assert finding.ok
    assert "is streamed" in finding.told


def test_a_scratch_folder_that_is_gone(
    people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    assert "can't be written" in wrong_ones(found(people, NOWHERE))["scratch space"]


def test_too_little_memory(people: Path) -> None:
    wrong = wrong_ones(found(people, NOWHERE, memory="900000G"))
    assert "--memory" in wrong["memory"]


# An object store that answers as S3 does


@contextmanager
def s3_server(status: int, body: str) -> Iterator[str]:
    """HEAD is answered, and GET refused with a status and a body."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "9")
            self.send_header("ETag", '"e"')
            self.send_header("Last-Modified", "Tue, 24 Nov 2026 10:00:00 GMT")
            self.end_headers()

        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    return monkeypatch


def test_an_encryption_key_that_may_not_be_used(aws: pytest.MonkeyPatch) -> None:
    body = (
        "<Error><Code>AccessDenied</Code><Message>User is not authorized to perform:"
        " kms:Decrypt on the resource</Message></Error>"
    )
    with s3_server(403, body) as endpoint:
        aws.setenv("AWS_ENDPOINT_URL", endpoint)
        findings = found("s3://bucket/people.csv", NOWHERE)
    assert findings["readable"].ok
    assert "allow kms:Decrypt" in wrong_ones(findings)["encryption key"]


def test_an_object_that_is_there_and_one_that_is_not(aws: pytest.MonkeyPatch) -> None:
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        endpoint, bucket = f"http://{host}:{port}", f"doctor-{secrets.token_hex(4)}"
        aws.setenv("AWS_ENDPOINT_URL", endpoint)
        s3 = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
        s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key="people.csv", Body=b"id\n1\n")
        findings = found(f"s3://{bucket}/people.csv", NOWHERE)
        assert findings["encryption key"].ok
        missing = wrong_ones(found(f"s3://{bucket}/no.csv", NOWHERE))
        assert "no object" in missing["readable"]
        nowhere = wrong_ones(found("s3://doctor-none/people.csv", NOWHERE))
        assert "no bucket" in nowhere["readable"]
    finally:
        server.stop()
