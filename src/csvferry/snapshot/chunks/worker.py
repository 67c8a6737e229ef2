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
    """Which chunks: `pieces` of `scan` says what these are. The pattern and the seal are secret."""

    path: Path
    start: int
    size: int
    longest: int
    pattern: bytes
    quote: bytes
    seal: str


@contextmanager
def telling(asked: Asked) -> Iterator[Iterator[Told]]:
    """The chunks of the file from byte `start` on, on their way. Raises UncutError at the end."""
    large = asked.path.stat().st_size - asked.start >= LEAST
    if not large or not _PROGRAM.is_file():
        yield _here(asked)
        return
    with _started(asked.path) as process:
        try:
            yield _asked(process, asked)
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        raise scan.UncutError


def _started(path: Path) -> "subprocess.Popen[bytes]":
    pipe, quiet = subprocess.PIPE, subprocess.DEVNULL
    command = (*_COMMAND, str(path))
    try:
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=quiet)  # noqa: S603
    except OSError:  # no such program, or no further process
        raise scan.UncutError from None


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
