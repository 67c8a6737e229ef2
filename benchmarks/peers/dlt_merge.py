"""dlt: merge by primary key (its default strategy, delete and insert)."""

from __future__ import annotations

from benchmarks.job import Job, Peer
from benchmarks.peer import main, python
from benchmarks.peers.dlt_append import pipeline
from benchmarks.scenarios import CHANGES


def run(job: Job) -> None:
    """Merge."""
    pipeline(job, "merge")


PEER = Peer(
    key="dlt_merge",
    title="dlt, merge",
    command=python("dlt_merge"),
    scenarios=CHANGES | {"again", "tail"},
    pace="slow",
    own_base=True,
    deletes=False,
    note="does not delete rows that the file no longer has: checked against the table with them",
)

if __name__ == "__main__":
    main(run)
