"""Another process that tells a large file's chunks apart while this one does what comes next.

Python runs one thread at a time, and there is much to do meanwhile. What is secret goes through a
pipe, never over the command line.
"""

import subprocess
import sys
from array import array
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import IO, NamedTuple

from csvferry.snapshot.chunks import chunker as scan

LEAST = 32 << 20  # bytes of a file from which starting a process pays
_PROGRAM = Path(scan.__file__)
_COMMAND = (
    sys.executable or "",
    "-I",
    "-S",
    str(_PROGRAM),
)  # no settings, no packages: it starts faster


class Told(NamedTuple):
    """Some chunks: where each ends, from the first one's begin on, and their digests."""

    ends: list[int]
    digests: list[bytes]


class Asked(NamedTuple):
    """Which chunks: `chunker.pieces` says what these are. The pattern and the seal are secret."""

    path: Path
    start: int
    size: int
    longest: int
    pattern: bytes
    quote: bytes
    seal: str


_early: "dict[Asked, _Worker]" = {}  # at work before anybody waits for them


@contextmanager
def started_early(asked: Asked) -> Iterator[None]:
    """Have a large file's chunks told apart from now on, for who asks the same within the block."""
    with suppress(OSError, scan.UncutError):  # who asks meets it again
        if _pays(asked):
            _early[asked] = _Worker(asked)
    try:
        yield
    finally:
        if worker := _early.pop(asked, None):
            worker.give_up()


@contextmanager
def telling(asked: Asked) -> Iterator[Iterator[Told]]:
    """The chunks of the file from byte `start` on, on their way. Raises UncutError at the end."""
    worker = _early.pop(asked, None)
    if not worker and not _pays(asked):
        yield _here(asked)
        return
    worker = worker or _Worker(asked)
    try:
        yield iter(worker.told.get, None)
    except BaseException:
        worker.give_up()
        raise
    if worker.end():
        raise scan.UncutError


def _pays(asked: Asked) -> bool:
    return asked.path.stat().st_size - asked.start >= LEAST and _PROGRAM.is_file()


class _Worker:
    """The other process, and what it told so far: it never waits for who asked.

    Raises UncutError where there is no such program, or no further process.
    """

    def __init__(self, asked: Asked) -> None:
        pipe, quiet = subprocess.PIPE, subprocess.DEVNULL
        command = (*_COMMAND, str(asked.path))
        try:
            self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=quiet)  # noqa: S603
        except OSError:
            raise scan.UncutError from None
        self.told: SimpleQueue[Told | None] = SimpleQueue()
        self._listener = Thread(target=self._listen, args=(asked,), daemon=True)
        self._listener.start()

    def _listen(self, asked: Asked) -> None:
        try:
            for told in _asked(self._process, asked):
                self.told.put(told)
        finally:
            self.told.put(None)

    def end(self) -> int:
        """Wait for its end; other than 0 where what it told is not all."""
        self._listener.join()
        with self._process as process:
            return process.wait()

    def give_up(self) -> None:
        """What it would tell is not wanted any more."""
        self._process.kill()
        self.end()


def _here(asked: Asked) -> Iterator[Told]:
    with asked.path.open("rb") as file:
        file.seek(asked.start)
        how = (asked.pattern, asked.size, asked.quote, asked.longest)
        for data, ends in scan.pieces(file.read, *how):
            yield Told(ends[1:], scan.digests(asked.seal, data, ends))


def _asked(process: "subprocess.Popen[bytes]", asked: Asked) -> Iterator[Told]:
    ask, answer = process.stdin, process.stdout
    if ask is None or answer is None:
        raise AssertionError
    with suppress(BrokenPipeError), ask:  # what it was not told is missing from its answer
        ask.write(_words(asked))
    return _answered(answer)


def _words(asked: Asked) -> bytes:
    hidden = (asked.pattern, asked.quote, asked.seal.encode())
    words = (asked.start, asked.size, asked.longest, *(word.hex() for word in hidden))
    return "".join(f"{word}\n" for word in words).encode()


def _answered(answer: IO[bytes]) -> Iterator[Told]:
    width = scan.DIGEST
    while head := _numbers(answer, 1):
        (count,) = head
        ends, digests = _numbers(answer, count), answer.read(count * width)
        yield Told(list(ends), [digests[n : n + width] for n in range(0, len(digests), width)])


def _numbers(answer: IO[bytes], count: int) -> "array[int]":
    found = array("Q")
    data = answer.read(count * found.itemsize)
    if len(data) == count * found.itemsize:  # else it has ended, early or not
        found.frombytes(data)
    return found
