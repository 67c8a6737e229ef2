"""Which blocks of a file are new since a version that is remembered; only those are read.

Blocks that are as they were hold rows that were applied. Where a key may stand in one of them too,
it is read after all (`read_also`).
"""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from csvferry.blocks import Cut, Digests, Entries, Laid, UncutError, records
from csvferry.content import read_whole, skip
from csvferry.extract import Extract
from csvferry.parse import Survey

_NEW = -1
_SHARE = 0.5  # of the text: when more than that is new, the whole is read sooner


@dataclass
class Changed:
    """The blocks of the text that `survey` is about, and which of them were read.

    `places`: the byte at which each begins, and the text's end. `numbers`: for each the entry that
    knows it, or -1. `gone`: entries of blocks that the text no longer has.
    """

    survey: Survey
    entries: Entries
    laid: Laid = field(default_factory=Laid)
    places: "array[int]" = field(default_factory=lambda: array("Q"))
    numbers: "array[int]" = field(default_factory=lambda: array("q"))
    gone: set[int] = field(default_factory=set)
    extracts: list[Extract] = field(default_factory=list)

    @property
    def records(self) -> int:
        """All records of the text."""
        return sum(self.laid.counts)

    @property
    def few(self) -> bool:
        """Whether so few are new that reading them alone is quicker."""
        sizes = zip(self.places, self.places[1:], self.numbers, strict=False)
        new = sum(end - start for start, end, number in sizes if number == _NEW)
        return new < _SHARE * self.places[-1]

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

    def read_also(self, wanted: Iterable[int]) -> bool:
        """Read the blocks of these entries too, behind the others; False: not for certain."""
        also = set(wanted)
        blocks = [n for n, number in enumerate(self.numbers) if number in also]
        extract = Extract(self.survey, self.survey.scratch / f"extract-{len(self.extracts)}.csv")
        with extract, self.survey.text.content.open(self.survey.dialect.start) as reader:
            at = self.survey.dialect.start
            for number in blocks:
                skip(reader, self.places[number] - at)
                at = self.places[number + 1]
                block = read_whole(reader, at - self.places[number])
                line, count = self.laid.lines[number], self.laid.counts[number]
                extract.add(block, line, count, self.places[number])
                self.numbers[number] = _NEW
        self.gone |= also
        self.extracts.append(extract)
        return extract.read()


def look(survey: Survey, entries: Entries, cut: Cut, digests: Digests) -> Changed | None:
    """Compare the text's blocks with the entries; those that are new go to an extract.

    None where the text can't be cut.
    """
    found = Changed(survey, entries)
    live, grammar = entries.live(), survey.dialect.grammar
    line, place = survey.dialect.line, survey.dialect.start
    extract = Extract(survey, survey.scratch / "extract-0.csv")
    found.extracts.append(extract)
    try:
        with extract, survey.text.content.open(place) as reader:
            for block in cut.blocks(reader, grammar.quote):
                digest = digests.of(block)
                number = live.pop(digest, _NEW)
                if number == _NEW:
                    count = records(block, grammar)
                    extract.add(block, line, count, place)
                else:
                    count = entries.counts[number]
                found.laid.add(digest, line, count)
                found.places.append(place)
                found.numbers.append(number)
                line += count
                place += len(block)
        survey.passed(place)
    except UncutError:
        return None
    found.places.append(place)
    found.gone = set(live.values())
    return found
