"""A disk of a few megabytes, so that running out of scratch space is real."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from servers import absent


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """Mounted at `folder`; only root, or who may become root unasked, can do that."""
    root = _as_root()
    if root is None:
        absent("a small disk: only root can mount one")
    folder.mkdir()
    options = f"size={megabytes}m,mode=1777"
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    subprocess.run([*root, *mount], check=True)
    try:
        yield folder
    finally:
        subprocess.run([*root, "umount", "--lazy", str(folder)], check=True)


def _as_root() -> list[str] | None:
    if os.geteuid() == 0:
        return []
    asked = ["sudo", "-n", "true"]
    may = shutil.which("sudo") and subprocess.run(asked, capture_output=True, check=False)
    return ["sudo", "-n"] if may and may.returncode == 0 else None
