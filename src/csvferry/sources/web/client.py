"""One GET at a web server: TLS verified, redirects judged one by one, no wait without an end."""

import base64
import http.client
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from email.message import Message
from email.utils import parsedate_to_datetime
from socket import SHUT_RDWR
from threading import Timer
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from csvferry.errors import NothingThereError, SourceError, SourceUnreachableError, UsageError
from csvferry.sources.content import CHUNK
from csvferry.sources.web.address import WebAddress, follow, may_be_reached, may_follow
from csvferry.sources.web.pace import Pace
from csvferry.version import __version__

_SILENCE = 30  # seconds without a byte
_HEAD = 60.0  # seconds until the answer's headers are there
_REDIRECTS = 10
_MOVED = {301, 302, 303, 307, 308}


class BrokenOffError(Exception):
    """The connection or the body ended early: worth another try."""


@dataclass(frozen=True)
class Answer:
    """A server's answer whose body is still to come; `close` it."""

    address: WebAddress
    headers: Message
    size: int
    _response: http.client.HTTPResponse
    _connection: http.client.HTTPConnection

    @property
    def version(self) -> str | None:
        """The ETag, else time of change and length, else None."""
        if tag := self.headers.get("ETag"):
            return tag
        try:
            changed = parsedate_to_datetime(self.headers.get("Last-Modified", ""))
        except ValueError:
            return None
        return f"{changed:%Y%m%dT%H%M%SZ}-{self.size}"

    def blocks(self, pace: Pace) -> Iterator[bytes]:
        """The body. Raises BrokenOffError where it is cut short, SourceUnreachableError."""
        left = self.size
        while left:
            begun = time.monotonic()
            try:
                block = self._response.read1(min(left, CHUNK))
            except (OSError, http.client.HTTPException):
                raise BrokenOffError from None
            if not block:
                raise BrokenOffError
            pace.add(len(block), time.monotonic() - begun)
            left -= len(block)
            yield block

    def close(self) -> None:
        """Give the connection up."""
        self._connection.close()


def get(address: WebAddress) -> Answer:
    """The answer, after redirects.

    Raises BrokenOffError where another try may help, else SourceError.
    """
    origin, at = None, address
    for _ in range(_REDIRECTS):
        connection = _connection(at)
        try:
            response, peer = _ask(connection, at)
            if origin and peer and not may_be_reached(origin, peer):
                raise _led_away(address)
            if response.status not in _MOVED or not response.getheader("Location"):
                return _answer(at, response, connection)
            at = _next(address, at, response.getheader("Location") or "")
            origin = origin or peer
        except BaseException:
            connection.close()
            raise
        connection.close()
    raise _unread(address, "it redirects in a circle")


def _next(address: WebAddress, at: WebAddress, location: str) -> WebAddress:
    try:
        to = follow(at, location)
    except (UsageError, ValueError):
        raise _led_away(address) from None
    if not may_follow(at, to):
        raise _led_away(address)
    return replace(to, user=at.user) if to.place == at.place and to.user is None else to


def _ask(
    connection: http.client.HTTPConnection, address: WebAddress
) -> tuple[http.client.HTTPResponse, str | None]:
    """The head of the answer, and the IP address that gave it, where no proxy stands between."""
    headers = {"User-Agent": f"csvferry/{__version__}", "Accept-Encoding": "identity"}
    if address.user is not None:
        headers["Authorization"] = _basic(address.user)
    try:
        with _ended_after(_HEAD, connection):
            connection.connect()
            peer = connection.sock.getpeername()[0] if connection.host == address.host else None
            connection.request("GET", address.target, headers=headers)
            return connection.getresponse(), peer
    except ssl.SSLCertVerificationError:
        raise _unread(address, "its certificate is not one that this machine trusts") from None
    except (OSError, http.client.HTTPException):
        raise BrokenOffError from None


@contextmanager
def _ended_after(seconds: float, connection: http.client.HTTPConnection) -> Iterator[None]:
    """End the connection when the block takes longer: a byte a second keeps other limits away."""

    def end() -> None:
        with suppress(OSError, AttributeError):
            connection.sock.shutdown(SHUT_RDWR)

    timer = Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _connection(address: WebAddress) -> http.client.HTTPConnection:
    if address.scheme == "http":
        return http.client.HTTPConnection(address.host, address.port, timeout=_SILENCE)
    context = ssl.create_default_context()
    proxy = None if address.loopback or proxy_bypass(address.host) else getproxies().get("https")
    if not proxy:
        return http.client.HTTPSConnection(
            address.host, address.port, timeout=_SILENCE, context=context
        )
    parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    through = http.client.HTTPSConnection(
        parts.hostname or "", parts.port or 8080, timeout=_SILENCE, context=context
    )
    headers = {}
    if parts.username:
        user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Proxy-Authorization"] = _basic(user)
    through.set_tunnel(address.host, address.port, headers)
    return through


def _basic(user: str) -> str:
    return "Basic " + base64.b64encode(user.encode()).decode()


def _answer(
    address: WebAddress,
    response: http.client.HTTPResponse,
    connection: http.client.HTTPConnection,
) -> Answer:
    status = response.status
    if status in (404, 410):
        raise NothingThereError(f"there is nothing at {address}", "is the address right?")
    if status in (401, 403):
        raise SourceError(f"access denied to {address}", "is its signature or sign-in current?")
    if status == 429 or status >= 500:
        raise BrokenOffError
    if status != 200:
        raise _unread(address, f"it answers {status}")
    if response.length is None:
        raise SourceError(
            f"{address} does not send its length", "pipe it in: curl URL | csvferry sync -"
        )
    return Answer(address, response.headers, response.length, response, connection)


def _led_away(address: WebAddress) -> SourceError:
    return SourceError(
        f"{address} could not be read: it redirects to where it may not",
        "name the address that it leads to, if it is the right one",
    )


def _unread(address: WebAddress, reason: str) -> SourceUnreachableError:
    return SourceUnreachableError(
        f"{address} could not be read: {reason}", "is the server reachable from here?"
    )
