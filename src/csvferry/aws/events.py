"""What an invocation asks for, from the event that it came with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from csvferry.config.feed import Feed
from csvferry.errors import UsageError
from csvferry.sources.cloud.address import SCHEMES, parse_address

if TYPE_CHECKING:
    from csvferry.sources.source import SourceObject

_SHOWN = 60  # characters of what an event says that an error repeats
_ORDER = {"feed": str, "plan": bool, "full": bool, "doctor": bool}
_DIRECT = (
    'a direct call is {"feed": NAME, "plan": true, "full": true}, each optional,'
    ' or {"doctor": true}'
)


@dataclass(frozen=True)
class Order:
    """All feeds, one by its name, or those whose source means one of `objects` (s3 addresses)."""

    feed: str | None = None
    objects: tuple[str, ...] | None = None
    plan: bool = False
    full: bool = False
    doctor: bool = False

    def errands(self, feeds: Sequence[Feed]) -> list[tuple[Feed, str]]:
        """Each feed to run, and the address to run it on. Raises UsageError."""
        if self.objects is not None:
            return [(f, uri) for uri in self.objects for f in feeds if _means(f.source, uri)]
        chosen = [f for f in feeds if self.feed in (None, f.label)]
        if not chosen:
            names = ", ".join(f.label for f in feeds)
            raise UsageError(f"there is no feed {_shown(self.feed)}", f"the feeds are {names}")
        return [(f, f.source) for f in chosen]

    def find(self, address: str) -> list["SourceObject"]:
        """What an errand's address means; a key of an event is no glob. Raises SourceError."""
        if self.objects is not None:
            from csvferry.sources.cloud import object_at

            return [object_at(address)]
        from csvferry.sources.source import find

        return find(address)


def read_event(event: Mapping[str, Any]) -> Order:
    """The order of a schedule, of "Object Created", of S3's notification, or of a direct call.

    EventBridge gives an object's key as it is, S3's notifications URL-encoded (Amazon S3 User
    Guide, "Event message structure"). Raises UsageError for anything else.
    """
    if not isinstance(event, Mapping):
        raise UsageError("the event is no JSON object", _DIRECT)
    try:
        return _read(event)
    except (KeyError, TypeError, AttributeError):
        raise UsageError(
            "the event names no bucket and object where one of its kind does"
        ) from None


def _read(event: Mapping[str, Any]) -> Order:
    if event.get("Event") == "s3:TestEvent":
        return Order(objects=())
    if "Records" in event:
        return Order(objects=tuple(_notified(event["Records"])))
    if "detail-type" in event:
        return _from_bridge(event)
    if unknown := set(event) - set(_ORDER):
        raise UsageError(
            f"the event is none of this function's: it has {_shown(', '.join(sorted(unknown)))}",
            _DIRECT,
        )
    for name, kind in _ORDER.items():
        if name in event and not isinstance(event[name], kind):
            raise UsageError(f"{name} in the event is no {kind.__name__}")
    return Order(**event)


def _from_bridge(event: Mapping[str, Any]) -> Order:
    kind, detail = event["detail-type"], event.get("detail", {})
    if kind == "Scheduled Event":
        return Order()
    if event.get("source") == "aws.s3" and kind == "Object Created":
        return Order(objects=(f"s3://{detail['bucket']['name']}/{detail['object']['key']}",))
    raise UsageError(
        f"this function has nothing to do on {_shown(kind)}", "correct the event's rule"
    )


def _shown(words: object) -> str:
    text = str(words)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _notified(records: Sequence[Mapping[str, Any]]) -> list[str]:
    """Objects created, each once, in the order of the records."""
    found = [
        f"s3://{record['s3']['bucket']['name']}/{unquote_plus(record['s3']['object']['key'])}"
        for record in records
        if record.get("eventSource") == "aws:s3"
        and str(record.get("eventName", "")).startswith("ObjectCreated:")
    ]
    return list(dict.fromkeys(found))


def _means(source: str, uri: str) -> bool:
    """Whether a feed's source means the object of that address."""
    if source.partition("://")[0] not in SCHEMES:
        return False
    meant, created = parse_address(source), parse_address(uri)
    same = (meant.scheme, meant.bucket) == (created.scheme, created.bucket)
    return same and meant.matches(created.key)
