"""Scratch folders of runs, for this user alone, cleared of what killed runs left behind.

    TMPDIR/csvferry-UID/          of this user, mode 0700, no link
        run-PID-XXXXXXXX/         of one run, which holds a lock on it for as long as it lives
            .csvferry             the mark: a folder without it is not csvferry's

TMPDIR is shared with other users, who may put anything there under any name. So nothing is used or
removed that this user does not own alone, nothing is opened that could block, and a folder that
can't be removed is a line in the log: it never stops a run.
"""

import fcntl
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from csvferry.errors import SpaceError
from csvferry.printable import get_logger

log = get_logger(__name__)

MARK = ".csvferry"
_RUN = re.compile(r"run-([0-9]{1,10})-[a-z0-9_]{8}")
_RANDOM = re.compile(r"[a-z0-9_]{8}")  # what tempfile.mkdtemp adds
_BIRTH = 60.0  # seconds within which a folder may not be locked yet
_TRIES = 20
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_NONBLOCK


@dataclass(frozen=True)
class ScratchFolder:
    """A folder of one run, locked until it is removed or the process ends."""

    path: Path
    _lock: int

    def clear(self) -> None:
        """Remove what is in it."""
        for child in self.path.iterdir():
            if child.name != MARK:
                _remove(child)

    def remove(self) -> None:
        """Remove it, and the user's folder around it where that is empty now."""
        _remove_run(self.path)
        os.close(self._lock)
        with suppress(OSError):  # other runs are at work there
            self.path.parent.rmdir()


def make_scratch_folder() -> ScratchFolder:
    """A fresh folder under TMPDIR; those of dead runs go. Raises SpaceError."""
    try:
        root = Path(tempfile.gettempdir())
        remove_dead_runs(root)
        return _fresh(root)
    except OSError as error:
        raise SpaceError(
            f"there is no scratch space: {error.strerror}", "set TMPDIR to a folder with free space"
        ) from None


def _fresh(root: Path) -> ScratchFolder:
    for _ in range(_TRIES):
        folder = _users_folder(root)
        with suppress(FileNotFoundError):  # a run that ended removed it, since it was still empty
            path = Path(tempfile.mkdtemp(prefix=f"run-{os.getpid()}-", dir=folder))
            (path / MARK).touch(mode=0o600)
            return ScratchFolder(path, _locked(path))
    raise FileNotFoundError(0, "the scratch folder is removed again and again")


def _users_folder(root: Path) -> Path:
    """The folder of this user's runs; another name where somebody else took the usual one."""
    usual = root / _users_name()
    with suppress(FileExistsError):
        usual.mkdir(mode=0o700)
    if _is_private(usual):
        return usual
    log.warning("%s is not a folder of this user alone: another one is used", usual)
    return Path(tempfile.mkdtemp(prefix=f"{usual.name}-", dir=root))


def _users_name() -> str:
    return f"csvferry-{os.geteuid()}"


def _is_private(path: Path) -> bool:
    """Whether it is a folder, not a link, that this user owns and no other may enter."""
    try:
        info = path.lstat()
    except OSError:
        return False
    alone = info.st_uid == os.geteuid() and not info.st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    return stat.S_ISDIR(info.st_mode) and alone


def _locked(path: Path) -> int:
    descriptor = os.open(path, _DIRECTORY)
    with suppress(OSError):  # a file system without locks: nothing there is ever taken for dead
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return descriptor


def remove_dead_runs(root: Path) -> None:
    """Remove what killed runs of this user left under `root`: it holds rows. Never raises."""
    for folder in _users_folders(root):
        for path in _children(folder):
            found = _RUN.fullmatch(path.name)
            if found and _is_dead(path, int(found[1])):
                _remove_run(path)
        if folder.name != _users_name():
            with suppress(OSError):
                folder.rmdir()


def _users_folders(root: Path) -> Iterator[Path]:
    usual = _users_name()
    for path in _children(root):
        rest = path.name.removeprefix(f"{usual}-")
        if (path.name == usual or _RANDOM.fullmatch(rest)) and _is_private(path):
            yield path


def _children(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError as error:
        log.warning("%s can't be searched for old scratch files: %s", folder, error.strerror)
        return []


def _is_dead(path: Path, owner: int) -> bool:
    """Whether it is a run's folder that no process holds, and it is not just being made."""
    try:
        descriptor = os.open(path, _DIRECTORY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        marked = os.stat(MARK, dir_fd=descriptor, follow_symlinks=False)
        old = time.time() - os.fstat(descriptor).st_mtime > _BIRTH
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return stat.S_ISREG(marked.st_mode) and (old or not _is_alive(owner))


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True


def _remove_run(path: Path) -> None:
    """The mark goes last, so that a folder that was removed by half is still known."""
    for child in _children(path):
        if child.name != MARK:
            _remove(child)
    try:
        (path / MARK).unlink(missing_ok=True)
        path.rmdir()
    except OSError as error:
        log.warning("%s can't be removed: %s", path, error.strerror)


def _remove(path: Path) -> None:
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        log.warning("%s can't be removed: %s", path, error.strerror)
