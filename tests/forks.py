"""Child processes of Python's fork server, which has csvferry imported once.

A child is a process of its own, with its own environment, working folder and streams, and can be
killed; it starts in a hundredth of the time in which a new interpreter imports csvferry.
"""

import multiprocessing
import os
import pkgutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import csvferry

SERVER = multiprocessing.get_context("forkserver")
_MODULES = (module.name for module in pkgutil.walk_packages(csvferry.__path__, "csvferry."))
_APART = ("csvferry.__main__", "csvferry.aws")
SERVER.set_forkserver_preload([name for name in _MODULES if not name.startswith(_APART)])
_PIPE = 65536  # bytes that a pipe holds while nobody reads it yet


@dataclass(frozen=True)
class Printed:
    """How a command ended and what it printed."""

    status: int
    out: bytes
    err: bytes


def command_line(
    words: tuple[str, ...], folder: Path, env: dict[str, str], stdin: bytes
) -> Printed:
    """Run the command line as `python -m csvferry` does."""
    with tempfile.TemporaryDirectory() as streams:
        out, err = (Path(streams) / name for name in ("out", "err"))
        child = SERVER.Process(target=_command, args=(words, folder, env, stdin, out, err))
        child.start()
        child.join()
        assert child.exitcode is not None
        return Printed(child.exitcode, out.read_bytes(), err.read_bytes())


def _command(
    words: tuple[str, ...], folder: Path, env: dict[str, str], stdin: bytes, out: Path, err: Path
) -> None:
    os.dup2(_filled(stdin), 0)
    os.dup2(os.open(out, os.O_WRONLY | os.O_CREAT), 1)
    os.dup2(os.open(err, os.O_WRONLY | os.O_CREAT), 2)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  # as long as the process
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    tempfile.tempdir = None  # it was found in another environment
    sys.argv = ["csvferry", *words]
    from csvferry.__main__ import main

    main()


def _filled(content: bytes) -> int:
    """The reading end of a pipe that holds the content."""
    assert len(content) <= _PIPE
    reading, writing = os.pipe()
    os.write(writing, content)
    os.close(writing)
    return reading
