"""What `verify` found last of each feed: counts and a time, beside what is remembered of the feed.

`verify` writes nothing into the database, so that the page of the ledger has them from here.
"""

from dataclasses import dataclass
from functools import cache

from pydantic import TypeAdapter

from csvferry.ledger.records import Address, Count, Moment, Name
from csvferry.load.context import Run
from csvferry.model.report import Rows
from csvferry.printable import get_logger
from csvferry.snapshot.stopped_run import database_of
from csvferry.snapshot.store import State

log = get_logger(__name__)

_ENDING = "-verified.json"


@dataclass(frozen=True)
class LastComparison:
    """Rows that differed when `verify` last compared a feed's table with its file.

    `target`: its database, without what signs in. `started`: in UTC.
    """

    feed: Name
    target: Address
    started: Moment
    missing: Count
    different: Count
    extra: Count


def keep(run: Run, rows: Rows) -> None:
    """In place of the feed's comparison before it; where that can't be written, nothing is kept."""
    target, counts = database_of(run.feed.to), (rows.inserted, rows.updated, rows.deleted)
    found = LastComparison(run.feed_id, target, run.started, *counts)
    try:
        run.state.store.write(f"{run.feed_id}{_ENDING}", _schema().dump_json(found))
    except Exception as error:  # noqa: BLE001  # whatever a store raises, the comparison is done
        log.info("what verify found is not kept for the report: %s", type(error).__name__)


def recall_all(state: State, target: str) -> dict[str, LastComparison]:
    """By feed, those with a database; what is not as `verify` writes it counts as absent."""
    found = {}
    for name in _names(state):
        try:
            one = _schema().validate_json(state.store.read(name) or b"")
        except Exception as error:  # noqa: BLE001  # whatever a store raises
            log.info("what verify found can't be read: %s", type(error).__name__)
            continue
        if one.target == target:
            found[one.feed] = one
    return found


def _names(state: State) -> list[str]:
    try:
        return list(state.store.small_files(_ENDING))
    except Exception as error:  # noqa: BLE001  # whatever a store raises
        log.info("what verify found can't be listed: %s", type(error).__name__)
        return []


@cache
def _schema() -> TypeAdapter[LastComparison]:
    return TypeAdapter(LastComparison)
