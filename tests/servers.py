"""Database servers of the tests' own: in a folder, on a free port of the loopback address.

Their data lies in memory where there is room for it: to create, fill and drop a table takes 4 to
9 ms there, and 113 ms on a disk. CSVFERRY_TEST_MARIADB_OPTIONS and CSVFERRY_TEST_MYSQL_OPTIONS are
options for each of them (`scripts/servers/test`).
"""

import atexit
import getpass
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pymysql
import pytest

from targets import connect

_COMMON = (
    "--bind-address=127.0.0.1",
    "--local-infile=1",
    "--skip-log-bin",
    "--innodb-flush-log-at-trx-commit=2",
    "--max-allowed-packet=64M",
)


_MEMORY = Path("/dev/shm")  # a file system in memory, on Linux
_ROOM = 2 << 30  # bytes that must be free there; a server of the tests takes a tenth of it


@dataclass
class Server:
    """A server that can be stopped, killed and started again on the same data."""

    command: Sequence[str]
    port: int
    log: Path
    data: Path
    socket: str
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its address, for root."""
        return f"mysql://root@127.0.0.1:{self.port}/"

    def start(self) -> None:
        """Start it and wait until it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while True:
            try:
                connect(self.url).close()
            except pymysql.Error:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(self.log.read_text()[-2000:]) from None
                time.sleep(0.05)  # a server tells that it is ready by answering
            else:
                return

    def stop(self) -> None:
        """Shut it down in good order."""
        self._end(kill=False)

    def kill(self) -> None:
        """End it as a power cut does."""
        self._end(kill=True)

    def _end(self, *, kill: bool) -> None:
        if self.process:
            self.process.kill() if kill else self.process.terminate()
            self.process.wait()
            self.process = None


@contextmanager
def start_mariadb(folder: Path, *options: str) -> Iterator[str]:
    """The address of a MariaDB server in a folder."""
    with running(mariadb(folder, *options)) as server:
        yield server.url


@contextmanager
def start_mysql(folder: Path, *options: str) -> Iterator[str]:
    """The address of a MySQL server in a folder."""
    with running(mysql(folder, *options)) as server:
        yield server.url


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """The server, started; at the end it is stopped, and its data is gone."""
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(server.data)


def _room() -> Path:
    """A new folder for a server's data, gone with this process."""
    free = shutil.disk_usage(_MEMORY).free if os.access(_MEMORY, os.W_OK) else 0
    place = _MEMORY if free > _ROOM else None
    data = Path(tempfile.mkdtemp(prefix="csvferry-test-", dir=place))
    atexit.register(shutil.rmtree, data, ignore_errors=True)
    return data


def mariadb(folder: Path, *options: str) -> Server:
    """A MariaDB server with fresh data, not started yet."""
    data = _room()
    subprocess.run(
        [
            "mariadb-install-db",
            "--no-defaults",
            f"--datadir={data}",
            f"--user={getpass.getuser()}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
        ],
        check=True,
        capture_output=True,
    )
    return _server("mariadbd", folder, data, options)


def mysql(folder: Path, *options: str, made_with: Sequence[str] = ()) -> Server:
    """A MySQL server with fresh data, not started yet; `made_with`: options of its data too."""
    data = _room()
    subprocess.run(
        [
            "mysqld",
            "--no-defaults",
            "--initialize-insecure",
            f"--datadir={data}",
            f"--user={getpass.getuser()}",
            *made_with,
        ],
        check=True,
        capture_output=True,
    )
    own = ("--mysqlx=OFF", "--secure-file-priv=NULL", *made_with)
    return _server("mysqld", folder, data, (*own, *options))


def absent(reason: str) -> NoReturn:
    """Skip by name what can't be had; in CI fail."""
    if os.environ.get("CI"):
        pytest.fail(f"CI must have it. {reason}")
    pytest.skip(reason)


def has(program: str) -> bool:
    """Whether the path has mariadbd or mysqld; Debian's MariaDB calls itself mysqld too."""
    if not shutil.which(program):
        return False
    told = subprocess.run([program, "--version"], check=False, capture_output=True, text=True)
    return program == "mariadbd" or "MariaDB" not in told.stdout


def _server(program: str, folder: Path, data: Path, options: Sequence[str]) -> Server:
    port, path = free_port(), socket_path(folder)
    scratch = folder / "scratch"  # a starting MariaDB removes other servers' tables from /tmp
    scratch.mkdir()
    kind = {"mariadbd": "MARIADB", "mysqld": "MYSQL"}[program]
    command = [
        program,
        "--no-defaults",
        f"--user={getpass.getuser()}",
        f"--datadir={data}",
        f"--tmpdir={scratch}",
        f"--port={port}",
        f"--socket={path}",
        f"--pid-file={folder}/pid",
        *_COMMON,
        *os.environ.get(f"CSVFERRY_TEST_{kind}_OPTIONS", "").split(),
        *options,
    ]
    return Server(command, port, folder / "server.log", data, path)


def socket_path(folder: Path) -> str:
    """A socket's path may have 107 bytes at most, which pytest's folders can exceed."""
    import hashlib

    name = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    return f"{tempfile.gettempdir()}/csvferry-{name}.sock"


def free_port() -> int:
    """A port of the loopback address that nobody uses now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
