"""The rule of decision record 6 as its words say it, step by step, and what it promises."""

from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from csvferry.merge.conflicts.winners import winners

ROWS, VALUES = 7, 5
a_row = st.integers(0, ROWS - 1)
claims = st.sets(st.tuples(st.integers(0, VALUES - 1), a_row), max_size=12)
needs = st.sets(st.tuples(a_row, a_row), max_size=7)
lost = st.sets(a_row, max_size=2)
Pairs = set[tuple[int, int]]


def _decided(claims: Pairs, needs: Pairs, lost: set[int]) -> list[bool]:
    return list(winners(ROWS, sorted(claims), sorted(needs), sorted(lost)))


def _reach(needs: Pairs) -> dict[int, set[int]]:
    """All that a row needs, over others too, and itself."""
    reach = {row: {row} for row in range(ROWS)}
    for _ in range(ROWS):
        for row, other in needs:
            reach[row] |= reach[other]
    return reach


def _by_the_words(claims: Pairs, needs: Pairs, lost: set[int]) -> list[bool]:
    """The rule as decision record 6 has it, without a thought for speed."""
    reach = _reach(needs)
    bundle = {r: frozenset(o for o in reach[r] if r in reach[o]) for r in range(ROWS)}
    rivals: dict[int, set[int]] = defaultdict(set)
    for value, row in claims:
        rivals[row] |= {other for taken, other in claims if taken == value and other != row}
    fate: dict[int, bool] = {}

    def out(row: int) -> bool:
        return any(
            one in lost
            or rivals[one] & bundle[row]
            or any(fate.get(other) for other in rivals[one])
            or any(fate.get(other) is False for other in reach[one])
            for one in bundle[row]
        )

    def ready(row: int) -> bool:
        return all(
            all(fate.get(other) is False for other in rivals[one] if other < one)
            and all(fate.get(other) for other in reach[one] - bundle[row])
            for one in bundle[row]
        )

    while open_rows := [row for row in range(ROWS) if row not in fate]:
        lost_ones = [row for row in open_rows if out(row)]
        for row in lost_ones:
            fate |= dict.fromkeys(bundle[row], False)
        if not lost_ones:
            free = [r for r in open_rows if all(fate.get(o) for o in reach[r] - bundle[r])]
            first = min(free, key=lambda r: min(bundle[r]))
            row = next((row for row in open_rows if ready(row)), first)
            fate |= dict.fromkeys(bundle[row], True)
    return [fate[row] for row in range(ROWS)]


@settings(max_examples=400, deadline=None)
@given(claims=claims, needs=needs, lost=lost)
def test_rows_end_as_the_words_of_the_rule_say(claims: Pairs, needs: Pairs, lost: set[int]) -> None:
    assert _decided(claims, needs, lost) == _by_the_words(claims, needs, lost)


@settings(max_examples=400, deadline=None)
@given(claims=claims, needs=needs, lost=lost)
def test_no_two_that_are_in_claim_one_value_and_each_has_what_it_needs(
    claims: Pairs, needs: Pairs, lost: set[int]
) -> None:
    is_in = _decided(claims, needs, lost)
    for value in range(VALUES):
        assert sum(is_in[row] for taken, row in claims if taken == value) <= 1
    assert all(is_in[other] for row, other in needs if is_in[row])
    assert not any(is_in[row] for row in lost)


@settings(max_examples=400, deadline=None)
@given(claims=claims, needs=needs, lost=lost)
def test_each_that_is_out_is_refused_for_the_sake_of_one_that_is_not(
    claims: Pairs, needs: Pairs, lost: set[int]
) -> None:
    is_in = _decided(claims, needs, lost)
    for row in (row for row in range(ROWS) if not is_in[row]):
        beaten = any(
            is_in[other]
            for value, one in claims
            for taken, other in claims
            if one == row and taken == value
        )
        lacks = any(one == row and other != row and not is_in[other] for one, other in needs)
        assert row in lost or beaten or lacks


def test_of_plain_rivals_the_first_is_in() -> None:
    assert winners(3, [(0, 0), (0, 1), (0, 2)], [], []) == [True, False, False]


def test_one_that_lost_beats_nobody() -> None:
    assert winners(3, [(0, 0), (0, 1), (1, 1), (1, 2)], [], []) == [True, False, True]


def test_one_whose_room_is_not_made_beats_nobody() -> None:
    """`6,9,6` is lost, so `1,1,3` finds no room, so `3,1,` is in: the chain of issue 14."""
    assert winners(3, [(0, 1), (0, 2)], [(1, 0)], [0]) == [False, False, True]


def test_one_that_needs_the_room_of_its_rival_gives_way_to_it() -> None:
    """`5,9,2 / 3,1,2` on (5,1,4): the circle of issue 14."""
    assert winners(2, [(0, 0), (0, 1)], [(0, 1)], []) == [False, True]


def test_rows_that_swap_their_values_are_in_together() -> None:
    assert winners(2, [], [(0, 1), (1, 0)], []) == [True, True]


def test_a_long_chain_takes_no_longer_than_its_length() -> None:
    rows = 200_000
    chain = [(value, row) for value in range(rows - 1) for row in (value, value + 1)]
    assert sum(winners(rows, chain, [], [])) == rows // 2
    shift = [(row, row + 1) for row in range(rows - 1)]
    assert not any(winners(rows, [], shift, [rows - 1]))
