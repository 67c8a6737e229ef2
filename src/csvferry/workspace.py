"""Scratch space of one run: a folder that goes with the run, and a DuckDB of bounded memory in it."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from csvferry.errors import SpaceError

if TYPE_CHECKING:
    import duckdb

DEFAULT_MEMORY = 400_000_000
_BASE = 140_000_000  # Python, the libraries and DuckDB's own code, which its limit does not count
_LEAST = 64_000_000
_PREFIX = "csvferry-"


class Workspace:
    """A folder for scratch files, and a DuckDB connection that spills there."""

    def __init__(self, folder: Path, memory: int) -> None:
        self.folder = folder
        self._memory = memory

    @cached_property
    def con(self) -> "duckdb.DuckDBPyConnection":
        """The connection, made when it is first needed."""
        import duckdb

        return duckdb.connect(
            config={
                "memory_limit": f"{max(self._memory - _BASE, _LEAST)}B",
                "temp_directory": str(self.folder / "spill"),
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "allow_community_extensions": False,
                "preserve_insertion_order": True,
            }
        )

    def reset(self) -> None:
        """Forget what a failed try left behind."""
        self.close()
        self.folder.mkdir()

    def close(self) -> None:
        """Give memory and disk back."""
        if "con" in self.__dict__:
            self.con.close()
            del self.con
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def open_workspace(memory: int | None = None) -> Iterator[Workspace]:
    """A fresh workspace under TMPDIR, gone at the end. `memory`: bytes for the whole process."""
    _remove_dead(Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
    workspace = Workspace(folder, memory or default_memory())
    try:
        yield workspace
    except Exception as error:
        raise _told(error) from None
    finally:
        workspace.close()


def _told(error: Exception) -> Exception:
    """DuckDB's errors of space as csvferry's; others as they are."""
    duckdb = sys.modules.get("duckdb")
    if duckdb is None or not isinstance(error, duckdb.Error):
        return error
    if isinstance(error, duckdb.OutOfMemoryException):
        return SpaceError(
            "the file needs more memory or scratch space than this run may use",
            "give more with --memory, or free disk space under TMPDIR",
        )
    if "No space left" in str(error):
        return SpaceError(
            "the scratch disk is full; nothing was changed",
            "free disk space under TMPDIR, or set TMPDIR to a larger disk",
        )
    return error


def default_memory() -> int:
    """400 MB, or half of what the container gives, whichever is less."""
    return min(DEFAULT_MEMORY, _container_memory() // 2)


def _container_memory() -> int:
    if size := os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"):
        return int(size) * 1_048_576
    for name in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            text = Path(name).read_text().strip()
        except OSError:
            continue
        if text.isdigit():
            return int(text)
    return 2 * DEFAULT_MEMORY


def _remove_dead(parent: Path) -> None:
    """Scratch folders of runs that were killed hold rows: they go with the next run."""
    for folder in parent.glob(f"{_PREFIX}*-*"):
        owner = folder.name.removeprefix(_PREFIX).split("-", 1)[0]
        if owner.isdigit() and not _alive(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
