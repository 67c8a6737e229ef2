"""csvferry's `plan`, which writes nothing: the table is to stay as it was."""

from __future__ import annotations

from benchmarks.job import Job, Peer
from benchmarks.peers.csvferry import base_command, missing, sync

_BASE = len(base_command())


def plan(job: Job) -> list[str]:
    """`csvferry plan` of what `sync` would do."""
    words = sync(job)
    return [*words[:_BASE], "plan", *words[_BASE + 1 :]]


PEER = Peer(
    key="csvferry_plan",
    title="csvferry `plan`",
    command=plan,
    scenarios=frozenset({"plan"}),
    own_base=True,
    base=sync,
    writes=False,
    missing=missing,
    note="writes nothing",
)
