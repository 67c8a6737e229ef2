"""The commands that look into the ledger: past runs and their rejects."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from csvferry.cli.invocation import configured, errors_reported, print_json
from csvferry.cli.options import Config, FeedNames, Json, option
from csvferry.config.feed import DEFAULT_TARGET, Feed, feed_id
from csvferry.config.feeds_file import CONFIG, select
from csvferry.errors import UsageError
from csvferry.printable import printable

if TYPE_CHECKING:
    from csvferry.databases.base import Database
    from csvferry.ledger.selection import Selection
    from csvferry.snapshot.store import State


@dataclass(frozen=True)
class _Ledger:
    """The target's address, a connection to it, and the runs that are meant.

    `states`: where the feeds keep what they remember.
    """

    url: str
    database: "Database"
    selection: "Selection"
    states: Sequence[str | None]

    def opened(self, place: str | None) -> list["State"]:
        """What the feeds remember: at `place` where that is given."""
        from csvferry.snapshot.store import open_state

        return [open_state(state) for state in ([place] if place else self.states or [None])]


@contextmanager
def _ledger(
    to: str | None,
    config: str | None,
    names: list[str] | None,
    table: str | None,
    since: str | None = None,
) -> Iterator[_Ledger]:
    """The ledger that options or the configuration mean. Raises UsageError."""
    from csvferry.databases.connect import open_database
    from csvferry.ledger import selection

    feeds: Sequence[Feed] = ()
    if names or (to is None and (config or Path(CONFIG).exists())):
        feeds = select(configured(config, {"to": to} if to else {}), names or (), {})
    url = to or (feeds[0].to if feeds else DEFAULT_TARGET)
    chosen = selection.Selection(
        table=table,
        feeds=[feed_id(feed) for feed in feeds if names],
        since=selection.since(since, datetime.now(UTC)) if since else None,
    )
    with closing(open_database(url, read_only=True, untested=True)) as database:
        yield _Ledger(url, database, chosen, [*dict.fromkeys(feed.state for feed in feeds)])


def history(
    to: Annotated[str | None, option("to")] = None,
    table: Annotated[str | None, option("table")] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since", metavar="TIME", help="2026-11-28, 2026-11-28T06:30, or an age like 7d."
        ),
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, help="At most so many runs.")
    ] = 20,
    state: Annotated[str | None, option("state")] = None,
    json: Json = False,
    config: Config = None,
    feed: FeedNames = None,
) -> None:
    """Show past runs, newest first.

    From the ledger; and when each table was last looked at.
    """
    from csvferry.databases.connect import dialect_of
    from csvferry.ledger import entries as ledger
    from csvferry.ledger import reject_export as exports
    from csvferry.run.table_check import tables_checked

    with errors_reported(), _ledger(to, config, feed, table, since) as meant:
        entries = ledger.history(meant.database, limit, meant.selection)
        checked = tables_checked(entries, meant.opened(state), meant.url)
        if json:
            for entry in entries:
                shown = exports.entry_as_json(entry, dialect_of(meant.url))
                print_json({**shown, "table_checked": checked[entry.feed]})
            return
        from csvferry.cli.output import show_history

        show_history(entries, checked)


def rejects(
    run_id: Annotated[
        str | None,
        typer.Argument(
            metavar="[RUN]", help="A run's id. [default: the last whose rejects are not settled]"
        ),
    ] = None,
    to: Annotated[str | None, option("to")] = None,
    table: Annotated[str | None, option("table")] = None,
    export: Annotated[
        Path | None,
        typer.Option(
            "--export", metavar="FILE", help="Write the raw rows as CSV, to fix and sync again."
        ),
    ] = None,
    duplicates: Annotated[
        bool, typer.Option("--duplicates", help="Export also rows that lost to another row.")
    ] = False,
    export_safe: Annotated[
        bool,
        typer.Option(
            "--export-safe",
            help="Put an apostrophe before cells that a spreadsheet would run as formulas. It"
            " changes these values.",
        ),
    ] = False,
    state: Annotated[str | None, option("state")] = None,
    json: Json = False,
    config: Config = None,
    feed: FeedNames = None,
) -> None:
    """Show rejected rows, or export them.

    Each with its line, column, code, message and the raw row; those of the last run that a guard
    stopped too.
    """
    from csvferry.commands.rejected_rows import find_rejected, stopped_runs
    from csvferry.ledger import entries
    from csvferry.ledger import reject_export as exports

    with errors_reported(), _ledger(to, config, feed, table) as meant:
        if (duplicates or export_safe) and not export:
            raise UsageError("--duplicates and --export-safe are about --export FILE")
        stopped = stopped_runs(meant.opened(state), meant.selection.feeds, meant.url)
        found = find_rejected(meant.database, run_id, meant.selection, stopped)
        if found is None and run_id:
            raise UsageError(f"there is no run {run_id}", "`csvferry history` lists them")
        if found and export:
            choice = exports.Choice(duplicates, export_safe)
            done = exports.write(export, found.entry, found.rows(), choice)
            place = state or next(filter(None, meant.states), None)
            for line in done.summary(meant.url, place if found.stopped else None).split("\n"):
                typer.echo(printable(line), err=True)
        elif json:
            settled = entries.settled(meant.database).get(found.entry.run) if found else None
            for row in found.rows() if found else ():
                print_json({**exports.as_json(row), "settled": settled})
        else:
            from csvferry.cli.listings import SHOWN
            from csvferry.cli.output import show_rejects

            settled = entries.settled(meant.database).get(found.entry.run) if found else None
            rows = found.rows(SHOWN + 1) if found else ()
            show_rejects(found.entry if found else None, rows, settled)
        if found and found.note:
            typer.echo(printable(found.note), err=True)


def report(
    html: Annotated[
        Path,
        typer.Option("--html", metavar="FILE", help="Write one page that loads nothing else."),
    ],
    to: Annotated[str | None, option("to")] = None,
    table: Annotated[str | None, option("table")] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since", metavar="TIME", help="2026-11-28, 2026-11-28T06:30, or an age like 7d."
        ),
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, help="At most so many runs.")
    ] = 1000,
    state: Annotated[str | None, option("state")] = None,
    config: Config = None,
    feed: FeedNames = None,
) -> None:
    """Make a page of the ledger.

    Each feed's last success and age, the drift that verify last found, rows by outcome and duration
    over time, rejects by code and column, and the runs; no value of a row is in it.
    """
    from csvferry.cli.reporting.html_page import write_page
    from csvferry.commands.last_comparison import LastComparison, recall_all
    from csvferry.commands.ledger_report import ledger_report
    from csvferry.ledger import entries as ledger
    from csvferry.ledger.reject_counts import reject_counts
    from csvferry.snapshot.stopped_run import database_of
    from csvferry.snapshot.store import open_state

    with errors_reported(), _ledger(to, config, feed, table, since) as meant:
        entries = ledger.history(meant.database, limit, meant.selection)
        rejects = reject_counts(meant.database, meant.selection)
        database, compared = database_of(meant.url), dict[str, LastComparison]()
        for place in [state] if state else meant.states or [None]:
            compared |= recall_all(open_state(place), database)
        made = ledger_report(database, entries, rejects, datetime.now(UTC), compared)
        write_page(html, made)
