"""Addresses of web servers, taken apart once: what is checked is what is asked and what is told.

Two parsers disagree about odd characters (`https://a\\@b/`, `http://0x7f.1/`), and what one holds
for this machine another asks elsewhere. So an address has no character that a URI must not have
(RFC 3986, 2), its host is a name or an address in its usual form, and all else is made from these
parts.
"""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import quote, unquote, urljoin

from csvferry.errors import UsageError

_ADDRESS = re.compile(
    r"(?P<scheme>https?)://"
    r"(?:(?P<user>[^/?#@]*)@)?"
    r"(?P<host>\[[0-9A-Fa-f:.]++\]|[A-Za-z0-9._-]++)"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[^?#]*+)?"
    r"(?:\?(?P<query>[^#]*+))?"
    r"(?:#.*)?",
    re.IGNORECASE | re.DOTALL,
)
_REFUSED = re.compile(r"[\x00-\x20\x7f\\]")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")  # what a browser takes for a part of an address
_PORTS = {"http": 80, "https": 443}
_SAFE = "/!$&'()*+,;=:@%~-._"


@dataclass(frozen=True)
class WebAddress:
    """An address; `target` is what is asked for on the host, `user` what signs in there."""

    scheme: str
    host: str
    port: int
    path: str
    query: str | None
    user: str | None

    @property
    def target(self) -> str:
        """Path and query, as a request has them."""
        return self.path if self.query is None else f"{self.path}?{self.query}"

    @property
    def loopback(self) -> bool:
        """Whether the host is this machine."""
        return is_loopback(self.host)

    @property
    def place(self) -> str:
        """Scheme, host and port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"

    def __str__(self) -> str:
        """As it is told: without sign-in and query, which may hold a signature."""
        return self.place + self.path


def parse_web_address(text: str) -> WebAddress:
    """`https://user:password@host:port/path?query`, or `http://` on this machine.

    Raises UsageError, which repeats nothing of it.
    """
    found = None if _REFUSED.search(text) else _ADDRESS.fullmatch(text)
    if not found or int(found["port"] or 0) > 65535:
        raise UsageError(
            "the source is no https:// address", "as in https://HOST/FOLDER/FILE.csv, encoded"
        )
    scheme, host = found["scheme"].lower(), _host(found["host"])
    if scheme == "http" and not is_loopback(host):
        raise UsageError(f"http://{host} is plain http:// to another machine", "use https://")
    return WebAddress(
        scheme=scheme,
        host=host,
        port=int(found["port"] or _PORTS[scheme]),
        path=quote(found["path"] or "/", safe=_SAFE),
        query=None if found["query"] is None else quote(found["query"], safe=_SAFE + "?"),
        user=None if found["user"] is None else unquote(found["user"]),
    )


def _host(text: str) -> str:
    host = text.strip("[]").lower()
    try:
        return str(ip_address(host))
    except ValueError:
        if text.startswith("[") or _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
            raise UsageError(
                "the source's host is no address in its usual form",
                "as in 192.0.2.1 or [2001:db8::1]",
            ) from None
    return host


def follow(address: WebAddress, location: str) -> WebAddress:
    """Where a redirect leads. Raises UsageError where that is no address."""
    return parse_web_address(urljoin(address.place + address.target, location))


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def may_follow(origin: WebAddress, to: WebAddress) -> bool:
    """Whether a redirect may lead there by the addresses alone.

    Not out of TLS, and neither from this machine to another nor back.
    """
    plainer = origin.scheme == "https" and to.scheme == "http"
    return not plainer and origin.loopback == to.loopback


def may_be_reached(origin: str, peer: str) -> bool:
    """Whether a redirect from a host at `origin` may reach one at `peer`, both IP addresses.

    Never this machine's or the link's own (cloud metadata) where the origin is elsewhere, and no
    private network from the open one.
    """
    first, then = ip_address(origin), ip_address(peer)
    if first.is_loopback:
        return then.is_loopback
    nearer = then.is_loopback or then.is_link_local or then.is_unspecified
    return not nearer and (then.is_global or not first.is_global)
