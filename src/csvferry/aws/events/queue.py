"""A batch of SQS messages, each a wake-up, and the answer that returns some of them.

Lambda deletes every message of a batch that the answer does not name, and returns all of them when
the invocation fails (AWS Lambda developer guide, "Handling errors for an SQS event source").
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from csvferry.aws.events.wake_up import EVERYTHING, WakeUp, parse, read_wake_up
from csvferry.errors import UsageError


@dataclass(frozen=True)
class Message:
    """A message; `fault` says why it can't be understood, and it has no wake-up then."""

    id: str
    wake_up: WakeUp | None
    fault: str | None = None


@dataclass(frozen=True)
class Batch:
    """Messages that were handed over together."""

    messages: tuple[Message, ...]

    @property
    def wake_up(self) -> WakeUp:
        """All of them in one."""
        wake_ups = [message.wake_up for message in self.messages if message.wake_up]
        if any(wake_up.objects is None for wake_up in wake_ups):
            return EVERYTHING
        return WakeUp(tuple(dict.fromkeys(uri for w in wake_ups for uri in w.objects or ())))

    def answer(self, settled: Callable[[WakeUp], bool]) -> dict[str, Any]:
        """What Lambda is told: the messages to return, those that nobody understood among them."""
        returned = [m.id for m in self.messages if m.wake_up is None or not settled(m.wake_up)]
        return {"batchItemFailures": [{"itemIdentifier": number} for number in returned]}


def is_batch(records: Any) -> bool:
    """Whether an event's records are messages of a queue. Raises UsageError: some are, some not."""
    if not isinstance(records, Sequence):
        return False
    messages = [isinstance(r, Mapping) and r.get("eventSource") == "aws:sqs" for r in records]
    if any(messages) and not all(messages):
        raise UsageError("the event has messages of a queue and other records")
    return bool(messages) and all(messages)


def read_batch(records: Sequence[Mapping[str, Any]]) -> Batch:
    """The messages, in their order. Raises UsageError: one has no id, so that none can be named."""
    return Batch(tuple(_message(record) for record in records))


def _message(record: Mapping[str, Any]) -> Message:
    number = record.get("messageId")
    if not isinstance(number, str) or not number:
        raise UsageError("a message of the queue has no id")
    try:
        return Message(number, read_wake_up(parse(record.get("body"))))
    except UsageError as error:
        return Message(number, None, str(error))
