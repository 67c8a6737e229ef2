"""Lambda's poller of a queue: batches handed over, what was not returned deleted.

AWS Lambda developer guide, "Using Lambda with Amazon SQS" and "Handling errors for an SQS event
source in Lambda".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from runtime_api import Answer, RuntimeApi

_TEN = 10  # messages that SQS hands over or deletes at once
_ATTRIBUTES = ("ApproximateReceiveCount", "SentTimestamp", "SenderId")


@dataclass
class Poller:
    """Takes messages of one queue to one function; `batches` tells how many each had."""

    sqs: Any
    queue: str
    batch_size: int = 1000
    batches: list[int] = field(default_factory=list)

    def poll(self, api: RuntimeApi) -> Answer | None:
        """One batch, as large as there are messages; None where there are none."""
        messages = self.receive()
        if not messages:
            return None
        self.batches.append(len(messages))
        answer = api.invoke(event_of(messages, self.queue))
        self.settle(messages, answer)
        return answer

    def receive(self) -> list[dict[str, Any]]:
        """Messages that are visible, up to a batch."""
        found: list[dict[str, Any]] = []
        while len(found) < self.batch_size:
            most = min(_TEN, self.batch_size - len(found))
            answer = self.sqs.receive_message(
                QueueUrl=self.queue, MaxNumberOfMessages=most, AttributeNames=["All"]
            )
            if not (messages := answer.get("Messages")):
                break
            found += messages
        return found

    def settle(self, messages: Sequence[Mapping[str, Any]], answer: Answer) -> None:
        """Delete what was not returned; after a failure, or an answer that is off, nothing is."""
        kept = returned(messages, answer)
        done = [message for message in messages if message["MessageId"] not in kept]
        for at in range(0, len(done), _TEN):
            entries = [
                {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                for number, message in enumerate(done[at : at + _TEN])
            ]
            self.sqs.delete_message_batch(QueueUrl=self.queue, Entries=entries)

    def make_visible(self, messages: Sequence[Mapping[str, Any]]) -> None:
        """As when the visibility timeout ends."""
        for message in messages:
            self.sqs.change_message_visibility(
                QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
            )

    def waiting(self) -> int:
        """Messages in the queue, those that are being worked on among them."""
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        found = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=list(names))
        return sum(int(found["Attributes"][name]) for name in names)


def returned(messages: Sequence[Mapping[str, Any]], answer: Answer) -> set[str]:
    """The ids that Lambda returns to the queue.

    An empty answer, and one without `batchItemFailures`, is a success; an id that is missing,
    empty or unknown makes the whole batch a failure.
    """
    every = {str(message["MessageId"]) for message in messages}
    if answer.kind != "response":
        return every
    failures = (answer.body or {}).get("batchItemFailures") or []
    named = {failure.get("itemIdentifier") for failure in failures}
    return named if named <= every else every


def event_of(messages: Sequence[Mapping[str, Any]], queue: str) -> dict[str, Any]:
    """The event of a batch."""
    name = queue.rpartition("/")[2]
    return {
        "Records": [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": {n: message["Attributes"].get(n, "") for n in _ATTRIBUTES},
                "messageAttributes": {},
                "md5OfBody": message["MD5OfBody"],
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:eu-central-1:123456789012:{name}",
                "awsRegion": "eu-central-1",
            }
            for message in messages
        ]
    }
