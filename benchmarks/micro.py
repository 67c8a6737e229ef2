"""Start times and the machine: what is measured once, without a server."""

from __future__ import annotations

import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from benchmarks import measure, results
from benchmarks.peer import program
from benchmarks.peers import csvferry
from benchmarks.run import HOME, ROOT, say
from benchmarks.scenarios import SERVERS

TIMES = 15
PACKAGES = ("duckdb", "chdb", "pandas", "polars", "dlt", "SQLAlchemy", "PyMySQL", "pyarrow")


def interpreter() -> str:
    """The Python that csvferry runs in."""
    command = csvferry.base_command()
    if "-m" in command:
        return command[0]
    first = Path(shutil.which(command[0]) or command[0])
    beside = first.parent / "python"
    return str(beside) if beside.exists() else sys.executable


def _times(command: list[str]) -> tuple[list[float], str]:
    """Wall seconds of each start, or none and the reason."""
    if reason := csvferry.missing():
        return [], reason
    found = []
    for _ in range(TIMES):
        done = measure.run(
            command, cwd=ROOT, env=dict(os.environ), scratch=HOME / "work" / "micro", every=0.5
        )
        if done.status:
            return [], (done.err.strip().splitlines() or [f"exit status {done.status}"])[-1][:200]
        found.append(round(done.seconds, 4))
    return found, ""


def measure_all(file: Path) -> None:
    """Start times of the command, of its Python alone and of the function's handler."""
    python = interpreter()
    commands = {
        "python": [python, "-c", "pass"],
        "version": [*csvferry.base_command(), "--version"],
        "import": [python, "-c", "import csvferry"],
        "handler": [python, "-c", "import csvferry.aws.handler"],
    }
    results.append(file, machine())
    for name, command in commands.items():
        times, reason = _times(command)
        told = f"{statistics.median(times):.3f} s" if times else reason
        say(f"{'start':26}{name:10} {told}")
        results.append(file, {"kind": "micro", "name": name, "times": times, "message": reason})


def _output(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    except OSError:
        return ""
    return done.stdout.strip()


def _read(path: str, pick: Callable[[str], str]) -> str:
    try:
        return pick(Path(path).read_text())
    except (OSError, IndexError):
        return "unknown"


def _field(text: str, name: str) -> str:
    return (
        next(line for line in text.splitlines() if line.startswith(name)).split(":", 1)[1].strip()
    )


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def machine() -> results.Record:
    """Processor, memory, system and versions; no name of the machine."""
    memory = _read("/proc/meminfo", lambda t: _field(t, "MemTotal"))
    kib = int(memory.split()[0]) if memory[:1].isdigit() else 0
    return {
        "kind": "machine",
        "when": time.strftime("%Y-%m-%d"),
        "processor": _read("/proc/cpuinfo", lambda t: _field(t, "model name")),
        "cores": os.cpu_count(),
        "memory_gb": round(kib / 1024**2),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": platform.python_version(),
        "clients": {name: _output([program(name), "--version"]) for name in SERVERS},
        "csvferry": _output([*csvferry.base_command(), "--version"]),
        "commit": _output(["git", "rev-parse", "--short", "HEAD"]),
        "packages": {name: _version(name) for name in PACKAGES},
    }
