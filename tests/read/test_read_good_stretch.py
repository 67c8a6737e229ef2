"""Records that are told many at a time are those that the patterns tell one by one."""

import io
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from read_outcome import Read

from csvferry.text.good_stretch import LEAST, good_stretch
from csvferry.text.grammar import Grammar, Syntax, grammar, grammar_of
from csvferry.text.scanner import Good, walk

PARTS = ["a", "é", ",", '"', '""', '"b"', '"c,d"', '"e\nf"', "\n", "\r\n", "\r", "\0", "''"]
ANYTHING = st.lists(st.sampled_from(PARTS), max_size=24).map("".join).map(str.encode)
FIELD = st.sampled_from(["", "a", "é", '""', '"b"', '"c,d"', '"e\nf"', '"g""h"', '""""', '"\r"'])
ROW = st.lists(FIELD, min_size=2, max_size=2).map(",".join)


def told_by_patterns(data: bytes, patterns: Grammar) -> list[Good]:
    events = list(walk(io.BytesIO(data), patterns, 0, 1))
    return [event for event in events if isinstance(event, Good)]


def check(data: bytes, patterns: Grammar) -> None:
    """`data` is too short for the walk to take a stretch, which it is compared with."""
    assert len(data) < LEAST
    found = good_stretch(data, 0, len(data), patterns)
    if found is None:
        return
    good = told_by_patterns(data[: found.end], patterns)
    assert sum(len(event.data) for event in good) == found.end
    assert sum(event.records for event in good) == found.records
    assert not any(event.loose for event in good)
    lines = data[: found.end].replace(b"\r\n", b"\n").replace(b"\r", b"\n").count(b"\n")
    assert found.spans or lines == found.records


@given(data=ANYTHING, width=st.integers(1, 3), quote=st.sampled_from(['"', "'"]))
@settings(max_examples=400)
def test_a_stretch_has_no_record_that_the_patterns_do_not_have(
    data: bytes, width: int, quote: str
) -> None:
    check(data, grammar(",", quote, width))


@given(rows=st.lists(ROW, min_size=1, max_size=9), end=st.sampled_from(["\n", "\r\n"]))
def test_a_stretch_of_good_records_reaches_to_the_last_of_them(rows: list[str], end: str) -> None:
    data = "".join(row + end for row in rows).encode()
    found = good_stretch(data, 0, len(data), grammar(",", '"', 2))
    assert found is not None
    assert (found.end, found.records) == (len(data), len(rows))
    check(data, grammar(",", '"', 2))


@given(rows=st.lists(ROW, min_size=1, max_size=9), cut=st.integers(1, 9))
def test_a_record_that_goes_on_is_left_to_the_next_stretch(rows: list[str], cut: int) -> None:
    whole = "".join(row + "\n" for row in rows).encode()
    check(whole[:-cut], grammar(",", '"', 2))


@pytest.mark.parametrize(
    "other",
    [
        {"comment": "#"}, {"trailing": True}, {"line_end": "lf"}, {"quote": ""}, {"delimiter": "§"},
        {"delimiter": "::"}, {"width": 1},
    ],
)  # fmt: skip
def test_records_of_another_form_are_left_to_the_patterns(other: dict[str, object]) -> None:
    syntax = replace(Syntax(",", '"', 2), **other)  # type: ignore[arg-type]
    assert good_stretch(b'1,"a"\n' * 9, 0, 54, grammar_of(syntax)) is None


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("before", ["", '1,"a"'])
def test_a_stretch_that_repeats_the_header_is_left_to_the_patterns(end: str, before: str) -> None:
    patterns = grammar_of(Syntax(",", '"', 2, repeated=b"id,name"))
    row = '2,"id,name"' + end
    other = (before + end if before else "") + "id,name" + end
    assert good_stretch((other + row).encode(), 0, len(other + row), patterns) is None
    assert good_stretch(row.encode(), 0, len(row), patterns) == (len(row), 1, end != "\n")


ODD = [
    '{0},a"b\n', '{0},"a"b\n', "{0}\n", '{0},"a","b"\n', "{0},\0\n", "\n", '{0},"a\rb"\n',
]  # fmt: skip
LEGAL = (ODD[0], ODD[6])


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_odd_records_of_a_large_file_are_found_where_they_stand(
    read: Read, odd: str, end: str
) -> None:
    """Before and behind them lie stretches, and each number of a line is that of its record."""
    row = '{0},"a ""{0}"", b\n and {0}"\n'
    many = 5 * LEAST // len(row)
    strange = {3, many // 2, many - 1}
    rows = [(odd if n in strange else row).format(n) for n in range(many)]
    data = ("id,name\n" + "".join(rows)).replace("\n", end).encode()
    outcome = read(data, careful=True)
    good = [n for n in range(many) if n not in strange]
    kept = good if odd not in LEGAL else range(many)
    assert [row[1] for row in outcome.rows] == [f"{n}" for n in kept]
    assert [row[0] for row in outcome.rows] == [n + 2 for n in kept]
    rejected = [] if odd in (*LEGAL, "\n") else sorted(strange)
    assert [line for line, _, _ in outcome.rejects] == [n + 2 for n in rejected]
    assert outcome.fields[0] == ("0", f'a "0", b{end} and 0')
