"""Where a MySQL server is and how to sign in: read from a URL, checked before anything is sent."""

import os
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import parse_qsl, unquote, urlsplit

from csvferry.errors import UsageError


class SslMode(StrEnum):
    """The MySQL client's own names (MySQL manual, "Command Options for Encrypted Connections")."""

    DISABLED = "DISABLED"
    REQUIRED = "REQUIRED"
    VERIFY_CA = "VERIFY_CA"
    VERIFY_IDENTITY = "VERIFY_IDENTITY"


@dataclass(frozen=True)
class MysqlTarget:
    """A server, a database in it, and a user. `password` is asked for at each sign-in."""

    host: str
    database: str
    user: str
    password: Callable[[], str] = field(default=lambda: "", repr=False)
    port: int = 3306
    ssl_mode: SslMode | None = None
    ssl_ca: str | None = None
    local_infile: bool = True
    cleartext: bool = False
    untested: bool = False  # whether to go on with a server that csvferry was not tried on
    read_only: bool = False  # whether nothing may be written, not even a row of a lock
    own_password: bool = False
    ledger: str = ""  # the keyspace of Vitess that has the ledger, where that is another one

    @property
    def loopback(self) -> bool:
        """Whether the server is this machine, so that nothing crosses a network."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def proves_server(self) -> bool:
        """Whether TLS proves that the server is the one of the address.

        By its name, or by an authority of the user's own: any server has a certificate of a public
        one.
        """
        if self.ssl_mode is None:
            return bool(self.ssl_ca) or not self.loopback
        if self.ssl_mode is SslMode.VERIFY_CA:
            return self.ssl_ca is not None
        return self.ssl_mode is SslMode.VERIFY_IDENTITY

    def verified(self, ca: str | None) -> "MysqlTarget":
        """The same, with the server's certificate and host name checked."""
        return replace(self, ssl_mode=SslMode.VERIFY_IDENTITY, ssl_ca=ca)

    def tls(self) -> ssl.SSLContext | None:
        """The TLS context, or None for plain text: on loopback, or where the user says so."""
        mode = self.ssl_mode
        if mode is None:
            if self.loopback and not self.ssl_ca:
                return None
            mode = SslMode.VERIFY_IDENTITY
        if mode is SslMode.DISABLED:
            return None
        try:
            context = ssl.create_default_context(cafile=self.ssl_ca)
        except OSError:
            raise UsageError("ssl-ca: no certificates can be read from that file") from None
        context.check_hostname = mode is SslMode.VERIFY_IDENTITY
        if mode is SslMode.REQUIRED:
            context.verify_mode = ssl.CERT_NONE
        return context


def parse_mysql_url(url: str) -> MysqlTarget:
    """`mysql://user:password@host:port/database?ssl-mode=…&ssl-ca=…&local-infile=0&ledger=…`.

    Without a password in it, `CSVFERRY_PASSWORD` or `MYSQL_PWD` of the environment counts.
    Raises UsageError, which never repeats the URL.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise UsageError(
            "the database's address can't be read", "mysql://user@host:3306/DATABASE"
        ) from None
    database = unquote(parts.path.strip("/"))
    try:
        port = parts.port or 3306
    except ValueError:
        raise UsageError("the port of the database's address is no number") from None
    if not parts.username:
        raise UsageError("the database's address names no user", "mysql://USER@host:3306/DATABASE")
    if not database or "/" in database:
        raise UsageError(
            "the database's address names no database", "mysql://user@host:3306/DATABASE"
        )
    options = {name.replace("_", "-"): value for name, value in parse_qsl(parts.query)}
    if unknown := set(options) - {"ssl-mode", "ssl-ca", "local-infile", "ledger"}:
        raise UsageError(
            f"the database's address has unknown options: {', '.join(sorted(unknown))}",
            "it takes ssl-mode, ssl-ca, local-infile and ledger",
        )
    return MysqlTarget(
        host=unquote(parts.hostname or "127.0.0.1"),
        port=port,
        database=database,
        user=unquote(parts.username),
        password=_password(parts.password),
        own_password=parts.password is not None,
        ssl_mode=_ssl_mode(options.get("ssl-mode")),
        ssl_ca=options.get("ssl-ca"),
        local_infile=options.get("local-infile", "1").lower() not in ("0", "off", "false"),
        ledger=options.get("ledger", ""),
    )


def check_found_url(url: str) -> None:
    """Whether a server may have the environment's password that a file named which was only found.

    Raises UsageError for one on another machine that TLS does not prove.
    """
    target = parse_mysql_url(url)
    if target.own_password or target.loopback or target.proves_server or not target.password():
        return
    raise UsageError(
        "the database's address in the configuration that was found here proves no server,"
        " so the password of the environment is not given to it",
        "take its ssl-mode away, or name the file: --config csvferry.toml",
    )


def _password(given: str | None) -> Callable[[], str]:
    if given is not None:
        secret = unquote(given)
        return lambda: secret
    return lambda: os.environ.get("CSVFERRY_PASSWORD") or os.environ.get("MYSQL_PWD") or ""


def _ssl_mode(text: str | None) -> SslMode | None:
    if text is None:
        return None
    try:
        return SslMode(text.upper().replace("-", "_"))
    except ValueError:
        raise UsageError(f"ssl-mode is one of {', '.join(SslMode)}") from None
