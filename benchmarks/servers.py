"""The servers: a MariaDB of the benchmark's own, a MySQL where there is one; equal settings."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pymysql

from benchmarks.job import Column, Peer, Server
from benchmarks.scenarios import KEY, TABLE, Scenario

ROOT = Path(__file__).resolve().parent.parent
MARIADB_PORT = int(os.environ.get("CSVFERRY_BENCH_MARIADB_PORT", "3395"))
MYSQL_PORT = os.environ.get("CSVFERRY_BENCH_MYSQL_PORT", "3396")
BUFFER_POOL = 1 << 30
SETTINGS = (
    "innodb_buffer_pool_size = 1 GB, innodb_flush_log_at_trx_commit = 1, no binary log, "
    "local_infile = 1, all else as the server comes"
)


class UnavailableError(Exception):
    """A server or a peer that this machine can't offer; the message says why."""


def connect(server: Server, database: str | None = None) -> pymysql.Connection[Any]:
    """A connection for preparing and checking."""
    return pymysql.connect(
        host=server.host,
        port=server.port,
        user=server.user,
        password=server.password,
        database=database,
        charset="utf8mb4",
        autocommit=True,
    )


def query(server: Server, sql: str, database: str | None = None) -> list[tuple[Any, ...]]:
    """Run one statement."""
    with connect(server, database) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def _described(server: Server) -> Server:
    version = query(server, "SELECT version()")[0][0]
    return Server(
        server.name, server.host, server.port, server.user, server.password, version, server.pid
    )


def _wait(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(120):
        if process.poll() is not None:
            break
        with contextlib.suppress(pymysql.err.OperationalError):
            query(server, "SELECT 1")
            return
        time.sleep(0.25)
    raise UnavailableError(f"{server.name} did not start: {log.read_text()[-500:]}")


@contextlib.contextmanager
def mariadb(home: Path) -> Iterator[Server]:
    """A MariaDB on an empty data folder, stopped and removed at the end."""
    for program in ("mariadbd", "mariadb-install-db", "mariadb"):
        if not shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin"):
            raise UnavailableError(f"{program} is not installed")
    home = home.resolve()
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", MARIADB_PORT), 1):
        raise UnavailableError(
            f"port {MARIADB_PORT} is taken: give another in CSVFERRY_BENCH_MARIADB_PORT"
        )
    data, log, scratch = home / "mariadb", home / "mariadb.log", home / "mariadb-tmp"
    for folder in (data, scratch):  # a starting MariaDB empties /tmp of other servers' tables
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    user = f"--user={'root' if os.geteuid() == 0 else os.environ.get('USER', 'mysql')}"
    subprocess.run(
        [
            "mariadb-install-db", "--no-defaults", f"--datadir={data}", user, "--skip-test-db",
            "--auth-root-authentication-method=normal",
        ],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    program = shutil.which("mariadbd", path=f"{os.environ['PATH']}:/usr/sbin") or "mariadbd"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [
                program, "--no-defaults", f"--datadir={data}", user, f"--port={MARIADB_PORT}",
                f"--tmpdir={scratch}",
                "--bind-address=127.0.0.1", f"--socket={data}/s.sock", f"--pid-file={data}/pid",
                "--skip-log-bin", f"--innodb-buffer-pool-size={BUFFER_POOL}",
                "--innodb-flush-log-at-trx-commit=1", "--local-infile=1",
                "--max-allowed-packet=64M", "--character-set-server=utf8mb4",
            ],
            stdout=out, stderr=out, start_new_session=True,
        )  # fmt: skip
    server = Server("mariadb", "127.0.0.1", MARIADB_PORT, "root", "", pid=process.pid)
    try:
        _wait(server, process, log)
        yield _described(server)
    finally:
        process.terminate()
        process.wait(60)
        for folder in (data, scratch):
            shutil.rmtree(folder, ignore_errors=True)


def _stop(pid: int) -> None:
    """Ask a server that is no child of this process to end, and wait until it has."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
        for _ in range(300):
            os.kill(pid, 0)
            time.sleep(0.1)


@contextlib.contextmanager
def mysql() -> Iterator[Server]:
    """The MySQL of CSVFERRY_BENCH_MYSQL, else one that ../shared/mysql/start gives, else none."""
    pid = None
    if url := os.environ.get("CSVFERRY_BENCH_MYSQL"):
        parts = urlsplit(url)
        user, secret = unquote(parts.username or "root"), unquote(parts.password or "")
        server = Server("mysql", parts.hostname or "127.0.0.1", parts.port or 3306, user, secret)
        if known := os.environ.get("CSVFERRY_BENCH_MYSQL_PID"):
            server = replace(server, pid=int(known))
    else:
        start = ROOT.parent / "shared" / "mysql" / "start"
        if not start.exists():
            raise UnavailableError("no MySQL here: give its address in CSVFERRY_BENCH_MYSQL")
        folder = Path.home() / ".cache" / "csvferry-bench-mysql"
        done = subprocess.run(
            [start, MYSQL_PORT, folder],
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,
        )
        if done.returncode:
            raise UnavailableError(f"MySQL did not start: {done.stderr.strip()[-300:]}")
        pid = int((folder / "pid").read_text())
        server = Server("mysql", "127.0.0.1", int(MYSQL_PORT), "root", "", pid=pid)
    was = query(server, "SELECT @@innodb_buffer_pool_size, @@local_infile")[0]
    query(server, f"SET GLOBAL innodb_buffer_pool_size = {BUFFER_POOL}")
    query(server, "SET GLOBAL local_infile = 1")
    try:
        yield _described(server)
    finally:
        with contextlib.suppress(pymysql.err.OperationalError):
            query(server, f"SET GLOBAL innodb_buffer_pool_size = {was[0]}")
            query(server, f"SET GLOBAL local_infile = {was[1]}")
        if pid:
            _stop(pid)


def open_server(name: str, home: Path) -> contextlib.AbstractContextManager[Server]:
    """The server of that name; raises UnavailableError on entering it."""
    return mariadb(home) if name == "mariadb" else mysql()


def create(server: Server, database: str, scenario: Scenario, peer: Peer) -> None:
    """A fresh database with the scenario's table in it: the same for every peer."""
    columns = ", ".join(f"`{c.name}` {c.sql}" for c in scenario.columns)
    unique = f", UNIQUE KEY `u` (`{scenario.unique}`)" if scenario.unique else ""
    extra = f", {peer.extra_columns}" if peer.extra_columns else ""
    drop(server, database)
    query(server, f"CREATE DATABASE `{database}` CHARACTER SET utf8mb4")
    query(
        server,
        f"CREATE TABLE `{TABLE}` ({columns}{extra}, PRIMARY KEY (`{KEY}`){unique}) ENGINE=InnoDB",
        database,
    )


def drop(server: Server, database: str) -> None:
    """Remove what the peer left, a staging database beside its own too."""
    for name in (database, f"{database}_staging"):
        query(server, f"DROP DATABASE IF EXISTS `{name}`")


def checksum(server: Server, database: str, columns: tuple[Column, ...]) -> dict[str, int]:
    """Count, sum and xor of each row's CRC32, as `data.checksum` has them."""
    fields = ", ".join(f"COALESCE(CAST(`{c.name}` AS CHAR), '~')" for c in columns)
    crc = f"CRC32(CONCAT_WS('|', {fields}))"
    sql = f"SELECT COUNT(*), COALESCE(SUM({crc}), 0), BIT_XOR({crc}) FROM `{TABLE}`"
    count, total, mixed = query(server, sql, database)[0]
    return {"rows": int(count), "sum": int(total), "xor": int(mixed)}


def settle(server: Server, patience: float = 60) -> None:
    """Wait until server and system have written what went before: each run starts equal."""
    os.sync()
    with connect(server) as connection, connection.cursor() as cursor:

        def number(sql: str) -> float:
            cursor.execute(sql)
            row = cursor.fetchone()
            return float(row[-1]) if row else 0.0

        share = number("SELECT @@innodb_max_dirty_pages_pct")
        low = number("SELECT @@innodb_max_dirty_pages_pct_lwm")
        cursor.execute("SET GLOBAL innodb_max_dirty_pages_pct_lwm = 0")
        cursor.execute("SET GLOBAL innodb_max_dirty_pages_pct = 0")
        until = time.monotonic() + patience
        while time.monotonic() < until:
            dirty = number("SHOW GLOBAL STATUS LIKE 'Innodb_buffer_pool_pages_dirty'")
            history = number(
                "SELECT count FROM information_schema.innodb_metrics"
                " WHERE name = 'trx_rseg_history_len'"
            )
            if dirty < 50 and history < 200:
                break
            time.sleep(0.1)
        cursor.execute(f"SET GLOBAL innodb_max_dirty_pages_pct = {share}")
        cursor.execute(f"SET GLOBAL innodb_max_dirty_pages_pct_lwm = {low}")
