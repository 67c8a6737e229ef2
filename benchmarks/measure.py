"""One process, timed from its start to its end, with the memory of it and of its children."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")
KILO = 1024


@dataclass(frozen=True)
class Measured:
    """Wall and processor seconds, peak bytes, exit status, and the two outputs."""

    seconds: float
    cpu: float
    peak: int
    status: int
    timed_out: bool
    out: str
    err: str


def _children(pid: int) -> list[int]:
    found: list[int] = []
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += [int(child) for child in (task / "children").read_text().split()]
    except (OSError, ValueError):
        return found
    return found + [deeper for child in found for deeper in _children(child)]


def _resident(pid: int) -> int:
    """Bytes of one process; what it shares with others counts for each of them.

    `smaps` would tell shares apart, but to read it cost csvferry 5% of a run of one second.
    """
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    except (OSError, IndexError):
        return 0


def processor_seconds(pid: int) -> float:
    """What a process and its threads have used of the processor so far; 0 of one that is not here.

    Fields 14 and 15 of /proc/PID/stat, counted behind the name, which may hold spaces.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def tree_bytes(pid: int) -> int:
    """Memory held now by a process and all below it."""
    return sum(map(_resident, [pid, *_children(pid)]))


class _Sampler(threading.Thread):
    def __init__(self, pid: int, every: float) -> None:
        super().__init__(daemon=True)
        self.pid, self.every, self.peak = pid, every, 0
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.wait(self.every):
            self.peak = max(self.peak, tree_bytes(self.pid))


def _stop(process: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def run(
    command: list[str],
    *,
    cwd: Path,
    env: dict[str, str],
    scratch: Path,
    stdin: str = "",
    timeout: float = 3600,
    every: float = 0.02,
) -> Measured:
    """Run the command. Its outputs go to files, so that no pipe can slow it."""
    scratch.mkdir(parents=True, exist_ok=True)
    given, out, err = (scratch / name for name in ("stdin", "stdout", "stderr"))
    given.write_text(stdin)
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    late = threading.Event()
    with given.open("rb") as fin, out.open("wb") as fout, err.open("wb") as ferr:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=cwd, env=env, stdin=fin, stdout=fout, stderr=ferr, start_new_session=True
        )
        alarm = threading.Timer(timeout, lambda: _stop(process, late))
        alarm.start()
        sampler = _Sampler(process.pid, every)
        sampler.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    alarm.cancel()
    sampler.ended.set()
    sampler.join()
    # a new process inherits the high-water mark of the one that started it: no news below that
    highest = usage.ru_maxrss * KILO if usage.ru_maxrss > own else 0
    return Measured(
        seconds=seconds,
        cpu=usage.ru_utime + usage.ru_stime,
        peak=max(sampler.peak, highest),
        status=process.returncode,
        timed_out=late.is_set(),
        out=out.read_text(errors="replace"),
        err=err.read_text(errors="replace"),
    )
