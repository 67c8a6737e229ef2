"""SIGKILL at each named point of a run: all or nothing, and the next run completes."""

from collections.abc import Callable

import pytest

from faults.driver import run
from faults.scenario import COMMON, END, Scenario, points

_BEFORE_A_WRITE = pytest.mark.one_server  # nothing of the server has a part in it yet
CASES = [
    pytest.param(way, mode, point, marks=[_BEFORE_A_WRITE] if point in COMMON else [])
    for way, mode in (
        ("new", "insert"),
        ("empty", "upsert"),
        ("delta", "mirror"),
        ("staged", "mirror"),
    )
    for point in points(way)
]
COMMITTED = END[2:]


@pytest.mark.parametrize(("way", "mode", "point"), CASES)
def test_a_run_killed_at_a_point_is_done_or_not_done(
    scenario: Callable[..., Scenario], way: str, mode: str, point: str
) -> None:
    one = scenario(way, mode)
    assert run(one.order(step=point)) is None
    assert one.verdict() == ("after" if point in COMMITTED else "before")
    assert one.finish() == []


@pytest.mark.parametrize("mode", ["insert", "upsert", "mirror"])
@pytest.mark.parametrize("way", ["new", "empty", "delta", "staged"])
def test_a_run_killed_between_merge_and_commit_leaves_nothing(
    scenario: Callable[..., Scenario], way: str, mode: str
) -> None:
    one = scenario(way, mode)
    assert run(one.order(step="recorded")) is None
    assert one.verdict() == "before"
    assert one.finish() == []


def test_a_staging_table_that_a_dead_run_left_goes_with_the_next_run(
    scenario: Callable[..., Scenario],
) -> None:
    one = scenario("staged", "upsert")
    one.target.run("CREATE TABLE csvferry_stage_old (id INTEGER)")
    assert one.finish() == []


def test_many_runs_killed_one_after_another_count_each_row_once(
    scenario: Callable[..., Scenario],
) -> None:
    one = scenario("staged", "mirror")
    for point in points("staged"):
        assert run(one.order(step=point)) is None or point == "remembered"
    assert one.finish() == []
