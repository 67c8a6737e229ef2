"""What is settled at a glance, in the scratch database, ends as the whole rule has it."""

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csvferry.merge.conflicts.disputes import Disputes
from csvferry.merge.conflicts.winners import winners

LINES = range(2, 9)
a_line = st.sampled_from(LINES)
claims = st.sets(st.tuples(st.integers(0, 1), st.integers(0, 2), a_line), max_size=12)
room = st.sets(st.tuples(a_line, a_line), max_size=4)
lost = st.sets(a_line, max_size=2)


@pytest.mark.parametrize("first_wins", [True, False])
@settings(max_examples=30, deadline=None)
@given(claims=claims, room=room, parents=room, lost=lost)
def test_disputes_end_as_the_rule_has_it(
    first_wins: bool,
    claims: set[tuple[int, int, int]],
    room: set[tuple[int, int]],
    parents: set[tuple[int, int]],
    lost: set[int],
) -> None:
    order = sorted(LINES, reverse=not first_wins)
    place = {line: number for number, line in enumerate(order)}
    values = sorted({(unique, value) for unique, value, _ in claims})
    is_in = winners(
        len(order),
        sorted((values.index((unique, value)), place[line]) for unique, value, line in claims),
        sorted((place[line], place[other]) for line, other in room | parents),
        sorted(place[line] for line in lost),
    )
    disputes = Disputes(duckdb.connect(), first_wins=first_wins)
    for unique in (0, 1):
        disputes.claim(unique, ((line, value) for n, value, line in claims if n == unique))
    disputes.hold((line, 0, other, True) for line, other in sorted(room))
    disputes.hold((line, 1, None, False) for line in sorted(lost))
    disputes.refer(0, sorted(parents))
    losses = list(disputes.losses())
    assert [loss.line for loss in losses] == [n for n in LINES if not is_in[place[n]]]
    assert all(is_in[place[loss.winner]] for loss in losses if loss.winner)


def test_of_two_that_won_the_first_in_order_is_named() -> None:
    disputes = Disputes(duckdb.connect(), first_wins=True)
    disputes.claim(0, [(3, 1), (4, 1)])
    disputes.claim(1, [(2, 1), (4, 1)])
    assert [(loss.line, loss.unique, loss.winner) for loss in disputes.losses()] == [(4, 1, 2)]
