"""How a password is proven to a server: by a scramble of it, or by itself to a verified server.

The server chooses the plugin (MySQL manual, "Connection Phase"), and may be anybody. So each plugin
is here, or there is none; and the password itself goes only through `hand_over`.
"""

from abc import ABC, abstractmethod
from typing import Any, Protocol

from pymysql import _auth

from csvferry.errors import DatabaseError

_FAST, _FULL = 3, 4  # caching_sha2_password: known from a sign-in before, or not


class TlsNeededError(DatabaseError):
    """The server wants the password itself, and the connection is plain text."""


class Wire(Protocol):
    """What a plugin needs of the connection."""

    password: bytes

    def exchange(self, data: bytes) -> Any:
        """Send a packet; gives the answer. Raises where that is an error."""

    def answer(self) -> Any:
        """The next packet. Raises where that is an error."""

    def hand_over(self, *, token: bool = False) -> Any:
        """Send the password itself; gives the answer. Raises DatabaseError where it may not."""


class Plugin(ABC):
    """One way to sign in; PyMySQL makes it for a connection."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    @abstractmethod
    def authenticate(self, packet: Any) -> Any:
        """Answer a server's packet; gives what comes next."""


class NativePassword(Plugin):
    """`mysql_native_password`: a scramble with SHA-1."""

    def authenticate(self, packet: Any) -> Any:
        scramble = _auth.scramble_native_password(self._wire.password, packet.read_all())
        return self._wire.exchange(scramble)


class Ed25519(Plugin):
    """`client_ed25519` of MariaDB: a signature."""

    def authenticate(self, packet: Any) -> Any:
        try:
            signature = _auth.ed25519_password(self._wire.password, packet.read_all())
        except RuntimeError:
            raise DatabaseError(
                "this user's sign-in (client_ed25519) needs PyNaCl", "pip install PyNaCl"
            ) from None
        return self._wire.exchange(signature)


class CachingSha2(Plugin):
    """`caching_sha2_password`: a scramble, or the password itself where it is not cached.

    The password under a public key that the server itself sends is not sent: whoever answers may
    send a key of his own.
    """

    def authenticate(self, packet: Any) -> Any:
        wire = self._wire
        if not wire.password:
            return wire.exchange(b"")
        if packet.is_auth_switch_request():
            salt = packet.read_all().removesuffix(b"\0")
            packet = wire.exchange(_auth.scramble_caching_sha2(wire.password, salt))
            if not packet.is_extra_auth_data():
                return packet
        packet.advance(1)
        state = packet.read_uint8()
        if state == _FAST:
            return wire.answer()
        if state != _FULL:
            raise DatabaseError("the server breaks off the sign-in", "is it a MySQL server?")
        return wire.hand_over()


class Sha256(Plugin):
    """`sha256_password`: the password itself, always."""

    def authenticate(self, packet: Any) -> Any:  # noqa: ARG002  # it asks for nothing else
        return self._wire.hand_over() if self._wire.password else self._wire.exchange(b"\0")


class ClearText(Plugin):
    """`mysql_clear_password`: for IAM tokens alone."""

    def authenticate(self, packet: Any) -> Any:  # noqa: ARG002  # it asks for nothing else
        return self._wire.hand_over(token=True)


PLUGINS: dict[str, type[Plugin]] = {
    "mysql_native_password": NativePassword,
    "client_ed25519": Ed25519,
    "caching_sha2_password": CachingSha2,
    "sha256_password": Sha256,
    "mysql_clear_password": ClearText,
}


def unknown_plugin(name: str) -> DatabaseError:
    """The error for a plugin that csvferry does not speak; `name` is the server's word for it."""
    plugin = name if name.replace("_", "").isalnum() and len(name) < 64 else "of no proper name"
    return DatabaseError(
        f"the server asks for a sign-in that csvferry does not know: {plugin}",
        f"give the user one of {', '.join(PLUGINS)}",
    )
