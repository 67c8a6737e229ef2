"""The command line on a terminal of a certain width."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from pathlib import Path

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def on_terminal(
    folder: Path, *words: str, width: int, environment: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Run `csvferry WORDS`; its status, and what the terminal was sent, without control codes."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    state = {"XDG_STATE_HOME": str(folder / "state"), "TERM": "xterm-256color"}
    process = subprocess.Popen(
        [sys.executable, "-m", "csvferry", *words],
        cwd=folder,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**os.environ, **state, **(environment or {})},
    )
    os.close(slave)
    told = b""
    try:
        while part := os.read(master, 1 << 16):
            told += part
    except OSError:  # Linux: what was at the other end is gone
        pass
    os.close(master)
    return process.wait(), _CONTROL.sub("", told.decode(errors="replace"))
