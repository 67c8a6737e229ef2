"""A text cut into chunks, and the chunks' digests: what is done for each 2.5 kB of a file.

This file needs Python's own library alone, and little of that, so that another process can run it
and be at work at once: `worker` says how they talk.
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

    A chunk ends with the record in which a line has `pattern`, about `size` bytes after the one
    before. Raises UncutError where a record has no end within `longest` bytes.
    """
    data, ends, ended, quoted = b"", [0], False, False
    least, most = size // 2, 8 * size
    while True:
        if not quoted:
            _end_plain(data, ends, pattern, least, most)
        at = ends[-1]
        found = data.find(pattern, at + least, at + most)
        stop = data.find(b"\n", at + most if found < 0 else found) + 1
        if found < 0 and len(data) < at + most:
            stop = 0  # the pattern may stand in what is still to be read
        if stop and quoted:
            stop = _outside(data, at, stop, quote)
        if not stop and not ended:
            if len(data) - at > longest:
                raise UncutError
            yield data, ends
            new = read(CHUNK)
            data, ends, ended = data[at:] + new, [0], not new
            quoted = bool(quote) and quote in data
            continue
        end = stop or len(data)
        if end == at:
            break
        ends.append(end)
    yield data, ends


def _outside(data: bytes, at: int, end: int, quote: bytes) -> int:
    """Where the record ends that the line end before `end` stands in; 0: in what is still to come.

    `at`: where a record begins.
    """
    odd = data.count(quote, at, end) & 1
    while odd and (after := data.find(b"\n", end) + 1):
        odd, end = odd ^ (data.count(quote, end, after) & 1), after
    return 0 if odd else end


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
    """Tell of the file that the first argument names: `worker` asks."""
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
