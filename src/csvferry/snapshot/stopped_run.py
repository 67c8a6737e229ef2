"""Rejects of a feed's last run that a guard stopped.

Nothing of such a run is in the database, so they lie beside what is remembered of the feed, for
their owner alone, until a run is applied or `KEPT` days went by.
"""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Annotated

from pydantic import Field, TypeAdapter

from csvferry.ledger.records import Address, Count, Entry, Name, Reject, Word
from csvferry.printable import get_logger
from csvferry.snapshot.store import State

log = get_logger(__name__)

MOST = 10_000  # entries that are kept
MOST_BYTES = 8_000_000  # of their raw rows: a store reads files of 32 MB at most
KEPT = timedelta(days=30)
NO_SEAL = "0" * 32  # the feed's own is a secret, which stays in the ledger
_ENDING = "-stopped.json"


@dataclass(frozen=True)
class StoredReject:
    """A reject entry; `raw` in base64."""

    line: Count
    byte_offset: Count | None
    column: Name | None
    code: Word
    message: Address
    raw: str | None


@dataclass(frozen=True)
class StoppedRun:
    """The run as the ledger would have it, and its rejects; `left_out`: entries beyond `MOST`.

    `target`: its database, without what signs in. `reason`: the guard's words.
    """

    target: Address
    reason: Address
    entry: Entry
    left_out: Count
    stored: Annotated[tuple[StoredReject, ...], Field(max_length=MOST)]

    @property
    def rejects(self) -> Iterator[Reject]:
        """The entries, by line."""
        for one in self.stored:
            raw = None if one.raw is None else base64.b64decode(one.raw)
            place = (one.line, one.byte_offset, one.column)
            yield Reject(self.entry.run, *place, one.code, one.message, raw)


def database_of(url: str) -> str:
    """The database at an address, without what signs in."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('?')[0].rpartition('@')[2]}"


def stored(reject: Reject) -> StoredReject:
    """An entry as it is kept."""
    _, line, offset, column, code, message, raw = reject
    text = None if raw is None else base64.b64encode(raw).decode()
    return StoredReject(line, offset, column, code, message, text)


def keep(state: State, stopped: StoppedRun) -> None:
    """In place of the feed's run that was stopped before it."""
    state.store.write(f"{stopped.entry.feed}{_ENDING}", _schema().dump_json(stopped))


def forget(state: State, feed: str) -> None:
    """The feed was applied."""
    try:
        state.store.remove(f"{feed}{_ENDING}")
    except Exception as error:  # noqa: BLE001  # whatever a store raises, the run is done
        log.warning("rejects of a stopped run stay: %s", type(error).__name__)


def recall(state: State, feed: str, now: datetime | None = None) -> StoppedRun | None:
    """A feed's run that was stopped last; one that is too old is removed."""
    return _read(state, f"{feed}{_ENDING}", now or datetime.now(UTC))


def recall_all(state: State) -> list[StoppedRun]:
    """Of each feed in this place."""
    now = datetime.now(UTC)
    found = [_read(state, name, now) for name in state.store.small_files(_ENDING)]
    return [one for one in found if one]


def _read(state: State, name: str, now: datetime) -> StoppedRun | None:
    """What is not as a run writes it counts as absent: others may be able to write there."""
    try:
        data = state.store.read(name)
        found: StoppedRun | None = _schema().validate_json(data) if data else None
        if found and datetime.fromisoformat(found.entry.started) < now - KEPT:
            state.store.remove(name)
            return None
    except Exception as error:  # noqa: BLE001  # whatever a store raises
        log.warning("rejects of a stopped run can't be read: %s", type(error).__name__)
        return None
    return found


@cache  # made when it is first needed: it takes some milliseconds
def _schema() -> TypeAdapter[StoppedRun]:
    return TypeAdapter(StoppedRun)
