"""The named points of a run, in order: what is told as progress, and where faults are tried."""

from collections.abc import Callable
from enum import StrEnum


class Step(StrEnum):
    """A point that a run has reached."""

    IDENTIFIED = "identified"
    LOCKED = "locked"
    READING = "reading"
    READ = "read"
    SIFTED = "sifted"
    LOADING = "loading"
    STAGED = "staged"
    JUDGED = "judged"
    MERGED = "merged"
    RECORDED = "recorded"
    SWAPPING = "swapping"
    SWAPPED = "swapped"
    COMMITTED = "committed"
    REMEMBERED = "remembered"


Watch = Callable[[Step, int, int], None]


def unwatched(step: Step, done: int, total: int) -> None:
    """Nobody looks."""
