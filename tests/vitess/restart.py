"""Kills a gate and its tablets and starts them again, by a command of the environment."""

import os
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

from faults.proxy import COMMIT

_HOME = Path(__file__).parents[2]


class Restart:
    """The command that a variable holds; false where there is none."""

    def __init__(self, variable: str) -> None:
        self._command = shlex.split(os.environ.get(variable, ""))

    def __bool__(self) -> bool:
        return bool(self._command)

    def __call__(self) -> None:
        done = subprocess.run(self._command, check=False, capture_output=True, text=True, cwd=_HOME)
        assert done.returncode == 0, done.stderr


class AtTheCommit:
    """Kills while the gate has a COMMIT in hand: some milliseconds after it was sent on."""

    def __init__(self, kill: Callable[[], None], seconds: float) -> None:
        self._killed, self._seconds = kill, seconds
        self._killer: Thread | None = None

    def __call__(self, piece: bytes) -> str:
        if COMMIT in piece and self._killer is None:
            self._killer = Thread(target=self._kill)
            self._killer.start()
        return "pass"

    def _kill(self) -> None:
        Event().wait(self._seconds)  # another moment of the commit in each test
        self._killed()

    def wait(self) -> None:
        """Until all are there again."""
        assert self._killer is not None
        self._killer.join()
