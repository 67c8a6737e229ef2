"""When a run last asked the database whether a table still has what was applied to it.

Runs that were applied are in the ledger, with their times. One that found its version applied looks
at the table too, and writes nothing into the database: its time lies beside what is remembered of
the feed.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache

from pydantic import TypeAdapter

from csvferry.ledger.records import Address, Entry, Moment
from csvferry.load.context import Run
from csvferry.printable import get_logger
from csvferry.snapshot.stopped_run import database_of
from csvferry.snapshot.store import State

log = get_logger(__name__)

_ENDING = "-checked.json"


@dataclass(frozen=True)
class TableCheck:
    """`target`: the database, without what signs in. `checked`: in UTC."""

    target: Address
    checked: Moment


def note_check(run: Run) -> None:
    """The run found the table as the last one left it; a dry run leaves no trace."""
    if run.dry:
        return
    now = datetime.now(UTC).isoformat(timespec="seconds")
    check = TableCheck(database_of(run.feed.to), now)
    try:
        run.state.store.write(f"{run.feed_id}{_ENDING}", json.dumps(asdict(check)).encode())
    except Exception as error:  # noqa: BLE001  # whatever a store raises, the run is done
        log.info("when the table was looked at can't be kept: %s", type(error).__name__)


def tables_checked(
    entries: Iterable[Entry], states: Sequence[State], url: str
) -> Mapping[str, Moment]:
    """By feed, when its table was last looked at; `entries`: newest first, of the database `url`.

    A run that was applied looked when it began.
    """
    newest: dict[str, Moment] = {}
    for entry in entries:
        newest.setdefault(entry.feed, entry.started)
    return {
        feed: max((started, *_noted(states, feed, url)), key=_time)
        for feed, started in newest.items()
    }


def _time(moment: Moment) -> datetime:
    """A text of the form of one may be none, where somebody else wrote it: that is the oldest."""
    try:
        return datetime.fromisoformat(moment)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)


def _noted(states: Sequence[State], feed: str, url: str) -> list[Moment]:
    """What is not as a run writes it counts as absent."""
    found = []
    for state in states:
        try:
            data = state.store.read(f"{feed}{_ENDING}")
            check = _schema().validate_json(data) if data else None
            if check and check.target == database_of(url):
                found.append(check.checked)
        except Exception as error:  # noqa: BLE001  # whatever a store raises
            log.info("when the table was looked at can't be read: %s", type(error).__name__)
    return found


@cache  # made when it is first needed: it takes some milliseconds
def _schema() -> TypeAdapter[TableCheck]:
    return TypeAdapter(TableCheck)
