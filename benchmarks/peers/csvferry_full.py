"""csvferry without its memory of the last version: the whole file is compared with the table."""

from __future__ import annotations

from benchmarks.job import Peer
from benchmarks.peers.csvferry import missing, sync
from benchmarks.scenarios import CHANGES

PEER = Peer(
    key="csvferry_full",
    title="csvferry `--full`",
    command=lambda job: sync(job, "--full"),
    scenarios=CHANGES,
    own_base=True,
    missing=missing,
    note="fingerprints not used: the file is staged and compared in the server",
)
