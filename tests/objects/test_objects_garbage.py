"""An S3 endpoint that answers nonsense fails the run by name; it never passes for a file."""

from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

import csvferry
from aws.stormy import Trouble
from csvferry.errors import SourceError
from csvferry.sources.cloud import ranges
from csvferry.sources.source import find
from objects.conftest import Bucket

DATA = b"id,name\n1,a\n"
DATED = {"ETag": '"x"', "Last-Modified": "Tue, 24 Nov 2026 10:00:00 GMT"}


def saying(status: int, headers: dict[str, str], body: bytes = b"") -> Trouble:
    """This answer and nothing after it."""

    def answer(handler: BaseHTTPRequestHandler) -> bool:
        handler.send_response_only(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(body)
        handler.close_connection = True
        return True

    return answer


HEADS = {
    "nothing": saying(200, {}),
    "no length": saying(200, DATED),
    "a length below zero": saying(200, {**DATED, "Content-Length": "-5"}),
    "no identity": saying(200, {"Content-Length": "12", "Last-Modified": DATED["Last-Modified"]}),
    "a teapot": saying(418, {"Content-Length": "0"}),
    "another place, untold": saying(301, {"Content-Length": "0"}),
}
BODIES = {
    "a web page": saying(200, {"Content-Length": "6"}, b"<html>"),
    "no content": saying(204, {}),
    "another range": saying(206, {**DATED, "Content-Range": "bytes 5-9/12"}, b"xxxxx"),
    "more than was asked for": saying(206, {**DATED, "Content-Range": "bytes 0-11/12"}, b"x" * 99),
    "not modified": saying(304, {}),
}
LISTS = {
    "a web page": saying(200, {"Content-Length": "6"}, b"<html>"),
    "nothing": saying(200, {"Content-Length": "0"}),
    "half of a list": saying(200, {"Content-Length": "18"}, b"<ListBucketResult>"),
}


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "pause", lambda _: None)


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_nonsense_about_an_object(bucket: Bucket, head: Trouble) -> None:
    source = bucket.put("people.csv", DATA)
    bucket.storm.strike("HEAD", head, times=12)
    with pytest.raises(SourceError, match=bucket.name):
        find(source)[0].identify()


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_nonsense_for_its_bytes(bucket: Bucket, body: Trouble, tmp_path: Path) -> None:
    source = bucket.put("people.csv", DATA)
    bucket.storm.strike("GET", body, times=40)
    with pytest.raises(SourceError, match=r"people\.csv"):
        csvferry.sync(source, to=f"sqlite:///{tmp_path}/garbage.db")


@pytest.mark.parametrize("body", LISTS.values(), ids=LISTS)
def test_nonsense_for_a_list(bucket: Bucket, body: Trouble) -> None:
    bucket.put("in/people.csv", DATA)
    bucket.storm.strike("GET", body, times=12)
    with pytest.raises(SourceError, match=f"s3://{bucket.name}/in/ could not be read"):
        find(f"s3://{bucket.name}/in/")
