"""What came of a feed in one invocation, and whether its messages need another try."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from csvferry.errors import BusyError, CsvFerryError
from csvferry.model.report import Report


@dataclass
class FeedOutcome:
    """One feed's reports, and what else is told of it.

    `settled`: addresses of objects that need no other try. `complete`: every object that the feed
    means had its turn; where not, the rest waits for the next invocation. `succeeded`: counts as a
    success. `failures`: one line for each failure; `returned`: the reason why the rest waits.
    `handed_over`: a task runs the feed. `looked`: when the database was last asked about its
    table, in seconds since 1970.
    """

    feed: str
    reports: list[Report] = field(default_factory=list)
    settled: set[str] = field(default_factory=set)
    complete: bool = True
    succeeded: bool = True
    busy: bool = False
    failures: list[str] = field(default_factory=list)
    returned: str | None = None
    handed_over: bool = False
    looked: float | None = None

    def settles(self, uri: str) -> bool:
        """Whether an object needs no other try; one that the feed no longer has needs none."""
        return self.complete or uri in self.settled

    def stop(self, message: str, error: Exception) -> None:
        """Leave the rest to another invocation."""
        self.complete, self.succeeded, self.returned = False, False, message
        self.busy = isinstance(error, BusyError)

    def fail(self, message: str) -> None:
        """Note a failure that trying again would not change."""
        self.succeeded = False
        self.failures.append(message)


def passes(error: Exception) -> bool:
    """Whether another try may end otherwise; what nobody foresaw may."""
    return error.passing if isinstance(error, CsvFerryError) else True


def not_tried(outcomes: Sequence[FeedOutcome]) -> list[str]:
    """What fails an invocation that no queue is behind.

    A feed that another run holds does not: that run does the work.
    """
    messages = []
    for outcome in outcomes:
        messages += [f"{outcome.feed}: {message}" for message in outcome.failures]
        if outcome.returned and not outcome.busy:
            messages.append(f"{outcome.feed}: {outcome.returned}")
    return messages
