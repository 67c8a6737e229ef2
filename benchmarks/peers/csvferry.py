"""csvferry as a user calls it: its command, a process of its own."""

from __future__ import annotations

import os
import shlex
import shutil
from pathlib import Path

from benchmarks.function import invoked
from benchmarks.job import Job, Peer
from benchmarks.scenarios import CHANGES, FIRST

INSTALLED = Path("build/bench-csvferry/bin/csvferry")


def base_command() -> list[str]:
    """CSVFERRY_BENCH_COMMAND, else the benchmark's own installation, else the one on the path."""
    if given := os.environ.get("CSVFERRY_BENCH_COMMAND"):
        return shlex.split(given)
    return [str(INSTALLED.resolve()) if INSTALLED.exists() else "csvferry"]


def missing() -> str | None:
    """Why csvferry can't run here."""
    first = base_command()[0]
    return None if shutil.which(first) or Path(first).exists() else f"{first} is not there"


def sync(job: Job, *options: str) -> list[str]:
    """`csvferry sync` into the table that is there."""
    return run(job, "sync", *options)


def run(job: Job, command: str, *options: str) -> list[str]:
    """A command of csvferry about the file and the table that is there."""
    return [
        *base_command(), command, job.file, "--to", job.url("mysql"), "--table", job.table,
        "--key", job.key, "--mode", job.mode, "--json", *options,
    ]  # fmt: skip


def called(job: Job) -> list[str]:
    """The function or `csvferry verify` where that is the scenario, else `csvferry sync`."""
    return run(job, "verify") if job.scenario == "verify" else based(job)


def based(job: Job) -> list[str]:
    """What loads the version before."""
    return invoked(job, base_command()) if job.scenario == "function" else sync(job)


PEER = Peer(
    key="csvferry",
    title="**csvferry**",
    command=called,
    base=based,
    scenarios=FIRST
    | CHANGES
    | {"again", "tail", "repeats", "small", "many", "many_again", "plan", "verify", "function"},
    own_base=True,
    missing=missing,
)
