"""Has this machine the room and the memory that the file needs?"""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from csvferry.commands.doctor.finding import Finding
from csvferry.config.feed import Feed
from csvferry.scratch.workspace import default_memory
from csvferry.sources.content import room

_SPILLED = 2  # bytes that DuckDB may keep there for one of the file
_BASE = 64_000_000


def machine(feed: Feed, size: int) -> Iterator[Finding]:
    """Scratch space and memory for a file of `size` bytes."""
    yield scratch(size)
    yield memory(feed.memory or default_memory())


def scratch(size: int) -> Finding:
    """The scratch folder can be written and has room."""
    mend = "free disk space under TMPDIR, or set TMPDIR to a larger disk"
    try:
        folder = Path(tempfile.gettempdir())
        with tempfile.NamedTemporaryFile(dir=folder) as file:
            file.write(bytes(1 << 16))
            file.flush()
        free = shutil.disk_usage(folder).free
    except OSError as error:
        detail = f"the scratch folder can't be written: {error.strerror}"
        return Finding("scratch space", False, detail, mend)
    needed = size * _SPILLED + _BASE
    detail = f"{free / 1e6:,.0f} MB free in {folder}"
    if free < needed:
        return Finding(
            "scratch space", False, f"{detail}, about {needed / 1e6:,.0f} MB needed", mend
        )
    if size > room(folder):
        return Finding("scratch space", True, f"{detail}: a file that is not here is streamed")
    return Finding("scratch space", True, detail)


def memory(wanted: int) -> Finding:
    """What a run may use is there."""
    there = _available()
    detail = f"a run may use {wanted / 1e6:,.0f} MB"
    if there is None:
        return Finding("memory", None, detail + "; what is free can't be detail here")
    detail += f", {there / 1e6:,.0f} MB are free"
    if there >= wanted:
        return Finding("memory", True, detail)
    return Finding("memory", False, detail, "free memory, or allow less with --memory")


def _available() -> int | None:
    """What Linux holds to be available, in bytes (proc(5), MemAvailable)."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    found = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
    return int(found[0]) * 1024 if found else None
