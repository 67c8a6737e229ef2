"""Who answers on the loopback address, by the kernel's own tables (proc(5), `/proc/net/tcp`).

Any user may listen on a free port of this machine, also on 3306 while the server is down. No
certificate proves a server there, but Linux tells whose socket is at the other end of a connection.
"""

import os
import pwd
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

_TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
_SERVERS = {"mysqld", "mariadbd", "docker-proxy"}


def answers_as_server(connection: socket.socket) -> bool:
    """Whether the other end is root's or `mysql`'s, or a MySQL server that this user started.

    False where it can't be told, as on systems without `/proc`.
    """
    try:
        here, there = connection.getsockname(), connection.getpeername()
        owner = _owner(_spellings(*there[:2]), _spellings(*here[:2]))
    except (OSError, ValueError):
        return False
    if owner is None:
        return False
    user, inode = owner
    if user == os.geteuid():
        return _program(inode) in _SERVERS
    return user == 0 or _name(user) == "mysql"


def _owner(server: set[str], client: set[str]) -> tuple[int, str] | None:
    """User and inode of the server's end; None where it is not of this machine."""
    for table in _TABLES:
        for line in Path(table).read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            if fields[1] in server and fields[2] in client and fields[9] != "0":
                return int(fields[7]), fields[9]
    return None


def _spellings(host: str, port: int) -> set[str]:
    """An end of a connection in both tables: a server of both families sees IPv4 as `::ffff:…`."""
    address = ip_address(host)
    found = [address]
    if isinstance(address, IPv4Address):
        found.append(IPv6Address(b"\0" * 10 + b"\xff\xff" + address.packed))
    return {f"{_hex(one.packed)}:{port:04X}" for one in found}


def _hex(packed: bytes) -> str:
    words = (packed[at : at + 4] for at in range(0, len(packed), 4))
    return "".join(f"{int.from_bytes(word, sys.byteorder):08X}" for word in words)


def _program(inode: str) -> str:
    """The name of the program of this user that holds a socket."""
    for link in _descriptors():
        with suppress(OSError):
            if str(link.readlink()) == f"socket:[{inode}]":
                return (link.parent.parent / "exe").readlink().name
    return ""


def _descriptors() -> Iterator[Path]:
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            with suppress(OSError):  # ended, or another user's
                yield from (process / "fd").iterdir()


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return ""
