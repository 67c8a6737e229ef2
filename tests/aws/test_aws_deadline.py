"""Too little time: stopped before the merge, with nothing changed, and told how much it takes."""

import pytest
from events import SCHEDULE
from people import KEY, PEOPLE, people
from rig import Context, Rig

from csvferry.aws.runs.deadline import Deadline
from csvferry.errors import OutgrownError, OutOfTimeError, RunsFailedError
from csvferry.model.phases import Phase


def test_a_run_without_time_for_its_merge_changes_nothing(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, people(3))
    with pytest.raises(RunsFailedError) as raised:
        rig.invoke(SCHEDULE, Context(seconds=5))
    assert "5 s are left" in str(raised.value)
    assert "nothing was changed" in str(raised.value)
    assert "set the function's timeout to 30 s or more" in str(raised.value)
    assert rig.rows("SHOW TABLES") == []


class Clock:
    def __init__(self) -> None:
        self.passed = 0.0

    def now(self) -> float:
        return self.passed


def _deadline(clock: Clock, timeout: float) -> Deadline:
    return Deadline(lambda: timeout - clock.passed, timeout, clock.now)


def test_reading_at_a_pace_that_will_not_do_is_stopped_early() -> None:
    clock = Clock()
    deadline = _deadline(clock, 60)
    deadline.check(Phase.READING, 1, 100)
    clock.passed = 6
    deadline.check(Phase.READING, 51, 100)
    clock.passed = 12
    deadline.check(Phase.READING, 2, 100)  # the next phase
    clock.passed = 18
    with pytest.raises(OutOfTimeError, match="the file needs 100 s more"):
        deadline.check(Phase.READING, 8, 100)


def test_the_merge_is_given_as_long_as_staging_took() -> None:
    clock = Clock()
    deadline = _deadline(clock, 100)
    deadline.check(Phase.VALIDATED, 1000, 1000)
    clock.passed = 40
    deadline.check(Phase.STAGED, 1000, 1000)
    clock.passed = 50
    with pytest.raises(OutOfTimeError, match="50 s are left at the phase staged"):
        deadline.check(Phase.STAGED, 1000, 1000)


def test_more_rows_than_can_be_loaded_in_time_are_not_begun() -> None:
    deadline = _deadline(Clock(), 60)
    with pytest.raises(OutOfTimeError, match="set the function's timeout to 120 s or more"):
        deadline.check(Phase.VALIDATED, 7_000_000, 7_000_000)


def test_a_file_that_would_fit_a_whole_invocation_waits_for_one() -> None:
    late = Deadline(lambda: 20, 300, Clock().now)
    with pytest.raises(OutOfTimeError) as raised:
        late.check(Phase.VALIDATED, 7_000_000, 7_000_000)
    assert raised.value.passing


def test_a_file_that_outgrows_every_invocation_is_not_tried_again() -> None:
    with pytest.raises(OutgrownError, match="give the feed runner = task") as raised:
        _deadline(Clock(), 900).check(Phase.VALIDATED, 100_000_000, 100_000_000)
    assert not raised.value.passing


def test_after_the_commit_nothing_is_stopped() -> None:
    _deadline(Clock(), 0).check(Phase.COMMITTED, 1, 1)
    _deadline(Clock(), 0).check(Phase.REMEMBERED, 1, 1)
