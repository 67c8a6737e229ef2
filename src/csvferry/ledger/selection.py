"""Which runs of the ledger are meant: by table, by feed, since when."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from csvferry.databases.base import Database
from csvferry.errors import UsageError

_AGE = re.compile(r"(\d{1,6})([dhm])")
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


@dataclass(frozen=True)
class Selection:
    """`feeds`: identities of feeds (32 hexadecimal digits), empty for all. `since`: in UTC."""

    table: str | None = None
    feeds: Sequence[str] = ()
    since: datetime | None = None

    def where(self, database: Database) -> tuple[str, list[str]]:
        """SQL of a condition on entries, and its parameters."""
        mark, conditions, parameters = database.sql.mark, ["1 = 1"], list[str]()
        if self.table:
            conditions.append(f"table_name = {mark}")
            parameters.append(self.table)
        if self.feeds:
            conditions.append(f"feed IN ({', '.join(mark for _ in self.feeds)})")
            parameters += self.feeds
        if self.since:
            conditions.append(f"started >= {mark}")
            parameters.append(self.since.isoformat(timespec="seconds"))
        return " AND ".join(conditions), parameters


def since(text: str, now: datetime) -> datetime:
    """`2026-11-28`, `2026-11-28T06:30` (UTC where it names no zone) or an age: `7d`, `12h`, `30m`.

    Raises UsageError.
    """
    if found := _AGE.fullmatch(text):
        return now - timedelta(**{_UNITS[found[2]]: int(found[1])})
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"--since {text} is no time", "write 2026-11-28, 2026-11-28T06:30 or an age like 7d"
        ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
