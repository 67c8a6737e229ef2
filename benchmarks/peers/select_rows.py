"""The server's own client reads all rows by SELECT: what it takes to have them here at all.

They go to no file, and are compared with nothing.
"""

from __future__ import annotations

import shlex

from benchmarks.job import Job, Peer
from benchmarks.peer import client


def command(job: Job) -> list[str]:
    """The client, row by row (`--quick`), its output thrown away."""
    read = [*client(job), "--quick", "--execute", f"SELECT * FROM `{job.table}`"]
    return ["sh", "-c", f"exec {shlex.join(read)} > /dev/null"]


PEER = Peer(
    key="select_rows",
    title="all rows by `SELECT`, server's client",
    command=command,
    scenarios=frozenset({"verify"}),
    note="reads the rows alone, and compares them with nothing",
)
