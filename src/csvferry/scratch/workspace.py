"""Scratch space of one run: a folder that goes with the run, and a DuckDB of bounded memory in it.

A run holds a lock on its folder for as long as it lives, so that the next one can tell what the
dead left behind, whatever became of process numbers since.
"""

import errno
import fcntl
import os
import shutil
import sys
import tempfile
import time
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
_LEAST, _ROOMY = 64_000_000, 160_000_000
_PREFIX = "csvferry-"
_BIRTH = 60.0  # seconds within which a folder may not be locked yet
_OUT_OF_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Workspace:
    """A folder for scratch files, and a DuckDB connection that spills there."""

    def __init__(self, folder: Path, memory: int) -> None:
        self.folder = folder
        self._memory = memory
        self._lock = os.open(folder, os.O_RDONLY)
        hold(self._lock)

    @cached_property
    def con(self) -> "duckdb.DuckDBPyConnection":
        """The connection, made when it is first needed."""
        import duckdb

        return duckdb.connect(
            config={
                "memory_limit": f"{self._limit}B",
                "temp_directory": str(self.folder / "spill"),
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "allow_community_extensions": False,
                "preserve_insertion_order": True,
            }
        )

    @property
    def _limit(self) -> int:
        return max(self._memory - _BASE, _LEAST)

    @property
    def roomy(self) -> bool:
        """Whether DuckDB may use enough for several queries at a time."""
        return self._limit >= _ROOMY

    def reset(self) -> None:
        """Forget what a failed try left behind."""
        self._disconnect()
        for path in self.folder.iterdir():
            _remove(path)

    def close(self) -> None:
        """Give memory and disk back."""
        self._disconnect()
        _remove(self.folder)
        os.close(self._lock)

    def _disconnect(self) -> None:
        if "con" in self.__dict__:
            self.con.close()
            del self.con


@contextmanager
def open_workspace(memory: int | None = None) -> Iterator[Workspace]:
    """A fresh workspace under TMPDIR, gone at the end. `memory`: bytes for the whole process."""
    workspace = Workspace(_fresh_folder(), memory or default_memory())
    try:
        yield workspace
    except Exception as error:  # noqa: BLE001  # raised again, in other words where it is of space
        raise _told(error) from None
    finally:
        workspace.close()


def mark() -> str:
    """What the names of scratch files and folders of this process begin with."""
    return f"{_PREFIX}{os.getpid()}-"


def hold(descriptor: int) -> None:
    """Lock a scratch file or folder until it is closed or this process ends."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return  # a file system without locks: the process number has to tell


def _fresh_folder() -> Path:
    try:
        _remove_dead(Path(tempfile.gettempdir()))
        return Path(tempfile.mkdtemp(prefix=mark()))
    except OSError as error:
        raise SpaceError(
            f"there is no scratch space: {error.strerror}", "set TMPDIR to a folder with free space"
        ) from None


def out_of_space(error: BaseException) -> bool:
    """Whether it says that a disk is full."""
    if isinstance(error, OSError):
        return error.errno in _OUT_OF_SPACE
    duckdb = sys.modules.get("duckdb")
    # DuckDB gives no number of the error, only the operating system's words for it.
    words = any(os.strerror(number) in str(error) for number in _OUT_OF_SPACE)
    return duckdb is not None and words and isinstance(error, duckdb.Error)


def _told(error: Exception) -> Exception:
    """Errors of space as csvferry's; others as they are."""
    if out_of_space(error):
        return _full()
    duckdb = sys.modules.get("duckdb")
    if duckdb is not None and isinstance(error, duckdb.OutOfMemoryException):
        return SpaceError(
            "the file needs more memory or scratch space than this run may use",
            "give more with --memory, or free disk space under TMPDIR",
        )
    return error


def _full() -> SpaceError:
    return SpaceError(
        "the scratch disk is full; nothing was changed",
        "free disk space under TMPDIR, or set TMPDIR to a larger disk",
    )


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
    """Scratch space of runs that were killed holds rows: it goes with the next run."""
    for path in parent.glob(f"{_PREFIX}*-*"):
        owner = path.name.removeprefix(_PREFIX).split("-", 1)[0]
        if owner.isdigit() and _is_dead(path, int(owner)):
            _remove(path)


def _is_dead(path: Path, owner: int) -> bool:
    """Whether nobody holds it, and it is not just being born."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        old = time.time() - os.fstat(descriptor).st_mtime > _BIRTH
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return old or not _alive(owner)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
