"""A file is cut into blocks where its content says so: what changes elsewhere moves no boundary."""

import io
import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csvferry.snapshot.chunks.chunk_index import Cut, Entries, lay, records
from csvferry.snapshot.chunks.chunker import UncutError, digests, pieces
from csvferry.text.grammar import grammar
from csvferry.text.scanner import LIMIT

CUT = Cut(b"7,a", 200)
PLAIN, QUOTED = grammar(",", "", 2), grammar(",", '"', 2)
LINES = st.lists(st.from_regex(rb"[0-9]{1,4},[a-c]{0,30}", fullmatch=True), max_size=300)


class Trickle(io.BytesIO):
    """A reader that gives few bytes at a time."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(size or 0, 37))


def _cut(text: io.BytesIO, quote: bytes) -> list[bytes]:
    return [
        data[start:end] for data, ends in CUT.pieces(text, quote) for start, end in pairwise(ends)
    ]


def _blocks(text: bytes, quote: bytes = b"") -> list[bytes]:
    return _cut(io.BytesIO(text), quote)


@given(LINES)
@settings(deadline=None)
def test_blocks_are_whole_lines_and_all_of_the_text(lines: list[bytes]) -> None:
    text = b"".join(line + b"\n" for line in lines)
    blocks = _blocks(text)
    assert b"".join(blocks) == text
    assert all(block.endswith(b"\n") for block in blocks)
    assert sum(records(block, PLAIN) for block in blocks) == len(lines)


@given(LINES)
@settings(deadline=None, max_examples=30)
def test_blocks_do_not_depend_on_how_the_text_is_read(lines: list[bytes]) -> None:
    text = b"\n".join(lines)
    assert _cut(Trickle(text), b"") == _blocks(text)


def test_a_row_that_comes_or_goes_is_felt_in_few_blocks() -> None:
    chance = random.Random(1)
    lines = [b"%d,%s" % (chance.randrange(10**6), b"ab"[: n % 3]) for n in range(20_000)]
    before = set(_blocks(b"".join(line + b"\n" for line in lines)))
    del lines[5_000]
    lines.insert(12_000, b"another,row")
    lines[17_000] = b"changed,row"
    after = set(_blocks(b"".join(line + b"\n" for line in lines)))
    assert len(after) > 500
    assert len(after - before) < 15


@given(st.lists(st.sampled_from(['"1\n2","x"', '"a""b","7,a\n"', "7,a", '"","7,a"']), max_size=80))
@settings(deadline=None)
def test_no_block_ends_within_quotes(rows: list[str]) -> None:
    text = "".join(row + "\n" for row in rows).encode()
    blocks = _blocks(text, b'"')
    assert b"".join(blocks) == text
    assert all(block.count(b'"') % 2 == 0 for block in blocks)
    assert sum(records(block, QUOTED) for block in blocks) == len(rows)


BLANK = [b"\n1,a\n2,b\n", b"1,a\n\n2,b\n", b"1,a\r\n\r\n2,b\r\n", b"1,a\r\r2,b\n"]


@pytest.mark.parametrize("block", BLANK)
def test_empty_lines_are_counted_so_that_the_sum_shows_them(block: bytes) -> None:
    assert records(block, PLAIN) == 3


@pytest.mark.parametrize("block", BLANK)
def test_empty_lines_beside_quotes_can_not_be_counted(block: bytes) -> None:
    with pytest.raises(UncutError):
        records(block + b'3,"c"\n', QUOTED)


ENDED = st.tuples(
    st.sampled_from([b'"1\n2",x', b'"a""b",7', b"7,a", b'"\r",""', b'7,"\r\n"']),
    st.sampled_from([b"\n", b"\r\n", b"\r"]),
)


@given(st.lists(ENDED, min_size=1, max_size=30))
@settings(deadline=None)
def test_line_ends_within_quotes_are_not_counted(rows: list[tuple[bytes, bytes]]) -> None:
    assert records(b"".join(row + end for row, end in rows), QUOTED) == len(rows)


def test_a_text_without_line_ends_is_not_cut() -> None:
    with pytest.raises(UncutError):
        _blocks(b"x" * (5 * LIMIT))


def test_digests_are_made_by_the_owner_of_the_seal_alone() -> None:
    assert digests("one", b"1,a\n", [0, 4]) == digests("one", b"1,a\n", [0, 4])
    assert digests("one", b"1,a\n", [0, 4]) != digests("two", b"1,a\n", [0, 4])


def test_how_a_text_is_cut_is_told_to_the_owner_of_the_seal_alone() -> None:
    told = CUT.sealed("one")
    assert Cut.unsealed(Cut(b"7,a", 2500).sealed("one"), "one") == Cut(b"7,a", 2500)
    assert "7,a" not in told
    assert CUT.pattern.hex() not in told


def test_rows_are_found_in_the_run_that_holds_them() -> None:
    entries = Entries()
    entries.add(b"a" * 16, 3)
    entries.add(None, 2)
    entries.add(b"c" * 16, 5)
    entries.add(b"b" * 16, 4, patch=True)
    again = Entries.unpack(entries.pack())
    assert list(again.holding([(0, 0), (0, 3), (0, 5), (1, 3)])) == [0, 1, 2, 3]
    assert list(again.placed([1, 2, 3])) == [(1, 0, 3), (2, 0, 5), (3, 1, 0)]
    assert again.live() == {b"a" * 16: 0, b"c" * 16: 2, b"b" * 16: 3}
    again.bury(0)
    assert list(again.alive()) == [1, 2, 3]
    assert list(again.loose({3})) == [1, 3]
    assert again.patched == pytest.approx(0.4)


def test_blocks_of_a_text_know_their_lines() -> None:
    text = b"".join(b"%d,a\n" % n for n in range(500))
    laid = lay(CUT.pieces(io.BytesIO(text), b""), "one", PLAIN, 2)
    assert laid.lines[0] == 2
    assert [line + count for line, count in zip(laid.lines, laid.counts, strict=True)] == [
        *laid.lines[1:],
        502,
    ]


def test_a_line_end_within_quotes_behind_each_pattern_ends_no_block() -> None:
    record = b'1,7,"two\nlines"\n'
    text = record * 1000
    read = io.BytesIO(text).read
    found = [
        data[start:end]
        for data, ends in pieces(read, b"7,", 100, b'"', 500)
        for start, end in pairwise(ends)
    ]
    assert b"".join(found) == text
    assert set(found) == {record * 4}
