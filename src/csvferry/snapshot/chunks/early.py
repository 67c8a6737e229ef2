"""A large file's chunks are told apart while libraries are loaded, begun as the last version was.

Whether it is so is seen when the file's dialect is known: what was begun otherwise is given up.
"""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from csvferry.snapshot.chunks.chunk_index import Cut
from csvferry.snapshot.chunks.worker import started_early
from csvferry.snapshot.manifest import Remembered


def begin_of(path: Path | None, scratch: Path, start: int, quote: bytes) -> str:
    """For `Remembered.begin`; "" of what is no file before it is unpacked into `scratch`."""
    return f"{start}:{quote.hex()}" if path and path.parent != scratch else ""


def told_early(path: Path, memory: Remembered, seal: str) -> AbstractContextManager[None]:
    """Have the chunks of the file told from now on, if the last version's are known."""
    if not (memory.cut and memory.begin):
        return nullcontext()
    start, quote = memory.begin.split(":")
    cut = Cut.unsealed(memory.cut, seal)
    return started_early(cut.asked(path, int(start), bytes.fromhex(quote), seal))
