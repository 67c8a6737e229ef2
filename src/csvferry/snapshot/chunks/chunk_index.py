"""A file cut into chunks of whole records, where its content says so.

A chunk ends with the line in which a certain short pattern of bytes stands, so that rows that come
and go move no boundary but their own: a chunk that is as it was holds the same rows as before, and
need not be read again. Chunks are known by digests that only who has the feed's seal can make.
"""

import hashlib
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain, compress, pairwise
from pathlib import Path
from struct import Struct, pack, unpack

from csvferry.snapshot.chunks.chunker import DIGEST, UncutError, digests, pieces
from csvferry.snapshot.chunks.worker import Asked
from csvferry.sources.content import Content, Reader, read_whole
from csvferry.text.grammar import LINE_END, Grammar
from csvferry.text.scanner import LIMIT

LEAST = 2_500  # bytes: half of it would cost more calls than it saves reading
MOST_BLOCKS = 250_000  # each takes about 150 bytes of memory while files are compared
PATTERN = 3  # bytes of the pattern
_SAMPLES = 16
_DIGEST = Struct(f"{DIGEST}s")
_LOOSE = bytes(DIGEST)
_LONGEST = 2 * LIMIT  # bytes without a line end


@dataclass(frozen=True)
class Cut:
    """How a text is cut: at lines with `pattern`, about `size` bytes apart."""

    pattern: bytes
    size: int

    def sealed(self, seal: str) -> str:
        """As text that tells nobody else what stands in the file."""
        return f"{self.size}:{_mixed(self.pattern, seal).hex()}"

    @classmethod
    def unsealed(cls, text: str, seal: str) -> "Cut":
        """From that text. Raises ValueError."""
        size, pattern = text.split(":")
        if int(size) < LEAST:
            raise ValueError
        return cls(_mixed(bytes.fromhex(pattern), seal), int(size))

    def pieces(self, reader: Reader, quote: bytes) -> Iterator[tuple[bytes, list[int]]]:
        """The text from where `reader` stands on. See `chunker.pieces`."""
        return pieces(reader.read, self.pattern, self.size, quote, _LONGEST)

    def asked(self, path: Path, start: int, quote: bytes, seal: str) -> Asked:
        """What to ask for the chunks of a file."""
        return Asked(path, start, self.size, _LONGEST, self.pattern, quote, seal)


def choose(content: Content, start: int, quote: bytes) -> Cut:
    """A pattern that stands about as often as chunks should end, everywhere in the text."""
    total = max(content.size - start, 1)
    size = max(LEAST, total // MOST_BLOCKS)
    length = min(total, 8 * size)
    samples = []
    for number in range(_SAMPLES):
        with content.open(start + (total - length) * number // (_SAMPLES - 1)) as reader:
            samples.append(read_whole(reader, length))
    return Cut(_pattern(samples, size, b"\r\n" + quote), size)


def _pattern(samples: Sequence[bytes], size: int, without: bytes) -> bytes:
    counts = [Counter(zip(*(s[n:] for n in range(PATTERN)), strict=False)) for s in samples]
    wanted = len(samples[0]) / size * 2  # half a size is passed over after each cut
    whole: Counter[tuple[int, ...]] = sum(counts, Counter())
    near = sorted(whole.items(), key=lambda item: abs(item[1] / len(samples) - wanted))
    clean = [gram for gram, _ in near[:500] if not set(gram) & set(without)]
    spread = (gram for gram in clean if all(count[gram] >= wanted / 4 for count in counts))
    best = next(spread, clean[0] if clean else (0,) * PATTERN)
    return bytes(best)


def records(chunk: bytes, grammar: Grammar) -> int:
    """How many records a chunk of whole ones has. Raises UncutError where that can't be told.

    An empty line counts as one, which it is not: the sum of all chunks shows that there are some.
    """
    if grammar.quote and grammar.quote in chunk:
        if _has_blank(chunk):
            raise UncutError
        chunk = grammar.quote.join(chunk.split(grammar.quote)[::2])  # what stands outside quotes
    ends = len(LINE_END.findall(chunk)) if b"\r" in chunk else chunk.count(b"\n")
    return ends + (not chunk.endswith((b"\n", b"\r")))


def _has_blank(chunk: bytes) -> bool:
    pairs = (b"\n\n", b"\r\r", b"\n\r") if b"\r" in chunk else (b"\n\n",)
    return chunk[:1] in b"\r\n" or any(pair in chunk for pair in pairs)


def _mixed(pattern: bytes, seal: str) -> bytes:
    pad = hashlib.sha256(f"{seal}cut".encode()).digest()
    return bytes(a ^ b for a, b in zip(pattern, pad, strict=False))


def each(digests: bytes | bytearray) -> Iterator[bytes]:
    """The digests one by one that `Laid` and `Entries` hold in one run of bytes.

    As an object of its own each would take five times its size.
    """
    return chain.from_iterable(_DIGEST.iter_unpack(digests))


@dataclass
class Laid:
    """A text's chunks in order: digest (see `each`), record that it begins with, records.

    `quoted`: whether there is a quote in any.
    """

    digests: bytearray = field(default_factory=bytearray)
    lines: "array[int]" = field(default_factory=lambda: array("Q"))
    counts: "array[int]" = field(default_factory=lambda: array("Q"))
    quoted: bool = False

    def add(self, digest: bytes, line: int, count: int) -> None:
        """Take the next chunk."""
        self.digests += digest
        self.lines.append(line)
        self.counts.append(count)

    def extend(self, digests: Sequence[bytes], line: int, counts: Sequence[int]) -> int:
        """Take the next chunks, the first of which begins with the record `line`; the next line."""
        *lines, after = accumulate(counts, initial=line)
        self.digests += b"".join(digests)
        self.lines.extend(lines)
        self.counts.extend(counts)
        return after

    def digest(self, chunk: int) -> bytes:
        """That of one chunk."""
        return bytes(self.digests[chunk * DIGEST : (chunk + 1) * DIGEST])


def lay(text: Iterable[tuple[bytes, list[int]]], seal: str, grammar: Grammar, line: int) -> Laid:
    """The chunks of the pieces of a text whose first record has the number `line`.

    Raises UncutError.
    """
    laid = Laid()
    for data, ends in text:
        counts = [records(data[start:end], grammar) for start, end in pairwise(ends)]
        line = laid.extend(digests(seal, data, ends), line, counts)
        laid.quoted = laid.quoted or bool(grammar.quote and grammar.quote in data)
    return laid


@dataclass
class Entries:
    """What lies in the fingerprints' parts, in their order: runs of rows.

    A run is a chunk of which every row was applied (with its digest, see `each`), or `loose` rows
    that are looked at each time, or `dead` ones that count no more. `patch`: in which of the two
    parts; the runs of the patch come last.
    """

    digests: bytearray = field(default_factory=bytearray)
    counts: "array[int]" = field(default_factory=lambda: array("I"))
    marks: bytearray = field(default_factory=bytearray)

    PATCH, DEAD = 1, 2

    def add(self, digest: bytes | None, count: int, *, patch: bool = False) -> None:
        """Take the next run."""
        if count:
            self.digests += digest or _LOOSE
            self.counts.append(count)
            self.marks.append(self.PATCH if patch else 0)

    def extend(self, digests: bytearray, counts: "array[int]", *, patch: bool) -> None:
        """Take chunks of which every row was applied."""
        self.digests += digests
        self.counts.extend(array("I", counts))
        self.marks.extend(bytes([self.PATCH if patch else 0]) * len(counts))

    def bury(self, number: int) -> None:
        """Let a run count no more."""
        self.marks[number] |= self.DEAD

    def live(self) -> dict[bytes, int]:
        """The numbers of the runs by their digests; of equal chunks one."""
        digests = list(each(self.digests))
        backwards = zip(reversed(digests), range(len(digests) - 1, -1, -1), strict=True)
        found = dict(compress(backwards, reversed(self.marks.translate(_ALIVE))))
        found.pop(_LOOSE, None)
        return found

    def alive(self) -> Iterator[int]:
        """The numbers of the runs that count."""
        return (number for number, mark in enumerate(self.marks) if not mark & self.DEAD)

    def dead(self) -> Iterator[int]:
        """The numbers of the runs that count no more."""
        return (number for number, mark in enumerate(self.marks) if mark & self.DEAD)

    def loose(self, gone: set[int]) -> Iterator[int]:
        """The numbers of those whose rows must be looked at when the chunks `gone` are."""
        unknown = {n for n, digest in enumerate(each(self.digests)) if digest == _LOOSE}
        return (n for n in self.alive() if n in gone or n in unknown)

    @property
    def sizes(self) -> tuple[int, int]:
        """The rows of the base and of the patch."""
        first = self._first_patch
        return sum(self.counts[:first]), sum(self.counts[first:])

    @property
    def patched(self) -> float:
        """Rows of the patch for each row of the base."""
        base, patch = self.sizes
        return patch / max(base, 1)

    def placed(self, numbers: Iterable[int]) -> Iterator[tuple[int, int, int]]:
        """With each number its part (0 or 1), and the row of that part at which it begins."""
        first = self._first_patch
        base, patch = self._starts()
        return (
            (number, 0, base[number]) if number < first else (number, 1, patch[number - first])
            for number in numbers
        )

    def holding(self, rows: Iterable[tuple[int, int]]) -> Iterator[int]:
        """The numbers of the runs that hold these rows (part, row)."""
        starts, firsts = self._starts(), (0, self._first_patch)
        return (firsts[part] + bisect_right(starts[part], row) - 1 for part, row in rows)

    @property
    def _first_patch(self) -> int:
        """The number of the first run of the patch: those of the base are before it."""
        return bisect_left(self.marks, self.PATCH, key=lambda mark: mark & self.PATCH)

    def _starts(self) -> "tuple[array[int], array[int]]":
        """The row at which each run of the base begins, and each of the patch."""
        first = self._first_patch
        base = array("Q", accumulate(self.counts[:first], initial=0))
        patch = array("Q", accumulate(self.counts[first:], initial=0))
        return base[:-1], patch[:-1]

    def pack(self) -> bytes:
        """As bytes: all digests, all counts, all marks."""
        counts = pack(f"<{len(self.counts)}I", *self.counts)
        return b"".join((self.digests, counts, self.marks))

    @classmethod
    def unpack(cls, data: bytes) -> "Entries":
        """From bytes. Raises struct.error."""
        size = len(data) // (_DIGEST.size + 5)
        digests, counts = data[: size * _DIGEST.size], data[size * _DIGEST.size : len(data) - size]
        return cls(
            bytearray(digests),
            array("I", unpack(f"<{size}I", counts)),
            bytearray(data[len(data) - size :]),
        )


_ALIVE = bytes(not mark & Entries.DEAD for mark in range(256))  # by the mark of a run
