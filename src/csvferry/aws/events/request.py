"""What an invocation asks for, from the event that it came with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from csvferry.aws.events.queue import Batch, is_batch, read_batch
from csvferry.aws.events.wake_up import EVERYTHING, WakeUp, read_wake_up, shown
from csvferry.config.feed import Feed
from csvferry.errors import UsageError
from csvferry.sources.cloud.address import SCHEMES, Address, parse_address

_DIRECT = (
    'a direct call is {"feed": NAME, "plan": true, "full": true}, each optional, or one of'
    ' {"doctor": true}, {"history": …}, {"rejects": …}, {"verify": …}'
)
_SENT = ("Records", "detail-type", "Event", "Type")  # one of these is in what a service sends


@dataclass(frozen=True)
class RunOrder:
    """Run one feed by its name, or those that a wake-up concerns."""

    feed: str | None = None
    wake_up: WakeUp = EVERYTHING
    plan: bool = False
    full: bool = False


class _Question(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    feed: str | None = Field(default=None, max_length=200)


class DoctorOrder(_Question):
    """Try what a run needs."""


class HistoryOrder(_Question):
    """Past runs, newest first."""

    limit: int = Field(default=20, ge=1, le=1000)


class RejectsOrder(_Question):
    """Rejected rows of a run; without its id, of the last that has some."""

    run: str | None = Field(default=None, pattern=r"^\w{1,32}$")
    export: bool = False


class VerifyOrder(_Question):
    """Compare tables with their files."""


Order = RunOrder | Batch | DoctorOrder | HistoryOrder | RejectsOrder | VerifyOrder
_QUESTIONS: Mapping[str, tuple[type[_Question], Literal["feed", "run"]]] = {
    "doctor": (DoctorOrder, "feed"),
    "history": (HistoryOrder, "feed"),
    "rejects": (RejectsOrder, "run"),
    "verify": (VerifyOrder, "feed"),
}


def read_event(event: Any) -> Order:
    """What is asked for: by a service, by a queue's poller, or in a direct call.

    Raises UsageError for anything else.
    """
    if not isinstance(event, Mapping):
        raise UsageError("the event is no JSON object", _DIRECT)
    if is_batch(event.get("Records")):
        return read_batch(event["Records"])
    if any(name in event for name in _SENT):
        return RunOrder(wake_up=read_wake_up(event))
    for name, (kind, meant) in _QUESTIONS.items():
        if name in event:
            return _question(event, name, kind, meant)
    return _run(event)


def _run(event: Mapping[str, Any]) -> RunOrder:
    kinds = {"feed": str, "plan": bool, "full": bool}
    if unknown := set(event) - set(kinds):
        raise UsageError(
            f"the event is none of this function's: it has {shown(', '.join(sorted(unknown)))}",
            _DIRECT,
        )
    for name, kind in kinds.items():
        if name in event and not isinstance(event[name], kind):
            raise UsageError(f"{name} in the event is no {kind.__name__}")
    return RunOrder(**event)


def _question(
    event: Mapping[str, Any], name: str, kind: type[_Question], meant: str
) -> "DoctorOrder | HistoryOrder | RejectsOrder | VerifyOrder":
    """`{name: true}`, `{name: TEXT}` (the feed, or the run), or `{name: {field: value}}`."""
    given = event[name]
    others = {field: value for field, value in event.items() if field != name}
    fields: Any = given if isinstance(given, Mapping) else {}
    if isinstance(given, str):
        fields = {meant: given}
    elif given is not True and not isinstance(given, Mapping):
        raise UsageError(f"{name} in the event is neither true nor a name nor an object")
    try:
        order: Any = kind.model_validate({**others, **fields})
    except ValidationError as error:
        raise UsageError(
            f"{name} in the event: "
            + "; ".join(f"{shown(fault['loc'][0])}: {fault['msg']}" for fault in error.errors()[:5])
        ) from None
    found: DoctorOrder | HistoryOrder | RejectsOrder | VerifyOrder = order
    return found


def named(feeds: Sequence[Feed], name: str | None) -> list[Feed]:
    """The feed of that name, or all. Raises UsageError."""
    chosen = [feed for feed in feeds if name in (None, feed.label)]
    if not chosen:
        names = ", ".join(feed.label for feed in feeds)
        raise UsageError(f"there is no feed {shown(name)}", f"the feeds are {shown(names)}")
    return chosen


def concerned(feeds: Sequence[Feed], wake_up: WakeUp) -> list[Feed]:
    """The feeds that a wake-up is about, each once, in their order."""
    if wake_up.objects is None:
        return list(feeds)
    return [f for f in feeds if any(means(f.source, uri) for uri in wake_up.objects)]


def means(source: str, uri: str) -> bool:
    """Whether a feed's source means the object of that address."""
    if source.partition("://")[0] not in SCHEMES:
        return False
    meant, created = _address(source), _address(uri)
    same = (meant.scheme, meant.bucket) == (created.scheme, created.bucket)
    return same and meant.matches(created.key)


@lru_cache(maxsize=20_000)
def _address(text: str) -> Address:
    return parse_address(text)
