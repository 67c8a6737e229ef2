"""Whatever bytes a file holds, every record is accounted for, as a byte by byte model says."""

import io
from collections.abc import Iterator
from itertools import pairwise

import pytest
import read_model as model
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from read_outcome import Read

from csvferry.errors import CsvFerryError
from csvferry.text.grammar import grammar
from csvferry.text.scanner import Blank, Fault, Good, walk

RELAXED = settings(
    max_examples=250, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)
PIECES = [b'"', b"'", b",", b"\n", b"\r", b"\r\n", b"a", b" ", b"\0", b"\xff", b"\xc3", b"\xa9"]
PIECES += [b'""', b'","', b"1,2\n", b'"x","y"\n', b"\xc3\xa9", b"\\", b"NULL", b'"\n"', b"\n\n"]
JUNK = st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join)
ANYTHING = st.one_of(JUNK, JUNK, st.binary(max_size=60))


def walked(data: bytes, width: int, block: int) -> Iterator[tuple[int, int, str, bytes]]:
    """The walk's events, runs taken apart."""
    patterns = grammar(",", '"', width)
    for event in walk(io.BytesIO(data), patterns, 0, 1, block):
        if isinstance(event, Good):
            for number, found in enumerate(patterns.one.finditer(event.hidden)):
                raw = found.group(1)
                yield event.line + number, event.offset + found.start(), "row", raw
        elif isinstance(event, Fault):
            yield event.line, event.offset, event.code.value, event.raw


@given(data=ANYTHING, width=st.integers(1, 3), block=st.sampled_from([1, 2, 3, 5, 1000]))
@RELAXED
def test_the_walk_is_the_models_whatever_the_block_size(
    data: bytes, width: int, block: int
) -> None:
    expected = [event[:4] for event in model.events(data, b",", b'"', width) if event[2] != "blank"]
    assert list(walked(data, width, block)) == expected


@given(data=ANYTHING, block=st.sampled_from([1, 4, 1000]))
@RELAXED
def test_every_line_is_told_once(data: bytes, block: int) -> None:
    at = 1
    for event in walk(io.BytesIO(data), grammar(",", '"', 2), 0, 1, block):
        assert event.line == at
        at += event.records if isinstance(event, Good | Blank) else 1
    assert at - 1 == sum(1 for _ in model.events(data, b",", b'"', 2))


def expected_rows(data: bytes, first_line: int) -> Iterator[tuple[int | str | None, ...]]:
    for line, _, kind, _, fields in model.events(data, b",", b'"', 2):
        if kind == "row":
            values = [None if not quoted and not text else text.decode() for quoted, text in fields]
            yield line + first_line - 1, *values


@given(data=ANYTHING, careful=st.booleans(), sliced=st.booleans())
@example(b'"', False, False)
@example(b"\r", True, False)
@RELAXED
def test_a_file_of_any_bytes_under_a_header(
    read: Read, data: bytes, careful: bool, sliced: bool
) -> None:
    outcome = read(
        b"a,b\n" + data,
        careful=careful,
        sliced=sliced,
        delimiter=",",
        quote='"',
        line_end="any",
        escape="none",
    )
    assert outcome.rows == list(expected_rows(data, 2))
    expected = list(model.events(data, b",", b'"', 2))
    faults = [event for event in expected if event[2] not in ("row", "blank")]
    assert outcome.rejects == [(line + 1, kind, raw) for line, _, kind, raw, _ in faults]
    assert outcome.offsets == [at + 4 for _, at, *_ in faults]
    assert [at for _, at, _ in outcome.located] == [
        at + 4 for _, at, kind, *_ in expected if kind == "row"
    ]


@given(data=ANYTHING, header=st.booleans())
@example(data=b"\0\\\n", header=False)
@RELAXED
def test_a_file_of_any_bytes_fails_only_as_it_should(read: Read, data: bytes, header: bool) -> None:
    try:
        fast = read(data, header=header)
    except CsvFerryError:
        with pytest.raises(CsvFerryError):
            read(data, careful=True, header=header)
        return
    careful = read(data, careful=True, header=header)
    assert fast.rows == careful.rows
    assert fast.rejects == careful.rejects
    assert all(before[0] < after[0] for before, after in pairwise(fast.rows))
