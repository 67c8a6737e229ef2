"""Stopping in time: before the merge, with nothing changed, and saying how much time it takes."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from csvferry.errors import OutgrownError, OutOfTimeError
from csvferry.model.phases import Phase

LONGEST = 900  # seconds that a function may be given (AWS Lambda quotas)
MARGIN = 8.0  # seconds for the commit, the report and the metrics
PACE = 100_000  # rows a second that a server is sure to take in
_SURE = 5.0  # seconds after which the pace of reading is known


@dataclass
class _Pace:
    """How fast a phase goes, from its first tick on."""

    since: float
    first: int
    last: int

    def seconds(self, now: float, done: int, total: int) -> float:
        """Until the phase's end; 0 as long as nothing is sure."""
        passed, progress = now - self.since, done - self.first
        if passed < _SURE or progress <= 0:
            return 0.0
        return passed * (total - done) / progress


@dataclass
class Deadline:
    """Raises OutOfTimeError at a phase after which the time would not do.

    `timeout`: seconds that the invocation had at its start; a run that needs more raises
    OutgrownError, since it would in each invocation.
    """

    time_left: Callable[[], float]
    timeout: float
    now: Callable[[], float] = time.monotonic
    begun: float = field(init=False)

    def __post_init__(self) -> None:
        self.begun = self._validated = self.now()
        self._pace: _Pace | None = None

    def check(self, phase: Phase, done: int, total: int) -> None:
        """Called by the run at each phase. Raises OutOfTimeError."""
        if phase in (Phase.SWAPPED, Phase.COMMITTED, Phase.REMEMBERED):
            return
        needed = self._needed(phase, done, total)
        left = self.time_left()
        if left < needed + MARGIN:
            whole = self.now() - self.begun + needed + MARGIN
            kind = OutgrownError if whole > self.timeout else OutOfTimeError
            raise kind(
                f"{left:.0f} s are left at the phase {phase}, and the file needs"
                f" {needed + MARGIN:.0f} s more; nothing was changed",
                _cure(_rounded(1.5 * whole)),
            )

    def _needed(self, phase: Phase, done: int, total: int) -> float:
        """Seconds from this phase to the commit, as far as they can be told."""
        if phase is Phase.READING:
            return self._reading(done, total)
        if phase is Phase.VALIDATED:
            self._validated = self.now()
            return done / PACE
        if phase is Phase.STAGED:
            # The merge touches the rows that were just sent: it takes about as long.
            return self.now() - self._validated
        return 0.0

    def _reading(self, done: int, total: int) -> float:
        """A file is fetched, unpacked and parsed: each phase counts anew from 0."""
        if self._pace is None or done < self._pace.last:
            self._pace = _Pace(self.now(), done, done)
        self._pace.last = done
        return self._pace.seconds(self.now(), done, total)


def _cure(seconds: int) -> str:
    if seconds > LONGEST:
        return f"it needs {seconds} s and more: give the feed runner = task"
    return f"set the function's timeout to {seconds} s or more"


def _rounded(seconds: float) -> int:
    return math.ceil(seconds / 30) * 30
