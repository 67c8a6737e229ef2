"""The named phases of a run, and what accompanies it: progress, deadline, fault points."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Phase(StrEnum):
    """A point that a run has reached, in this order."""

    IDENTIFIED = "identified"
    LOCKED = "locked"
    READING = "reading"
    READ = "read"
    VALIDATED = "validated"
    LOADING = "loading"
    STAGED = "staged"
    JUDGED = "judged"
    MERGED = "merged"
    RECORDED = "recorded"
    SWAPPING = "swapping"
    SWAPPED = "swapped"
    COMMITTED = "committed"
    REMEMBERED = "remembered"


ProgressListener = Callable[[Phase, int, int], None]
"""Called with a phase, how much of it is done, and of how much: bytes in READING, else rows."""

FaultPoint = Callable[[Phase], None]
"""Where tests kill a run or act beside it."""


def ignore_progress(phase: Phase, done: int, total: int) -> None:
    """The listener of a run that nobody watches."""


def no_fault(phase: Phase) -> None:
    """The fault point of every run but those of tests."""


class Deadline(Protocol):
    """How long a run may take."""

    def check(self, phase: Phase, done: int, total: int) -> None:
        """Raises OutOfTimeError where the time left would not do."""


class NoDeadline:
    """A run may take as long as it needs."""

    def check(self, phase: Phase, done: int, total: int) -> None:
        """Never raises."""


@dataclass(frozen=True)
class Controls:
    """What accompanies a run; none of it is needed for a correct result."""

    progress: ProgressListener = ignore_progress
    deadline: Deadline = field(default_factory=NoDeadline)
    fault: FaultPoint = no_fault

    def reached(self, phase: Phase, done: int = 0, total: int = 0) -> None:
        """Tell all three. Raises OutOfTimeError."""
        self.deadline.check(phase, done, total)
        self.fault(phase)
        self.progress(phase, done, total)

    def counting(self, phase: Phase) -> Callable[[int, int], None]:
        """Tells how far one phase got: done, total."""
        return lambda done, total: self.reached(phase, done, total)
