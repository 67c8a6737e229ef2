"""Files of web servers: identity by what the server tells, else by content."""

import hashlib
from pathlib import Path

import pytest
from web_server import Web

import csvferry
from csvferry.errors import SourceChangedError, SourceError, UsageError
from csvferry.sources.content import Content
from csvferry.sources.source import find


def _silent(_done: int, _total: int) -> None:
    """No progress."""


def read(content: Content) -> bytes:
    with content.open() as reader:
        return reader.read(1000)


def test_the_etag_is_the_version(web: Web) -> None:
    web.headers = {"ETag": '"v1"', "Last-Modified": "Tue, 24 Nov 2026 10:00:00 GMT"}
    assert find(web.url())[0].identify().version == '"v1"'


def test_without_an_etag_it_is_the_time_of_change_and_the_length(web: Web) -> None:
    web.headers = {"Last-Modified": "Tue, 24 Nov 2026 10:00:00 GMT"}
    assert find(web.url())[0].identify().version == "20261124T100000Z-13"


def test_without_either_it_is_the_content(web: Web) -> None:
    expected = "sha256:" + hashlib.sha256(web.body).hexdigest()
    assert find(web.url())[0].identify().version == expected


def test_a_query_is_sent_and_not_told(web: Web) -> None:
    web.headers = {"ETag": '"v1"'}
    (found,) = find(web.url("/in/people%20all.csv?X-Amz-Signature=abc%2Fdef"))
    identity = found.identify()
    assert web.paths == ["/in/people%20all.csv?X-Amz-Signature=abc%2Fdef"]
    assert identity.uri == web.url("/in/people%20all.csv")


@pytest.mark.parametrize("headers", [{"ETag": '"v1"'}, {"ETag": 'W/"v1"'}, {}])
def test_what_is_read_is_of_that_version(web: Web, headers: dict[str, str], tmp_path: Path) -> None:
    web.headers = headers
    (found,) = find(web.url())
    identity = found.identify()
    assert read(found.fetch(identity, tmp_path, _silent)) == web.body
    found.check(identity)
    web.body = b"id,email\n1,b\n"
    web.headers = {name: value.replace("1", "2") for name, value in headers.items()}
    with pytest.raises(SourceChangedError):
        found.fetch(identity, tmp_path, _silent)


def test_a_body_that_is_cut_short_is_read_again(web: Web, tmp_path: Path) -> None:
    web.headers = {"ETag": '"v1"'}
    web.cuts = [0, 5]
    (found,) = find(web.url())
    identity = found.identify()
    assert read(found.fetch(identity, tmp_path, _silent)) == web.body


@pytest.mark.parametrize(
    ("status", "told"),
    [(404, "there is nothing at"), (403, "access denied"), (401, "access denied")],
)
def test_refusals_are_told(web: Web, status: int, told: str) -> None:
    web.status = status
    with pytest.raises(SourceError, match=told):
        find(web.url())[0].identify()


def test_a_server_that_does_not_tell_a_length_is_told_apart(web: Web) -> None:
    web.length = False
    with pytest.raises(SourceError, match="does not send its length"):
        find(web.url())[0].identify()


def test_redirects_in_a_circle_end(web: Web) -> None:
    web.redirect = web.url("/again.csv")
    with pytest.raises(SourceError, match="could not be read"):
        find(web.url())[0].identify()
    assert len(web.paths) < 20


def test_a_sign_in_is_not_told(web: Web) -> None:
    web.headers = {"ETag": '"v1"'}
    signed = web.url().replace("//", "//someone:secret@")
    assert find(signed)[0].identify().uri == web.url()
    web.status = 403
    with pytest.raises(SourceError) as error:
        find(signed)[0].identify()
    assert "secret" not in str(error.value)


def test_plain_http_to_another_machine_is_refused() -> None:
    with pytest.raises(UsageError, match="plain http:// to another machine"):
        find("http://example.com/people.csv")


def test_a_web_file_is_synced_like_any_other(web: Web, tmp_path: Path) -> None:
    web.headers = {"ETag": '"v1"'}
    target = f"sqlite:///{tmp_path}/t.db"
    assert csvferry.sync(web.url(), to=target).rows.inserted == 1
    assert csvferry.sync(web.url(), to=target).status == "unchanged"
