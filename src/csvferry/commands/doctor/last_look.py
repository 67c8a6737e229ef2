"""When did a run last look whether the table still has what was applied to it?"""

from collections.abc import Iterator

from csvferry.commands.doctor.finding import Finding
from csvferry.config.feed import Feed, feed_id
from csvferry.databases.base import Database
from csvferry.errors import UsageError
from csvferry.ledger import entries as ledgers
from csvferry.run.table_check import tables_checked
from csvferry.snapshot.store import open_state


def last_look(feed: Feed, database: Database) -> Iterator[Finding]:
    """By the ledger and the feed's state; nothing for a feed each of whose files has a table."""
    try:
        identity = feed_id(feed)
    except UsageError:
        return
    entry, _ = ledgers.last(database, identity, "")
    checked = tables_checked([entry] if entry else [], [open_state(feed.state)], feed.to)
    yield looked(checked.get(identity))


def looked(moment: str | None) -> Finding:
    """A moment in UTC; None: no run looked at the table yet."""
    if moment is None:
        return Finding("last look", None, "no run of this feed looked at its table yet")
    return Finding("last look", True, f"a run looked at the table at {moment}")
