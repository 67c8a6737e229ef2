"""Whoever listens where the database should be gets no password, whatever he asks for."""

import secrets
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sign_in_listener import FULL_SIGN_IN, PUBLIC_KEY, listening, switch

from aws.authority import make_authority
from csvferry.databases.mysql.database import MysqlDatabase
from csvferry.databases.mysql.session.local_peer import answers_as_server
from csvferry.errors import DatabaseError, UsageError
from targets import Target, connect

PASSWORD = "correct horse"
PLUGINS = ("caching_sha2_password", "mysql_native_password", "sha256_password", "", "dialog")
ASKS = {
    "full sign-in": [FULL_SIGN_IN],
    "a public key of its own": [FULL_SIGN_IN, PUBLIC_KEY],
    "switch, then full sign-in": [switch("caching_sha2_password"), FULL_SIGN_IN],
    "switch after switch": [switch("mysql_native_password"), switch("mysql_clear_password")],
    "clear text": [switch("mysql_clear_password")],
    "sha256": [switch("sha256_password")],
    "sha256 with a public key": [switch("sha256_password"), PUBLIC_KEY],
    "dialog": [switch("dialog") + b"\4Password: "],
    "old password": [switch("mysql_old_password")],
    "unknown": [switch("auth_of_tomorrow")],
    "control characters": [switch("\x1b]0;gone\x07\n")],
}


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    make_authority(folder)
    return folder


@pytest.fixture
def tls(certificates: Path) -> ssl.SSLContext:
    """The listener's own."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
    return context


@pytest.mark.parametrize("options", ["", "?ssl-mode=DISABLED", "?ssl-mode=REQUIRED"])
@pytest.mark.parametrize("asks", ASKS)
def test_a_listener_gets_no_password(options: str, asks: str, tls: ssl.SSLContext) -> None:
    for greeting in PLUGINS:
        with listening(greeting, ASKS[asks], tls) as listener:
            url = f"mysql://app:{PASSWORD}@127.0.0.1:{listener.port}/shop{options}"
            with pytest.raises(DatabaseError) as error:
                MysqlDatabase.from_url(url)
        assert listener.received
        assert PASSWORD.encode() not in b"".join(listener.received), greeting
        assert b"\2" not in listener.received, "a public key was asked for"
        told = str(error.value)
        assert told.isprintable()
        assert PASSWORD not in told


def test_an_authority_that_is_not_the_users_own_proves_no_server(
    certificates: Path, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With VERIFY_CA alone any certificate of a public authority would do."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "ca.pem"))
    with listening("caching_sha2_password", [FULL_SIGN_IN], tls) as listener:
        url = f"mysql://app:{PASSWORD}@127.0.0.1:{listener.port}/shop?ssl-mode=VERIFY_CA"
        with pytest.raises(DatabaseError, match="nothing proves who it is"):
            MysqlDatabase.from_url(url)
    assert PASSWORD.encode() not in b"".join(listener.received)


def test_a_verified_server_gets_it(certificates: Path, tls: ssl.SSLContext) -> None:
    with listening("caching_sha2_password", [FULL_SIGN_IN], tls) as listener:
        url = f"mysql://app:{PASSWORD}@127.0.0.1:{listener.port}/shop?ssl-ca={certificates}/ca.pem"
        with pytest.raises(DatabaseError, match="refused the user name or password"):
            MysqlDatabase.from_url(url)
    assert listener.received[-1] == PASSWORD.encode() + b"\0"


def test_an_unknown_plugin_is_one_clear_error() -> None:
    asks = [switch("auth_of_tomorrow")]
    with (
        listening("mysql_native_password", asks) as listener,
        pytest.raises(DatabaseError, match="csvferry does not know: auth_of_tomorrow"),
    ):
        MysqlDatabase.from_url(f"mysql://app:x@127.0.0.1:{listener.port}/shop")


def test_an_address_without_a_user_is_not_roots() -> None:
    with pytest.raises(UsageError, match="names no user"):
        MysqlDatabase.from_url("mysql://127.0.0.1:1/shop")


@pytest.fixture
def account(server_target: Target) -> Iterator[str]:
    """The address of a user with a password, whom the server has not seen yet."""
    parts = urlsplit(server_target.url)
    name = f"neighbour_{secrets.token_hex(4)}"
    database = parts.path.strip("/")
    server_target.run(
        f"CREATE USER '{name}'@'%' IDENTIFIED BY '{PASSWORD}'",
        f"GRANT SELECT ON {database}.* TO '{name}'@'%'",
    )
    yield f"mysql://{name}:{PASSWORD}@127.0.0.1:{parts.port}/{database}"
    server_target.run(f"DROP USER '{name}'@'%'")


def test_a_server_of_this_user_is_known_by_the_kernel(account: str) -> None:
    """MySQL has not cached the password, and asks for it; its certificate proves nothing."""
    assert MysqlDatabase.from_url(account).query("SELECT 1") == [(1,)]


def test_a_server_that_has_seen_the_user_gets_a_scramble(account: str) -> None:
    with closing(MysqlDatabase.from_url(account)):
        assert MysqlDatabase.from_url(account).query("SELECT 1") == [(1,)]


def test_the_kernel_tells_a_server_from_a_listener(server_target: Target) -> None:
    with closing(connect(server_target.url)) as connection:
        assert answers_as_server(connection._sock)
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as client,
        listener.accept()[0],
    ):
        assert not answers_as_server(client)


def test_a_wrong_password_is_told_as_such(account: str) -> None:
    with pytest.raises(DatabaseError, match="refused the user name or password"):
        MysqlDatabase.from_url(account.replace(PASSWORD, "wrong"))
