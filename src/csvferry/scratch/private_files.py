"""Files that only their owner may read, under names that another user may know beforehand."""

import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

PLANTED = "another user put a file or a link there"


def is_planted(path: Path) -> bool:
    """Whether another user's link lies there, or another user's file in a folder open to all.

    Neither this user nor root made it; a write would go where that user wants it. The rule of
    Linux's `protected_symlinks` and `protected_regular` (proc(5)), which may be off.
    """
    try:
        info, folder = path.lstat(), path.absolute().parent.stat()
    except OSError:
        return False
    if info.st_uid in (0, os.geteuid()):
        return False
    shared = stat.S_ISVTX | stat.S_IWOTH
    return stat.S_ISLNK(info.st_mode) or folder.st_mode & shared == shared


def make_private_file(path: Path) -> None:
    """Make an empty file with mode 0600, unless there is one. Raises OSError."""
    if is_planted(path):
        raise PermissionError(0, PLANTED)
    target = path.resolve() if path.is_symlink() else path
    try:
        descriptor = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        return
    os.close(descriptor)


def replace_file(target: Path, fill: Callable[[Path], object], mode: int = 0o600) -> None:
    """Have `fill` write a fresh file beside `target`, and put it in its place with a mode.

    Whoever reads it meanwhile sees the old or the new one. Raises OSError.
    """
    descriptor, name = tempfile.mkstemp(prefix=f"{target.name}.", dir=target.parent)
    os.close(descriptor)
    fresh = Path(name)
    try:
        fill(fresh)
        fresh.chmod(mode)
        fresh.replace(target)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
