"""https:// is verified, host name and all, and a redirect does not lead out of it."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from web_server import Web

from aws.authority import make_authority
from csvferry.errors import SourceError
from csvferry.sources.source import find


@pytest.fixture
def secure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """One whose certificate is for 127.0.0.1 alone, its authority known to this machine."""
    make_authority(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    web = Web(headers={"ETag": '"v1"'}).start(context)
    yield web
    web.stop()


def test_a_verified_server_is_read(secure: Web) -> None:
    assert find(secure.url())[0].identify().version == '"v1"'


def test_a_server_of_another_name_is_refused(secure: Web) -> None:
    with pytest.raises(SourceError, match="could not be read"):
        find(secure.url(host="localhost"))[0].identify()
    assert secure.paths == []


def test_a_server_of_an_unknown_authority_is_refused(
    secure: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    make_authority(tmp_path / "other")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "other/ca.pem"))
    with pytest.raises(SourceError, match="could not be read"):
        find(secure.url())[0].identify()
    assert secure.paths == []


def test_a_redirect_to_plain_http_is_not_followed(secure: Web, web: Web) -> None:
    secure.redirect = web.url()
    with pytest.raises(SourceError, match="could not be read"):
        find(secure.url())[0].identify()
    assert (len(secure.paths), web.paths) == (1, [])
