"""Scratch space of one run: a folder that goes with the run, and a DuckDB of bounded memory in it.

`scratch.folders` says where the folder lies and how that of a killed run is found.
"""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from csvferry.errors import SpaceError
from csvferry.model.quoting import pattern, text
from csvferry.scratch.folders import ScratchFolder, make_scratch_folder

if TYPE_CHECKING:
    import duckdb

DEFAULT_MEMORY = 260_000_000
_BASE = 140_000_000  # Python, the libraries and DuckDB's own code, which its limit does not count
_LEAST, _ROOMY = 64_000_000, 118_000_000
_OUT_OF_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


# What is set while a run is under way; all other settings are locked.
CHANGED_LATER = (
    *("memory_limit", "threads", "read_ahead_depth", "enable_external_file_cache"),
    "debug_enable_caching_operators",
)


class Workspace:
    """A folder for scratch files, and a DuckDB connection that spills there."""

    def __init__(self, scratch: ScratchFolder, memory: int) -> None:
        self.folder = scratch.path
        self._scratch = scratch
        self._memory = memory
        self._files: list[str] = []
        self._folders: list[str] = []

    @cached_property
    def con(self) -> "duckdb.DuckDBPyConnection":
        """The connection, made when it is first needed.

        It reaches the run's own folder and what was permitted, and nothing else: no other file, no
        network, no extension; and no statement can change that (DuckDB, "Securing DuckDB").
        """
        import duckdb

        con = duckdb.connect(
            config={
                "memory_limit": f"{self._limit}B",
                "temp_directory": str(self.folder / "spill"),
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "allow_community_extensions": False,
                "preserve_insertion_order": True,
            }
        )
        con.execute("SET enable_progress_bar = false")  # it draws on standard output
        con.execute(f"SET allowed_directories = {_texts(self.folder, *self._folders)}")
        con.execute(f"SET allowed_paths = {_texts(*self._files)}")
        con.execute("SET enable_external_access = false")
        con.execute(f"SET allowed_configs = {_texts(*CHANGED_LATER)}")
        con.execute("SET lock_configuration = true")
        return con

    def permit(self, *, file: Path | None = None, folder: Path | None = None) -> None:
        """Let DuckDB reach a file or what is in a folder, from before its first use on."""
        if file and _is_text(str(file)):  # another name can't be said to DuckDB
            self._files += (str(file), pattern(file))
        if folder:
            self._folders.append(str(folder))

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
        self._scratch.clear()

    def close(self) -> None:
        """Give memory and disk back."""
        self._disconnect()
        self._scratch.remove()

    def _disconnect(self) -> None:
        if "con" in self.__dict__:
            self.con.close()
            del self.con


@contextmanager
def open_workspace(memory: int | None = None) -> Iterator[Workspace]:
    """A fresh workspace under TMPDIR, gone at the end. `memory`: bytes for the whole process."""
    workspace = Workspace(make_scratch_folder(), memory or default_memory())
    try:
        with space_errors():
            yield workspace
    finally:
        workspace.close()


@contextmanager
def space_errors() -> Iterator[None]:
    """Errors of a full disk or of memory leave the block as SpaceError, others as they are."""
    try:
        yield
    except Exception as error:  # noqa: BLE001  # raised again, in other words where it is of space
        raise _translated(error) from None


def spool_folder(con: "duckdb.DuckDBPyConnection") -> Path:
    """Where DuckDB may write files of the run: the folder that it spills into is in it."""
    (spill,) = con.execute("SELECT current_setting('temp_directory')").fetchone() or ("",)
    return Path(spill).parent


def _texts(*values: object) -> str:
    return f"[{', '.join(text(str(value)) for value in values)}]"


def out_of_space(error: BaseException) -> bool:
    """Whether it says that a disk is full."""
    if isinstance(error, OSError):
        return error.errno in _OUT_OF_SPACE
    duckdb = sys.modules.get("duckdb")
    # DuckDB gives no number of the error, only the operating system's words for it.
    words = any(os.strerror(number) in str(error) for number in _OUT_OF_SPACE)
    return duckdb is not None and words and isinstance(error, duckdb.Error)


def _translated(error: Exception) -> Exception:
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
    """260 MB, or half of what the container gives, whichever is less."""
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


def _is_text(name: str) -> bool:
    """Whether a file's name is UTF-8, as Python's `surrogateescape` has it."""
    return not any("\ud800" <= char <= "\udfff" for char in name)
