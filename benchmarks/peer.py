"""What the peers' files share: the process that runs one of them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache

from benchmarks.job import Job, load


def python(module: str) -> Callable[[Job], list[str]]:
    """The command of a peer that is a function of this package."""
    return lambda _: [sys.executable, "-m", f"benchmarks.peers.{module}", "{job}"]


@cache
def program(server: str) -> str:
    """The server's own client; MariaDB's speaks with MySQL where that has none here."""
    if server != "mysql" or not shutil.which("mysql"):
        return "mariadb"
    told = subprocess.run(["mysql", "--version"], capture_output=True, text=True, check=False)
    return "mariadb" if "MariaDB" in told.stdout else "mysql"


def client(job: Job) -> list[str]:
    """The server's own client, statements on standard input, stopping at the first error."""
    server = job.server
    secret = [f"--password={server.password}"] if server.password else []
    return [
        program(server.name), "--no-defaults", "--local-infile=1",
        "--default-character-set=utf8mb4",
        f"--host={server.host}", f"--port={server.port}", f"--user={server.user}", *secret,
        job.database,
    ]  # fmt: skip


def main(run: Callable[[Job], None]) -> None:
    """Entry of a peer's process."""
    run(load(sys.argv[1]))
