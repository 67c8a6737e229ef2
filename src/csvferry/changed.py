"""Which blocks of a file are new since a version that is remembered; only those are read.

Blocks that are as they were hold rows that were applied. Where a key may stand in one of them too,
it is read after all (`read_also`).
"""

from array import array
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property

from csvferry.blocks import Cut, Digests, Entries, Laid, UncutError, records
from csvferry.content import Reader, read_whole, skip
from csvferry.extract import Extract
from csvferry.parse import Parsed, Survey
from csvferry.setaside import make_table

_NEW = -1
_SHARE = 0.5  # of the text: when more than that is new, the whole is read sooner
_BATCH = 4 << 20  # bytes of new blocks that are parsed while more are looked for


@dataclass
class Changed:
    """The blocks of the text that `survey` is about, and which of them were read.

    `hashed`: the query of line, h and q of rows in a table. `places`: the byte at which each block
    begins, and the text's end. `numbers`: for each the entry that knows it, or -1. `gone`: entries
    of blocks that the text no longer has.
    """

    survey: Survey
    entries: Entries
    hashed: Callable[[str], str]
    laid: Laid = field(default_factory=Laid)
    places: "array[int]" = field(default_factory=lambda: array("Q"))
    numbers: "array[int]" = field(default_factory=lambda: array("q"))
    gone: set[int] = field(default_factory=set)
    extracts: list[Extract] = field(default_factory=list)
    taken: list[Future[bool]] = field(default_factory=list)

    @property
    def records(self) -> int:
        """All records of the text."""
        return sum(self.laid.counts)

    @property
    def parsed(self) -> Parsed:
        """What was read, with the rows of the whole text."""
        found = [extract.parsed for extract in self.extracts if extract.parsed]
        rejected = sum(parsed.rejected for parsed in found)
        return replace(found[0], rows=self.records - rejected, rejected=rejected)

    def read(self) -> Laid:
        """The blocks that were read, in the text's order."""
        laid, found = self.laid, Laid()
        for n, number in enumerate(self.numbers):
            if number == _NEW:
                found.add(laid.digests[n], laid.lines[n], laid.counts[n])
        return found

    def locate(self, lines: Iterable[int]) -> Iterator[tuple[int, int, bytes]]:
        """Line, byte offset and bytes of records that were read."""
        wanted = list(lines)
        for extract in self.extracts:
            yield from extract.locate(wanted)

    def line(self, part: int, row: int) -> int | None:
        """The line of a row of the fingerprints that stands in a block which was not read."""
        ((number, _, start),) = self.entries.placed(self.entries.holding([(part, row)]))
        if number not in self._staying:
            return None
        return self.laid.lines[self._staying[number]] + row - start

    @cached_property
    def _staying(self) -> dict[int, int]:
        return {number: n for n, number in enumerate(self.numbers) if number != _NEW}

    # Reading

    def begin(self) -> None:
        """The tables `incoming`, `fresh` and `rejects`, with nothing in them."""
        run, columns = self.survey.con.execute, range(self.survey.dialect.width)
        run(
            "CREATE OR REPLACE TABLE read_rows"
            f" (line BIGINT, {', '.join(f'c{n} VARCHAR' for n in columns)})"
        )
        run("CREATE OR REPLACE TABLE fresh (line BIGINT, h UUID, q UBIGINT)")
        make_table(self.survey.con)
        run("CREATE OR REPLACE TABLE read_rejects AS FROM rejects")

    def begin_extract(self) -> Extract:
        """One more, to be filled."""
        place = self.survey.scratch / f"extract-{len(self.extracts)}.csv"
        self.extracts.append(Extract(self.survey, place))
        return self.extracts[-1]

    def take(self, extract: Extract) -> bool:
        """Add the rows of an extract to those that were read; False: not for certain."""
        if not extract.read():
            return False
        run = self.survey.con.execute
        run("INSERT INTO read_rows FROM extract_rows")
        run("INSERT INTO read_rejects FROM extract_rejects")
        run(f"INSERT INTO fresh {self.hashed('extract_rows')}")
        return True

    def finish(self) -> bool:
        """Wait for what is being read; False: not for certain."""
        told = [taken.result() for taken in self.taken]
        if all(told):
            self.show()
        return all(told)

    def show(self) -> None:
        """`incoming` and `rejects` are what was taken."""
        self.survey.con.execute("CREATE OR REPLACE VIEW incoming AS FROM read_rows")
        self.survey.con.execute("CREATE OR REPLACE TABLE rejects AS FROM read_rejects")

    def read_also(self, wanted: Iterable[int]) -> bool:
        """Read the blocks of these entries too, behind the others; False: not for certain."""
        also = set(wanted)
        blocks = [n for n, number in enumerate(self.numbers) if number in also]
        extract, at = self.begin_extract(), self.survey.dialect.start
        with self.survey.text.content.open(at) as reader:
            for number in blocks:
                skip(reader, self.places[number] - at)
                at = self.places[number + 1]
                block = read_whole(reader, at - self.places[number])
                line, count = self.laid.lines[number], self.laid.counts[number]
                extract.add(block, line, count, self.places[number])
                self.numbers[number] = _NEW
        self.gone |= also
        extract.close()
        taken = self.take(extract)
        self.show()
        return taken


def look(
    survey: Survey, entries: Entries, cut: Cut, digests: Digests, hashed: Callable[[str], str]
) -> Changed | None:
    """Compare the text's blocks with the entries; those that are new are read, until `finish`.

    While Python looks for more of them, DuckDB parses those that were found. None where the text
    can't be cut, or where too much of it is new.
    """
    found = Changed(survey, entries, hashed)
    found.begin()
    batches = _Batches(found)
    try:
        _look(found, cut, digests, batches)
    except BaseException as error:
        batches.give_up()
        if isinstance(error, UncutError):
            return None
        raise
    return found


def _look(found: Changed, cut: Cut, digests: Digests, batches: "_Batches") -> None:
    survey, live, grammar = found.survey, found.entries.live(), found.survey.dialect.grammar
    line, place = survey.dialect.line, survey.dialect.start
    # Done for each 2.5 kB of the file: what is named here need not be looked up again.
    digest_of, number_of, counts = digests.of, live.pop, found.entries.counts
    add, add_place, add_number = found.laid.add, found.places.append, found.numbers.append
    with survey.text.content.open(place) as reader:
        for block in cut.blocks(_Told(reader, survey.passed), grammar.quote):
            digest = digest_of(block)
            number = number_of(digest, _NEW)
            if number == _NEW:
                count = records(block, grammar)
                batches.add(block, line, count, place)
            else:
                count = counts[number]
            add(digest, line, count)
            add_place(place)
            add_number(number)
            line += count
            place += len(block)
    found.places.append(place)
    found.gone = set(live.values())
    batches.end()


class _Batches:
    """New blocks on their way to DuckDB, some at a time."""

    def __init__(self, found: Changed) -> None:
        self._found, self._beside = found, ThreadPoolExecutor(1)
        self._most = _SHARE * found.survey.text.content.size
        self._new = 0
        self._extract = found.begin_extract()

    def add(self, block: bytes, line: int, count: int, place: int) -> None:
        """Take a block. Raises UncutError when so much is new that the whole is read sooner."""
        self._extract.add(block, line, count, place)
        self._new += len(block)
        if self._new > self._most:
            raise UncutError
        if self._extract.size > _BATCH:
            self.hand_over()
            self._extract = self._found.begin_extract()

    def hand_over(self) -> None:
        """Have the blocks parsed that were taken since the last time."""
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


@dataclass
class _Told:
    """A reading that tells how far it is."""

    reader: Reader
    passed: Callable[[int], None]

    def read(self, size: int, /) -> bytes:
        """The next bytes."""
        self.passed(self.reader.tell())
        return self.reader.read(size)

    def tell(self) -> int:
        """How far."""
        return self.reader.tell()
