"""What wakes the function: which objects came, in the words of each sender.

An event only says where to look. Understood are EventBridge's events of S3 and of a schedule, S3's
own notifications, and either of them wrapped by SNS. What is of no known kind raises: read as
"nothing to do" it would be deleted from its queue as done.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from csvferry.errors import UsageError

SHOWN = 60  # characters of what an event says that an error repeats
# Names of S3's events that remove an object or put a delete marker on it: no file came.
_REMOVALS = ("ObjectRemoved:", "LifecycleExpiration:")
_DELETED = "Object Deleted"


@dataclass(frozen=True)
class WakeUp:
    """Addresses of objects that came, each once; None: look after every feed."""

    objects: tuple[str, ...] | None = None


EVERYTHING = WakeUp()
NOTHING = WakeUp(())


def read_wake_up(event: Any) -> WakeUp:
    """Of one event or notification. Raises UsageError for anything else.

    EventBridge gives an object's key as it is, S3's notifications URL-encoded (Amazon S3 User
    Guide, "Event message structure").
    """
    try:
        return _read(event)
    except (KeyError, TypeError, AttributeError):
        raise UsageError(
            "the event names no bucket and object where one of its kind does"
        ) from None


def parse(text: Any) -> Any:
    """JSON within JSON, as SQS and SNS hand it over. Raises UsageError."""
    try:
        return json.loads(text)
    except (TypeError, ValueError, RecursionError):
        raise UsageError("the message holds no JSON") from None


def shown(words: object) -> str:
    """The beginning of what an event says."""
    text = str(words)
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def _read(event: Any) -> WakeUp:
    if not isinstance(event, Mapping):
        raise UsageError("the event is no JSON object")
    if event.get("Type") == "Notification" and "Message" in event:
        return _plain(parse(event["Message"]))
    return _plain(event)


def _plain(event: Mapping[str, Any]) -> WakeUp:
    """An event that is in no wrapping."""
    if event.get("Event") == "s3:TestEvent":
        return NOTHING
    if "Records" in event:
        return _together(_recorded(record) for record in event["Records"])
    if "detail-type" in event:
        return _from_bridge(event)
    raise UsageError(f"the event's kind is unknown: it has {shown(', '.join(sorted(event)))}")


def _together(wake_ups: Iterator[WakeUp]) -> WakeUp:
    objects: dict[str, None] = {}
    for wake_up in wake_ups:
        if wake_up.objects is None:
            return wake_up
        objects |= dict.fromkeys(wake_up.objects)
    return WakeUp(tuple(objects))


def _recorded(record: Mapping[str, Any]) -> WakeUp:
    source = record.get("eventSource") or record.get("EventSource")
    if source == "aws:s3":
        return _notified(record)
    if source == "aws:sns":
        return _plain(parse(record["Sns"]["Message"]))
    raise UsageError(f"this function has nothing to do on records of {shown(source)}")


def _notified(record: Mapping[str, Any]) -> WakeUp:
    name = str(record.get("eventName", ""))
    if name.startswith(_REMOVALS):
        return NOTHING
    if not name.startswith("ObjectCreated:"):
        raise UsageError(
            f"this function has nothing to do on {shown(name)}", "correct the bucket's notification"
        )
    key = unquote_plus(record["s3"]["object"]["key"])
    return WakeUp((_address(record["s3"]["bucket"]["name"], key),))


def _from_bridge(event: Mapping[str, Any]) -> WakeUp:
    kind, detail = event["detail-type"], event.get("detail", {})
    if kind == "Scheduled Event":
        return EVERYTHING
    if event.get("source") == "aws.s3" and kind == "Object Created":
        return WakeUp((_address(detail["bucket"]["name"], detail["object"]["key"]),))
    if event.get("source") == "aws.s3" and kind == _DELETED:
        return NOTHING
    raise UsageError(
        f"this function has nothing to do on {shown(kind)}", "correct the event's rule"
    )


def _address(bucket: Any, key: Any) -> str:
    if not (isinstance(bucket, str) and bucket and "/" not in bucket and isinstance(key, str)):
        raise TypeError
    return f"s3://{bucket}/{key}"
