"""What a page about the ledger shows: feeds with their last success, runs over time, rejects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from csvferry.commands.last_comparison import LastComparison
from csvferry.ledger.records import Entry
from csvferry.ledger.reject_counts import RejectCount

OUTCOMES = ("inserted", "updated", "deleted", "unchanged", "duplicate", "rejected")
NONE_COMPARED: Mapping[str, LastComparison] = MappingProxyType({})
DRAWN = 60  # runs of a picture


@dataclass(frozen=True)
class FeedSummary:
    """A feed's last applied run, how long ago it was, and what `verify` last found, if it did."""

    last: Entry
    age: str
    runs: int
    compared: LastComparison | None = None


@dataclass(frozen=True)
class Bar:
    """A run in a picture: parts from the bottom up, by outcome, in percent of the tallest run."""

    entry: Entry
    parts: tuple[tuple[str, float, float], ...]  # outcome, where it begins, how tall it is
    seconds: float


@dataclass(frozen=True)
class LedgerReport:
    """`entries`: newest first. `bars`: the last `DRAWN` of them, oldest first."""

    made: datetime
    database: str
    feeds: tuple[FeedSummary, ...]
    bars: tuple[Bar, ...]
    most_rows: int
    most_seconds: float
    entries: tuple[Entry, ...]
    rejects: tuple[RejectCount, ...]


def ledger_report(
    database: str,
    entries: Sequence[Entry],
    rejects: Sequence[RejectCount],
    now: datetime,
    compared: Mapping[str, LastComparison] = NONE_COMPARED,
) -> LedgerReport:
    """The report of runs, newest first, at a moment in UTC; `compared`: by feed."""
    drawn = entries[:DRAWN][::-1]
    most = max((_rows(entry) for entry in drawn), default=0)
    longest = max((entry.seconds for entry in drawn), default=0.0)
    return LedgerReport(
        made=now,
        database=database,
        feeds=tuple(_feeds(entries, now, compared)),
        bars=tuple(_bar(entry, most or 1, longest or 1.0) for entry in drawn),
        most_rows=most,
        most_seconds=longest,
        entries=tuple(entries),
        rejects=tuple(rejects),
    )


def age(passed: timedelta) -> str:
    """`3 days`, `5 hours` or `12 minutes`: the largest unit of which there are two or more."""
    seconds = max(int(passed.total_seconds()), 0)
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} seconds"


def _feeds(
    entries: Sequence[Entry], now: datetime, compared: Mapping[str, LastComparison]
) -> list[FeedSummary]:
    """By feed, the one that succeeded last first."""
    runs: dict[str, list[Entry]] = {}
    for entry in entries:
        runs.setdefault(entry.feed, []).append(entry)
    return [
        FeedSummary(
            found[0],
            age(now - datetime.fromisoformat(found[0].started)),
            len(found),
            compared.get(feed),
        )
        for feed, found in runs.items()
    ]


def _rows(entry: Entry) -> int:
    return sum(getattr(entry, f"rows_{name}") for name in OUTCOMES)


def _bar(entry: Entry, most: int, longest: float) -> Bar:
    parts, at = [], 0.0
    for name in OUTCOMES:
        if count := getattr(entry, f"rows_{name}"):
            tall = 100 * count / most
            parts.append((name, round(at, 3), round(tall, 3)))
            at += tall
    return Bar(entry, tuple(parts), round(100 * entry.seconds / longest, 3))
