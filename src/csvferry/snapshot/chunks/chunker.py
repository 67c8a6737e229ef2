"""A text cut into chunks, and the chunks' digests: what is done for each 2.5 kB of a file.

This file needs Python's own library alone, and little of that, so that another process can run it
and be at work at once: `beside.py` says how they talk.
"""

import hashlib
import signal
import sys
from array import array
from collections.abc import Callable, Iterator

CHUNK = 256 << 10  # bytes: what lies in the processor's cache still when it is looked at again
DIGEST = 16  # bytes


class UncutError(Exception):
    """The text can't be cut into chunks of whole records."""


def pieces(
    read: Callable[[int], bytes], pattern: bytes, size: int, quote: bytes, longest: int
) -> Iterator[tuple[bytes, list[int]]]:
    """What `read` gives, piece by piece: bytes, and where chunks of them begin and end.

    A chunk ends with a line that has `pattern` in it, outside quotes, about `size` bytes after the
    one before. Raises UncutError where a line has no end within `longest` bytes.
    """
    data, ends, seek, ended, quoted = b"", [0], 0, False, False
    least, most = size // 2, 8 * size
    while True:
        if not quoted and seek == ends[-1]:
            _end_plain(data, ends, pattern, least, most)
            seek = ends[-1]
        at = ends[-1]
        found = data.find(pattern, max(at + least, seek), seek + most)
        stop = data.find(b"\n", seek + most if found < 0 else found) + 1
        if found < 0 and len(data) < seek + most:
            stop = 0  # the pattern may stand in what is still to be read
        if not stop and not ended:
            if len(data) - at > longest:
                raise UncutError
            yield data, ends
            new = read(CHUNK)
            data, ends, seek, ended = data[at:] + new, [0], seek - at, not new
            quoted = bool(quote) and quote in data
            continue
        end = stop or len(data)
        if end == at:
            break
        seek = end
        if not (quoted and stop and data.count(quote, at, end) & 1):
            ends.append(end)
    yield data, ends


def _end_plain(data: bytes, ends: list[int], pattern: bytes, least: int, most: int) -> None:
    """Add where the next chunks without a quote end, as long as each has the pattern: most."""
    find, at = data.find, ends[-1]
    while (found := find(pattern, at + least, at + most)) >= 0:
        if not (at := find(b"\n", found) + 1):
            break
        ends.append(at)


def digests(seal: str, data: bytes, ends: list[int]) -> list[bytes]:
    """Digests of the chunks, 128 bits each, that only the seal's owner can make."""
    base = hashlib.sha256(seal.encode())
    found, start = [], 0
    for end in ends[1:]:
        digest = base.copy()
        digest.update(data[start:end])
        found.append(digest.digest()[:DIGEST])
        start = end
    return found


def main() -> None:
    """Tell of the file that the first argument names: `beside.py` asks."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # who waits for this tells of an interrupt
    start, size, longest = (int(sys.stdin.readline()) for _ in range(3))
    pattern, quote, seal = (bytes.fromhex(sys.stdin.readline()) for _ in range(3))
    out = sys.stdout.buffer
    with open(sys.argv[1], "rb") as file:  # noqa: PTH123  # pathlib takes time to import
        file.seek(start)
        for data, ends in pieces(file.read, pattern, size, quote, longest):
            found = digests(seal.decode(), data, ends)
            for part in (array("Q", [len(found)]), array("Q", ends[1:])):
                out.write(part.tobytes())
            out.write(b"".join(found))
            out.flush()


if __name__ == "__main__":
    main()
