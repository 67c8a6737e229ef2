"""An object's bytes: ranges side by side, each resumed where it broke off; to a file or as read."""

import os
import random
import threading
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import obstore
from obstore.exceptions import GenericError

from csvferry.errors import SourceError, SourceUnreachableError
from csvferry.sources.cloud.stores import Store
from csvferry.sources.content import Tick

RANGE = 16 << 20
_AHEAD = 4 << 20  # of a range that is kept in memory
SIDE_BY_SIDE = 4
TRIES = 8
_CHUNK = 256 << 10
_ANSWERED = "non-2xx status code"


@dataclass
class _Progress:
    total: int
    tick: Tick
    done: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, size: int) -> None:
        with self.lock:
            self.done += size
            self.tick(self.done, self.total)


def download(
    store: Store, key: str, target: Path, size: int, options: dict[str, Any], tick: Tick
) -> None:
    """Fill `target` with the object's `size` bytes. Raises what obstore raises, SourceError."""
    progress = _Progress(size, tick)
    starts = range(0, size, RANGE)
    with _file(target, size) as file, ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        futures = [
            pool.submit(_fill, store, key, file, start, min(start + RANGE, size), options, progress)
            for start in starts
        ]
        try:
            for future in futures:
                future.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def stream(
    store: Store, key: str, start: int, size: int, options: dict[str, Any]
) -> Iterator[bytes]:
    """The object's bytes from `start` on; ranges are read ahead once a second one is wanted."""
    starts = iter(range(start, size, _AHEAD))
    pool = ThreadPoolExecutor(SIDE_BY_SIDE)
    asked: deque[Future[bytes]] = deque()
    ahead = 1
    try:
        while True:
            while len(asked) < ahead and (at := next(starts, None)) is not None:
                end = min(at + _AHEAD, size)
                asked.append(pool.submit(_range, store, key, at, end, options))
            if not asked:
                return
            yield asked.popleft().result()
            ahead = SIDE_BY_SIDE
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _range(store: Store, key: str, start: int, end: int, options: dict[str, Any]) -> bytes:
    return b"".join(_chunks(store, key, start, end, options))


def _fill(
    store: Store,
    key: str,
    file: int,
    start: int,
    end: int,
    options: dict[str, Any],
    progress: _Progress,
) -> None:
    at = start
    for chunk in _chunks(store, key, start, end, options):
        rest = memoryview(chunk)
        while rest:  # a disk that is all but full takes a part of it
            written = os.pwrite(file, rest, at)
            at, rest = at + written, rest[written:]
        progress.add(len(chunk))


def _chunks(
    store: Store, key: str, start: int, end: int, options: dict[str, Any]
) -> Iterator[bytes]:
    """One range; a body that ends early or breaks is resumed at its last byte."""
    at, tries = start, 0
    while at < end:
        before = at
        try:
            wanted: Any = {**options, "range": (at, end)}
            for chunk in obstore.get(store, key, options=wanted).stream(_CHUNK):
                if len(chunk) > end - at:
                    raise SourceError(f"{key}: more bytes came than were asked for")
                yield chunk
                at += len(chunk)
        except GenericError as error:
            if _ANSWERED in str(error):
                raise  # obstore has tried it again already
        tries = 0 if at > before else tries + 1
        if tries == TRIES:
            raise SourceUnreachableError(
                f"{key} broke off {TRIES} times at byte {at}", "try again later"
            )
        if at < end:
            pause(tries)


def pause(tries: int) -> None:
    """Backoff with full jitter: at most 0.1 s, 0.2 s, 0.4 s, … 5 s."""
    time.sleep(random.uniform(0, min(0.1 * 2**tries, 5)))  # noqa: S311  # only jitter


@contextmanager
def _file(target: Path, size: int) -> Iterator[int]:
    descriptor = os.open(target, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    try:
        os.truncate(descriptor, size)
        yield descriptor
    finally:
        os.close(descriptor)
