"""The ledger's entries as the function answers with them."""

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

from csvferry.aws.database_access import Connector
from csvferry.aws.runs.applied import read_applied
from csvferry.aws.settings import Settings
from csvferry.config.feed import Feed
from csvferry.databases.base import Database
from csvferry.ledger import entries as ledger
from csvferry.ledger.reject_export import entry_as_json
from csvferry.snapshot.store import open_state

_FAR = 10_000  # runs that are looked through for those of a feed


def history(
    settings: Settings, connector: Connector, feeds: Sequence[Feed], limit: int
) -> dict[str, Any]:
    """Past runs of feeds, newest first, and when the function last asked the database of each."""
    with closing(connector()) as database:
        entries = [entry_as_json(entry, "mysql") for entry in of_feeds(database, feeds, limit)]
    return {"history": entries, "tables_checked": tables_checked(settings, feeds)}


def of_feeds(database: Database, feeds: Sequence[Feed], limit: int) -> list[ledger.Entry]:
    """The last entries of these feeds as they are configured now."""
    return list(_of_feeds(database, feeds, limit))


def _of_feeds(database: Database, feeds: Sequence[Feed], limit: int) -> Iterator[ledger.Entry]:
    for entry in ledger.history(database, _FAR):
        if any(feed.identity(entry.table_name) == entry.feed for feed in feeds):
            yield entry
            limit -= 1
        if not limit:
            return


def tables_checked(settings: Settings, feeds: Sequence[Feed]) -> dict[str, str | None]:
    """By feed, when the database was asked about its table, in UTC; None: it was not."""
    if settings.state is None:
        return {feed.label: None for feed in feeds}
    store = open_state(settings.state).store
    return {
        feed.label: _moment(read_applied(store, feed, settings.target).looked) for feed in feeds
    }


def _moment(seconds: float) -> str | None:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds)) if seconds else None
