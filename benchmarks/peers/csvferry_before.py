"""An earlier build of csvferry, for what has no peer: CSVFERRY_BENCH_BEFORE is its command."""

from __future__ import annotations

import os
import shlex

from benchmarks.function import invoked
from benchmarks.job import Job, Peer
from benchmarks.peers.csvferry import base_command, sync


def before(job: Job) -> list[str]:
    """The same words, or the same event, to the earlier build."""
    earlier = shlex.split(os.environ["CSVFERRY_BENCH_BEFORE"])
    if job.scenario == "function":
        return invoked(job, earlier)
    return [*earlier, *sync(job)[len(base_command()) :]]


def missing() -> str | None:
    """Why it can't run here."""
    named = os.environ.get("CSVFERRY_BENCH_BEFORE")
    return None if named else "CSVFERRY_BENCH_BEFORE names no earlier build"


PEER = Peer(
    key="csvferry_before",
    title="csvferry, an earlier build",
    command=before,
    scenarios=frozenset({"many", "many_again", "function"}),
    own_base=True,
    missing=missing,
)
