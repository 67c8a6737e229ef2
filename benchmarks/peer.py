"""What the peers' files share: the process that runs one of them."""

from __future__ import annotations

import sys
from collections.abc import Callable

from benchmarks.job import Job, load


def python(module: str) -> Callable[[Job], list[str]]:
    """The command of a peer that is a function of this package."""
    return lambda _: [sys.executable, "-m", f"benchmarks.peers.{module}", "{job}"]


def client(job: Job) -> list[str]:
    """The server's own client, statements on standard input, stopping at the first error."""
    server = job.server
    secret = [f"--password={server.password}"] if server.password else []
    return [
        "mariadb", "--no-defaults", "--local-infile=1", "--default-character-set=utf8mb4",
        f"--host={server.host}", f"--port={server.port}", f"--user={server.user}", *secret,
        job.database,
    ]  # fmt: skip


def main(run: Callable[[Job], None]) -> None:
    """Entry of a peer's process."""
    run(load(sys.argv[1]))
