"""A web server leads nowhere else, and keeps no run for longer than its bytes are worth."""

import socket
from collections.abc import Iterator
from contextlib import closing

import pytest
from web_server import Web

from csvferry.errors import SourceError, SourceUnreachableError, UsageError
from csvferry.sources.source import find
from csvferry.sources.web import client
from csvferry.sources.web.address import may_be_reached, may_follow, parse_web_address
from csvferry.sources.web.pace import Pace


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1\\@example.com/a.csv",
        "https://example.com\\.evil.example/a.csv",
        "https://exam\tple.com/a.csv",
        "https://example.com/a b.csv",
        "https://example.com\n/a.csv",
        "https://0x7f.1/a.csv",
        "https://2130706433/a.csv",
        "https://127.1/a.csv",
        "https://127.0.0.0x1/a.csv",
        "https://127.0.0.1./a.csv",
        "https://example.com:99999/a.csv",
        "https://example.com:80:80/a.csv",
        "https://[::1/a.csv",
        "https://[127.0.0.1]x/a.csv",
        "https://ex\u00e4mple.com/a.csv",
        "https:///a.csv",
        "https://",
        "http://localhost@example.com/a.csv",
        "http://localhost.example.com/a.csv",
        "http://127.0.0.1.example.com/a.csv",
        "http://example.com#@127.0.0.1/a.csv",
        "http://example.com?@127.0.0.1/a.csv",
    ],
)
def test_an_address_that_two_parsers_could_read_in_two_ways_is_refused(url: str) -> None:
    with pytest.raises(UsageError) as error:
        find(url)
    assert str(error.value).isprintable()


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/in/people%20all.csv?a=b%2Fc&d=e", "/in/people%20all.csv?a=b%2Fc&d=e"),
        ("/łódź.csv", "/%C5%82%C3%B3d%C5%BA.csv"),
        ("/a.csv#part", "/a.csv"),
        ("/x//a/../b.csv", "/x//a/../b.csv"),
        ("/a.csv?", "/a.csv?"),
        ("", "/"),
    ],
)
def test_what_is_told_is_what_is_asked(web: Web, path: str, asked: str) -> None:
    web.headers = {"ETag": '"v1"'}
    identity = find(web.url(path))[0].identify()
    assert web.paths == [asked]
    assert identity.uri == web.url(asked.partition("?")[0])


@pytest.mark.parametrize(
    "location",
    [
        "https://example.com/a.csv",
        "http://example.com/a.csv",
        "//example.com/a.csv",
        "http://169.254.169.254/latest/meta-data/",
        "http://2130706433/a.csv",
        "file:///etc/passwd",
        "http://127.0.0.1\\@example.com/",
        "http://[::1",
    ],
)
def test_this_machine_leads_to_no_other(web: Web, location: str) -> None:
    web.redirect = location
    with pytest.raises(SourceError, match="redirects to where it may not"):
        find(web.url())[0].identify()
    assert len(web.paths) == 1


@pytest.fixture
def other(web: Web) -> Iterator[Web]:  # both are at work
    other = Web(headers={"ETag": '"v2"'}).start()
    yield other
    other.stop()


def test_this_machine_leads_to_itself(web: Web, other: Web) -> None:
    web.redirect = other.url("/b.csv")
    identity = find(web.url())[0].identify()
    assert (identity.version, identity.uri) == ('"v2"', web.url())


def test_a_sign_in_is_for_the_server_that_it_was_given_for(web: Web, other: Web) -> None:
    web.redirect = other.url("/b.csv")
    find(web.url().replace("//", "//someone:secret@"))[0].identify()
    assert web.signed == ["Basic c29tZW9uZTpzZWNyZXQ="]
    assert other.signed == [None]


@pytest.mark.parametrize(
    ("origin", "to", "may"),
    [
        ("https://a.example/", "https://b.example/", True),
        ("https://a.example/", "http://127.0.0.1/", False),
        ("https://a.example/", "https://127.0.0.1/", False),
        ("https://a.example/", "https://localhost/", False),
        ("https://a.example/", "https://[::1]/", False),
        ("http://127.0.0.1/", "http://localhost/", True),
        ("http://127.0.0.1/", "https://127.0.0.1/", True),
        ("https://127.0.0.1/", "http://127.0.0.1/", False),
        ("http://127.0.0.1/", "https://a.example/", False),
    ],
)
def test_where_a_redirect_may_lead_by_its_address(origin: str, to: str, may: bool) -> None:
    assert may_follow(parse_web_address(origin), parse_web_address(to)) is may


@pytest.mark.parametrize(
    ("origin", "peer", "may"),
    [
        ("93.184.215.14", "1.1.1.1", True),
        ("93.184.215.14", "127.0.0.1", False),
        ("93.184.215.14", "::1", False),
        ("93.184.215.14", "169.254.169.254", False),
        ("93.184.215.14", "fe80::1", False),
        ("93.184.215.14", "0.0.0.0", False),  # which Linux takes for this machine
        ("93.184.215.14", "10.0.0.1", False),
        ("93.184.215.14", "fd00::1", False),
        ("10.0.0.1", "10.0.0.2", True),
        ("10.0.0.1", "1.1.1.1", True),
        ("10.0.0.1", "169.254.169.254", False),
        ("127.0.0.1", "127.0.0.2", True),
        ("127.0.0.1", "10.0.0.1", False),
    ],
)
def test_whom_a_redirect_may_reach_by_what_its_name_means(
    origin: str, peer: str, may: bool
) -> None:
    """The name of a public server may mean any address at the moment it is looked up."""
    assert may_be_reached(origin, peer) is may


def test_a_server_that_sends_too_slowly_is_left(web: Web) -> None:
    """With a window of nothing each byte counts, and no server sends a terabyte a second."""
    with (
        closing(client.get(parse_web_address(web.url()))) as answer,
        pytest.raises(SourceUnreachableError, match="sends less than"),
    ):
        list(answer.blocks(Pace("it", least=1e12, window=0)))


def test_a_pace_counts_whole_windows() -> None:
    pace = Pace("it", least=100, window=10)
    for size in [50, 150] * 50:
        pace.add(size, 1.0)
    pace.add(1, 9.0)
    with pytest.raises(SourceUnreachableError, match="less than 100 bytes a second"):
        pace.add(1, 1.0)


@pytest.mark.timeout(60)
def test_a_server_that_says_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes the connection, and would keep it."""
    monkeypatch.setattr(client, "_HEAD", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"http://127.0.0.1:{mute.getsockname()[1]}/a.csv"
        with pytest.raises(client.BrokenOffError):
            client.get(parse_web_address(url))
