"""Rejected rows of a run: what is wrong with them as the answer, the rows themselves as a file."""

import json
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from csvferry.aws.database_access import Connector
from csvferry.aws.queries.past_runs import of_feeds
from csvferry.aws.queries.report_folder import keep
from csvferry.aws.settings import Settings
from csvferry.commands.rejected_rows import Rejected, find_rejected
from csvferry.config.feed import Feed, feed_id
from csvferry.databases.base import Database
from csvferry.errors import UsageError
from csvferry.ledger import entries as ledger
from csvferry.ledger import reject_export
from csvferry.ledger.records import Reject
from csvferry.ledger.selection import Selection
from csvferry.snapshot.stopped_run import StoppedRun, recall
from csvferry.snapshot.store import open_state

SHOWN = 100  # entries in the answer itself; the file has all


def rejects(
    settings: Settings,
    connector: Connector,
    feeds: Sequence[Feed],
    run: str | None,
    *,
    export: bool,
) -> dict[str, Any]:
    """The entries, and a file of them with the raw rows; `export`: a CSV file to fix and sync.

    Without a run: the last of these feeds that has some. Raises UsageError: there is no such run.
    """
    with closing(connector()) as database:
        found = _found(settings, database, feeds, run)
        if found is None:
            return {"run": None, "rejects": []}
        entry, rows = found.entry, found.rows()
        if export:
            name = f"rejects-{entry.run}.csv"
            file, done = keep(settings, name, lambda p: reject_export.write(p, entry, rows))
            return {
                "run": entry.run,
                "file": file,
                "written": done.written,
                "duplicates": done.duplicates,
                "too_long": done.cut,
                "sync_with": list(done.options),
            }
        name = f"rejects-{entry.run}.jsonl"
        file, (count, shown) = keep(settings, name, lambda path: _write(path, rows))
    answer = {"run": entry.run, "count": count, "rejects": shown, "file": file}
    return {**answer, "note": found.note} if found.note else answer


def _found(
    settings: Settings, database: Database, feeds: Sequence[Feed], run: str | None
) -> Rejected | None:
    """The run that is meant; the last one may have been stopped by a guard."""
    stopped = _stopped(settings, feeds)
    if run is not None:
        if found := find_rejected(database, run, Selection(), stopped):
            return found
        raise UsageError(f"there is no run {run}", '{"history": true} lists them')
    entry = _last_with_rejects(database, feeds)
    last = max(stopped, key=lambda one: one.entry.run, default=None)
    if last and (entry is None or last.entry.run > entry.run):
        return Rejected(database, last.entry, last)
    return Rejected(database, entry) if entry else None


def _stopped(settings: Settings, feeds: Sequence[Feed]) -> list[StoppedRun]:
    if settings.state is None:
        return []
    found = (recall(open_state(settings.state), feed_id(feed)) for feed in feeds if feed.table)
    return [one for one in found if one]


def _last_with_rejects(database: Database, feeds: Sequence[Feed]) -> ledger.Entry | None:
    entries = of_feeds(database, feeds, 1000)
    return next((e for e in entries if e.rows_rejected or e.rows_duplicate), None)


def _write(path: Path, rows: Iterable[Reject]) -> tuple[int, list[dict[str, Any]]]:
    """One JSON object a line; how many, and the first ones without the raw row."""
    count, shown = 0, []
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            entry = reject_export.as_json(row)
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")
            if count < SHOWN:
                shown.append({name: value for name, value in entry.items() if name != "raw"})
            count += 1
    return count, shown
