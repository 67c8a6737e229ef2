"""Empty the table and load it whole: the plainest re-sync. Readers see an empty table meanwhile."""

from __future__ import annotations

from benchmarks.job import Peer
from benchmarks.peer import client
from benchmarks.peers.load_data import statement
from benchmarks.scenarios import CHANGES

PEER = Peer(
    key="reload",
    title="`TRUNCATE` and `LOAD DATA LOCAL`",
    command=client,
    stdin=lambda job: f"TRUNCATE TABLE `{job.table}`; {statement(job, job.table)};",
    scenarios=CHANGES,
    note="not atomic: the table is empty or partly filled meanwhile",
)
