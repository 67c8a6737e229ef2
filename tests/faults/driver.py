"""Runs in child processes that can be killed, without a new interpreter for each.

Every run is a child of the fork server, which has no thread and no connection yet. A child kills
itself with SIGKILL, so that nothing of it is tidied up.
"""

import json
import os
import resource
import signal
import sys
import tempfile
from dataclasses import dataclass, field
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from forks import SERVER

_RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes


@dataclass(frozen=True)
class Order:
    """A run, and what befalls it.

    `step`: killed there. `calls`: killed at the so-manieth call once the file is read. `hold`: at
    step `hold_at` it says so through the pipe and waits there for a word. `shadow`: few rows are
    enough for a shadow table.
    """

    options: dict[str, Any]
    folder: Path
    step: str | None = None
    calls: int | None = None
    hold: Connection | None = None
    hold_at: str | None = None
    lock_wait: float | None = None
    shadow: bool = False
    environment: dict[str, str] = field(default_factory=dict)
    count: bool = False

    @property
    def scratch(self) -> Path:
        """TMPDIR of the run."""
        return self.folder / "scratch"

    @property
    def answer(self) -> Path:
        """Where the run leaves its report."""
        return self.folder / "report.json"


def start(order: Order) -> Any:
    """The child process, started."""
    order.scratch.mkdir(exist_ok=True)
    order.answer.unlink(missing_ok=True)
    child = SERVER.Process(target=_drive, args=(order,), daemon=True)
    child.start()
    return child


def report(order: Order) -> dict[str, Any]:
    """What the run said before it ended."""
    found: dict[str, Any] = json.loads(order.answer.read_text())
    return found


def run(order: Order) -> dict[str, Any] | None:
    """Run to the end: the report, or None of a run that was killed."""
    child = start(order)
    child.join()
    if child.exitcode == -signal.SIGKILL:
        return None
    return report(order)


def _drive(order: Order) -> None:
    os.environ.update({"TMPDIR": str(order.scratch), **order.environment})
    os.environ["XDG_STATE_HOME"] = str(order.folder / "state")
    tempfile.tempdir = None
    sync = import_module("csvferry.run.runner")
    if order.shadow:
        loads = import_module("csvferry.load.parallel_load")
        loads.SLICE = 50
        import_module("csvferry.load.strategy").PARALLEL_ROWS = 1
    from csvferry.config.feed import make_feed
    from csvferry.model.phases import Controls
    from csvferry.sources.source import find

    if order.lock_wait is not None:
        sync.LOCK_WAIT = order.lock_wait
    feed = make_feed(**order.options)
    (source,) = find(feed.source)
    calls = _Calls(order.calls)
    one = sync.Run(feed, source, controls=Controls(progress=_watch(order, calls)))
    found, error = sync.attempt(one)
    told = {**found.to_dict(), "error": type(error).__name__ if error else None}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT
    order.answer.write_text(json.dumps({**told, "calls": calls.number, "peak": peak}))


def _watch(order: Order, calls: "_Calls") -> Any:
    holds = [order.hold] if order.hold is not None else []

    def watch(step: str, done: int, total: int) -> None:
        if step == "read" and (order.calls is not None or order.count):
            sys.setprofile(calls)  # nothing is written before
        if step == order.step:
            die()
        if holds and step == order.hold_at:
            hold = holds.pop()  # a run that tries again is not held again
            hold.send("held")
            hold.recv()

    return watch


class _Calls:
    """Counts calls and returns of functions; the fatal one is the last."""

    def __init__(self, fatal: int | None) -> None:
        self.number = 0
        self._fatal = fatal

    def __call__(self, frame: object, event: str, argument: object) -> None:
        self.number += 1
        if self.number == self._fatal:
            die()


def die() -> None:
    """End this process as a power cut does."""
    os.kill(os.getpid(), signal.SIGKILL)


def pipe() -> tuple[Connection, Connection]:
    """Two ends, one for an Order's `hold`."""
    return SERVER.Pipe()
