"""Can the server be reached: its name, its port, its certificate?"""

import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from csvferry.commands.doctor.finding import Finding, wrong
from csvferry.databases.mysql.session.url import MysqlTarget
from csvferry.errors import UsageError

TIMEOUT = 5.0
_CLIENT_SSL = 0x800
_CAPABILITIES = 0x200 | _CLIENT_SSL | 0x8000  # protocol 4.1, TLS, secure connection
_SOON = 14  # days


class _GreetingError(Exception):
    """What answers is no MySQL server, or refuses at once."""


def network(target: MysqlTarget) -> Iterator[Finding]:
    """Name, port, TLS; each only where the one before is right."""
    name = host_name(target)
    yield name
    if not name.ok:
        return
    open_port = port(target)
    yield open_port
    if open_port.ok:
        yield tls(target)


def host_name(target: MysqlTarget) -> Finding:
    """The host's name has an address."""
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return Finding(
            "host name",
            False,
            f"{target.host} has no address here",
            "is it the cluster's endpoint, and does this network resolve its names?",
        )
    return Finding("host name", True, f"{target.host} is {found[0][4][0]}")


def port(target: MysqlTarget) -> Finding:
    """The port takes a connection."""
    where = f"{target.host}:{target.port}"
    try:
        socket.create_connection((target.host, target.port), TIMEOUT).close()
    except ConnectionRefusedError:
        return Finding("port", False, f"{where} refuses", "is the server up, on that port?")
    except OSError as error:
        detail = f"{where} does not answer ({error.strerror or 'timed out'})"
        mend = f"let port {target.port} in from here: the database's security group, a firewall"
        return Finding("port", False, detail, mend)
    return Finding("port", True, f"{where} answers")


def tls(target: MysqlTarget) -> Finding:
    """The certificate leads to a trusted one and is this host's."""
    try:
        context = target.tls()
    except UsageError as error:
        return wrong("TLS", error)
    if context is None:
        detail = "plain text, which does not leave this machine"
        return Finding("TLS", True, detail) if target.loopback else _plain()
    try:
        return _shake_hands(target, context)
    except ssl.SSLCertVerificationError as error:
        return Finding("TLS", False, error.verify_message, _cure(error))
    except _GreetingError as error:
        return Finding("TLS", False, str(error), "what answers on that port?")
    except (ssl.SSLError, OSError) as error:
        detail = f"no TLS connection: {getattr(error, 'reason', None) or type(error).__name__}"
        return Finding("TLS", False, detail, "let the server speak TLS 1.2 or 1.3")


def _plain() -> Finding:
    return Finding("TLS", False, "plain text over a network", "leave ssl-mode=DISABLED out")


def _cure(error: ssl.SSLCertVerificationError) -> str:
    words = error.verify_message.lower()
    if "mismatch" in words or "not valid for" in words:
        return "connect by the name that the certificate has"
    if "expired" in words:
        return "renew the server's certificate; is this machine's clock right?"
    return "name its authority with ssl-ca=FILE; for RDS it is AWS's bundle"


def _shake_hands(target: MysqlTarget, context: ssl.SSLContext) -> Finding:
    """The beginning of a sign-in, up to TLS (MySQL source documentation, "Connection Phase")."""
    with closing(socket.create_connection((target.host, target.port), TIMEOUT)) as plain:
        if not _offers_tls(_read_packet(plain)):
            return Finding("TLS", False, "the server offers none", "give it a certificate")
        body = _CAPABILITIES.to_bytes(4, "little") + b"\0\0\0\1" + b"\x2d" + bytes(23)
        plain.sendall(len(body).to_bytes(3, "little") + b"\1" + body)
        with context.wrap_socket(plain, server_hostname=target.host) as secured:
            return _secured(secured.version() or "TLS", secured.getpeercert())


def _secured(version: str, certificate: Any) -> Finding:
    if not certificate:
        detail = f"{version}, the certificate not checked (ssl-mode=REQUIRED)"
        return Finding("TLS", None, detail, "use ssl-mode=VERIFY_IDENTITY")
    end = datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)
    days = (end - datetime.now(UTC)).days
    detail = f"{version}, certificate until {end:%Y-%m-%d}"
    if days < _SOON:
        return Finding("TLS", None, detail, "renew the server's certificate")
    return Finding("TLS", True, detail)


def _read_packet(wire: socket.socket) -> bytes:
    head = _read(wire, 4)
    return _read(wire, int.from_bytes(head[:3], "little"))


def _read(wire: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        chunk = wire.recv(size - len(data))
        if not chunk:
            raise _GreetingError("what answers hangs up at once")
        data += chunk
    return data


def _offers_tls(greeting: bytes) -> bool:
    if greeting[:1] == b"\xff":
        raise _GreetingError(f"the server answers {int.from_bytes(greeting[1:3], 'little')}")
    if greeting[:1] != b"\x0a":
        raise _GreetingError("what answers is no MySQL server")
    version = greeting.find(b"\0", 1)
    if version < 0:
        raise _GreetingError("what answers is no MySQL server")
    flags = version + 1 + 4 + 8 + 1
    return bool(int.from_bytes(greeting[flags : flags + 2], "little") & _CLIENT_SSL)
