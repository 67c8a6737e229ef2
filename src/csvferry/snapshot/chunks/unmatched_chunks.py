"""Which chunks of a file are new since a version that is remembered; only those are read.

Chunks that are as they were hold rows that were applied. Where a key may stand in one of them too,
it is read after all (`read_also`).
"""

import os
from array import array
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import repeat

from csvferry.ingest.parser import Parsed, Survey
from csvferry.ingest.reject_writer import REJECTED, make_tables
from csvferry.scratch.relations import INCOMING
from csvferry.snapshot.chunks.chunk_file import At, Extract
from csvferry.snapshot.chunks.chunk_index import Cut, Entries, Laid, records
from csvferry.snapshot.chunks.chunker import UncutError
from csvferry.snapshot.chunks.worker import telling
from csvferry.snapshot.row_hashes import FRESH
from csvferry.sources.content import read_whole, skip

_NEW = -1
_SHARE = 0.5  # of the text: when more than that is new, the whole is read sooner
# So it is foreseen where of the first eighth of a large text three quarters are new.
_BEGINNING, _MOSTLY, _LARGE = 1 / 8, 3 / 4, 32 << 20
_FIRST = 1 << 20  # bytes of new chunks that are parsed while more are looked for
_BATCH = 4 << 20  # the same later on, or more
_BATCHES = 25  # of them, or few more: each is a table


@dataclass
class Changed:
    """The chunks of the text that `survey` is about, and which of them were read.

    `hashes`: SQL of h and q of a row. `places`: the byte at which each chunk begins, and the text's
    end. `numbers`: for each the entry that knows it, or -1. `gone`: entries
    of chunks that the text no longer has.
    """

    survey: Survey
    entries: Entries
    hashes: str
    laid: Laid = field(default_factory=Laid)
    places: "array[int]" = field(default_factory=lambda: array("Q"))
    numbers: "array[int]" = field(default_factory=lambda: array("q"))
    gone: set[int] = field(default_factory=set)
    extracts: list[Extract] = field(default_factory=list)
    taken: list[Future[bool]] = field(default_factory=list)
    _tables: list[str] = field(default_factory=list)

    @property
    def records(self) -> int:
        """All records of the text."""
        return sum(self.laid.counts)

    @property
    def parsed(self) -> Parsed:
        """What was read, with the rows of the whole text."""
        found = [extract.parsed for extract in self.extracts if extract.parsed]
        rejected = sum(parsed.rejected for parsed in found)
        rows = self.records - rejected
        return replace(found[0], rows=rows, rejected=rejected, plain=None)

    def read(self) -> Laid:
        """The chunks that were read, in the text's order."""
        laid, found = self.laid, Laid()
        for n, number in enumerate(self.numbers):
            if number == _NEW:
                found.add(laid.digest(n), laid.lines[n], laid.counts[n])
        return found

    def at(self, chunk: int) -> At:
        """Where a chunk lies."""
        return At(self.laid.lines[chunk], self.laid.counts[chunk], self.places[chunk])

    def locate(self, lines: Iterable[int]) -> Iterator[tuple[int, int, bytes]]:
        """Line, byte offset and bytes of records that were read."""
        wanted = list(lines)
        for extract in self.extracts:
            yield from extract.locate(wanted)

    def line(self, part: int, row: int) -> int | None:
        """The line of a row of the fingerprints that stands in a chunk which was not read."""
        ((number, _, start),) = self.entries.placed(self.entries.holding([(part, row)]))
        if number not in self._staying:
            return None
        return self.laid.lines[self._staying[number]] + row - start

    @cached_property
    def _staying(self) -> dict[int, int]:
        return {number: n for n, number in enumerate(self.numbers) if number != _NEW}

    # Reading

    def begin(self) -> None:
        """The table `rejects`, with nothing in it."""
        make_tables(self.survey.con)
        self.survey.con.execute(f"CREATE OR REPLACE TABLE read_rejects AS FROM {REJECTED}")

    def begin_extract(self) -> Extract:
        """One more, to be filled."""
        name = f"extract_{len(self.extracts)}"
        self.extracts.append(Extract(self.survey, self.survey.scratch / f"{name}.csv", name))
        return self.extracts[-1]

    def take(self, extract: Extract) -> bool:
        """Add the rows of an extract to those that were read; False: not for certain."""
        # A table is written faster than added to.
        name = f"read_rows_{len(self._tables)}"
        if not extract.read_into(name, self.hashes):
            return False
        self._tables.append(name)
        if extract.parsed and extract.parsed.rejected:
            self.survey.con.execute(f"INSERT INTO read_rejects FROM {extract.rejects}")
        extract.drop()
        return True

    def finish(self) -> bool:
        """Wait for what is being read; False: not for certain."""
        answers = [taken.result() for taken in self.taken]
        if all(answers):
            self.show()
        return all(answers)

    def show(self) -> None:
        """`incoming`, `fresh` and `rejects` are what was taken."""
        run, rows = self.survey.con.execute, " UNION ALL ".join(f"FROM {t}" for t in self._tables)
        run(f"CREATE OR REPLACE VIEW {INCOMING} AS SELECT * EXCLUDE (h, q, there) FROM ({rows})")
        run(f"CREATE OR REPLACE VIEW {FRESH} AS SELECT line, h, q FROM ({rows})")
        run(f"CREATE OR REPLACE TABLE {REJECTED} AS FROM read_rejects")

    def drop(self) -> None:
        """What was taken is not wanted any more: it would lie in memory beside the whole."""
        for name in self._tables:
            self.survey.con.execute(f"DROP TABLE {name}")

    def read_also(self, wanted: Iterable[int]) -> bool:
        """Read the chunks of these entries too, behind the others; False: not for certain."""
        also = set(wanted)
        chunks = [n for n, number in enumerate(self.numbers) if number in also]
        extract, at = self.begin_extract(), self.survey.dialect.start
        with self.survey.text.content.open(at) as reader:
            for number in chunks:
                skip(reader, self.places[number] - at)
                at = self.places[number + 1]
                chunk = read_whole(reader, at - self.places[number])
                extract.add(chunk, self.at(number))
                self.numbers[number] = _NEW
        self.gone |= also
        extract.close()
        taken = self.take(extract)
        self.show()
        return taken


def look(survey: Survey, entries: Entries, cut: Cut, seal: str, hashes: str) -> Changed | None:
    """Compare the text's chunks with the entries; those that are new are read, until `finish`.

    While more of them are looked for, DuckDB parses those that were found. None where the text
    can't be cut, or where too much of it is new.
    """
    found = Changed(survey, entries, hashes)
    batches = _Batches(found)
    try:
        _look(found, cut, seal, batches)
    except BaseException as error:
        batches.give_up()
        if not isinstance(error, UncutError):
            raise
        found.drop()
        return None
    return found


def _look(found: Changed, cut: Cut, seal: str, batches: "_Batches") -> None:
    survey, path = found.survey, found.survey.text.content.path
    if path is None:
        raise UncutError
    line, place, grammar = survey.dialect.line, survey.dialect.start, survey.dialect.grammar
    with telling(cut.asked(path, place, grammar.quote, seal)) as pieces, path.open("rb") as file:
        found.begin()
        live, counts = found.entries.live(), found.entries.counts
        for ends, digests in pieces:
            survey.passed(place)
            numbers = list(map(live.pop, digests, repeat(_NEW)))
            starts = [place, *(place + end for end in ends)]
            new = {
                n: os.pread(file.fileno(), starts[n + 1] - starts[n], starts[n])
                for n, number in enumerate(numbers)
                if number == _NEW
            }
            sizes = [
                records(new[n], grammar) if number == _NEW else counts[number]
                for n, number in enumerate(numbers)
            ]
            first = len(found.numbers)
            line = found.laid.extend(digests, line, sizes)
            place = starts.pop()
            found.places.extend(starts)
            found.numbers.extend(numbers)
            for n, chunk in new.items():
                batches.add(chunk, found.at(first + n))
            batches.foresee(place)
    found.places.append(place)
    found.gone = set(live.values())
    batches.end()


class _Batches:
    """New chunks on their way to DuckDB, some at a time."""

    def __init__(self, found: Changed) -> None:
        self._found, self._beside = found, ThreadPoolExecutor(1)
        self._size = found.survey.text.content.size
        self._most = _SHARE * self._size
        self._new, self._batch, self._mostly = 0, _FIRST, False
        self._extract = found.begin_extract()

    def add(self, chunk: bytes, at: At) -> None:
        """Take a chunk. Raises UncutError when so much is new that the whole is read sooner."""
        self._extract.add(chunk, at)
        self._new += len(chunk)
        if self._new > self._most:
            raise UncutError
        if self._extract.size > self._batch and not self._mostly:
            self.hand_over()
            self._batch = min(2 * self._batch, max(_BATCH, int(self._most) // _BATCHES))
            self._extract = self._found.begin_extract()

    def foresee(self, seen: int) -> None:
        """Raises UncutError when so much of `seen` bytes is new that most of the text will be.

        As long as it may come to that, nothing is parsed, which would have been for nothing.
        """
        beginning = max(_BEGINNING * self._size, _LARGE * _BEGINNING)
        self._mostly = self._new > _MOSTLY * seen
        if self._mostly and seen > beginning:
            raise UncutError

    def hand_over(self) -> None:
        """Have the chunks parsed that were taken since the last time."""
        self._extract.close()
        self._found.taken.append(self._beside.submit(self._found.take, self._extract))

    def end(self) -> None:
        """There are no more."""
        self.hand_over()
        self._beside.shutdown(wait=False)

    def give_up(self) -> None:
        """What was handed over is not wanted any more."""
        self._extract.close()
        self._beside.shutdown(cancel_futures=True)
