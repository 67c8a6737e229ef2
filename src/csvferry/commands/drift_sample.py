"""Which of the rows that drifted are named: as many as are asked for, of each kind in turn."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, zip_longest
from typing import Any

from csvferry.model.names import fold
from csvferry.model.report import DriftedRow, Sample
from csvferry.printable import shown

KINDS = ("missing", "different", "extra")


def in_turn(kinds: Iterable[Sequence[DriftedRow]], most: int) -> tuple[DriftedRow, ...]:
    """At most so many rows, one of each kind after the other while it has any."""
    turns = chain.from_iterable(zip_longest(*kinds))
    chosen = [row for row in turns if row][:most]
    return tuple(sorted(chosen, key=lambda row: KINDS.index(row.drift)))


def of_plan(sample: Sample, most: int) -> Sample:
    """Drift as a plan shows it: what it would insert is missing, what it would delete is extra."""
    changed = [after for _, after in sample.updated]
    kinds = zip(KINDS, (sample.inserted, changed, sample.deleted), strict=True)
    rows = [[_drifted(sample, kind, row) for row in rows] for kind, rows in kinds]
    return Sample(drifted=in_turn(rows, most))


def _drifted(sample: Sample, kind: str, row: Sequence[Any]) -> DriftedRow:
    """`row`: its line, then its values."""
    line, *values = row
    key = {fold(name) for name in sample.key}
    named = zip(sample.columns, values, strict=False)
    told = [shown(value) for name, value in named if fold(name) in key]
    return DriftedRow(line, ", ".join(sample.key), kind, ", ".join(told))


def key_values(text: str) -> str:
    """The values of a key whose text is made of `V<bytes>:<value>`, or `N` for NULL, for each."""
    return ", ".join(_values(text.encode()))


def _values(text: bytes) -> Iterator[str]:
    while text:
        if text.startswith(b"N"):
            text = text[1:]
            yield "NULL"
            continue
        length, _, rest = text[1:].partition(b":")
        yield rest[: int(length)].decode()
        text = rest[int(length) :]
