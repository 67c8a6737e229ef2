"""What the function knows of a feed without asking the database: versions that were applied.

It spares the hourly look at a database that may be paused. It is bound to the database, by address
and by the cluster's resource id, and good for a day: an emptied database, or one that a dump was
restored into, keeps both. The database itself, by its ledger, has the last word whenever it is
asked. One object for each feed, beside its fingerprints.
"""

from collections.abc import Mapping
from typing import Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from csvferry.config.feed import Feed
from csvferry.printable import get_logger
from csvferry.snapshot.store import Store

log = get_logger(__name__)

# Seconds for which the state is believed: a day, less half of the schedule's hour, so that the
# daily look does not move on by an hour each day.
GOOD_FOR = 23.5 * 3600


class AppliedRecord(BaseModel):
    """Versions by the addresses of their objects; `looked`: when the database said so."""

    model_config = ConfigDict(frozen=True, strict=True)

    format: Literal[1] = 1
    feed: str = Field(max_length=64)
    database: str = Field(max_length=512)
    looked: float
    versions: dict[str, str]

    def good(self, now: float) -> bool:
        """Whether the database need not be asked."""
        return 0 <= now - self.looked < GOOD_FOR

    def of(self, versions: Mapping[str, str], looked: float) -> "AppliedRecord":
        """The same feed and database with what is known now."""
        return self.model_copy(update={"versions": dict(versions), "looked": looked})


def nothing_known(feed: Feed, database: str) -> AppliedRecord:
    """Of a feed that this database was never asked about."""
    return AppliedRecord(
        feed=feed.identity(feed.table or ""), database=database, looked=0, versions={}
    )


def read_applied(store: Store, feed: Feed, database: str) -> AppliedRecord:
    """What is kept of a feed; nothing where it speaks of another feed or database."""
    blank = nothing_known(feed, database)
    try:
        data = store.read(_name(feed))
        found = AppliedRecord.model_validate_json(data) if data else blank
    except ValidationError:
        log.warning("the record of %s can't be read; the run asks the database", feed.label)
        return blank
    except Exception as error:  # noqa: BLE001  # whatever a store raises, it only costs time
        log.warning("what is kept of %s can't be read: %s", feed.label, type(error).__name__)
        return blank
    return found if (found.feed, found.database) == (blank.feed, blank.database) else blank


def write_applied(store: Store, feed: Feed, applied: AppliedRecord) -> None:
    """Keep it; without it the database is asked again."""
    try:
        store.write(_name(feed), applied.model_dump_json().encode())
    except Exception as error:  # noqa: BLE001  # whatever a store raises, it only costs time
        log.warning("what was applied of %s can't be kept: %s", feed.label, type(error).__name__)


def _name(feed: Feed) -> str:
    return f"applied/{quote(feed.label, safe='')}.json"
