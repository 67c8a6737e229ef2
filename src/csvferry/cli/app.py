"""The command line: words to feeds, errors to exit statuses. Results on standard output, the rest
on standard error."""

import logging
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from csvferry.cli.options import (
    Commands,
    Config,
    FeedNames,
    Json,
    Sources,
    feed_options,
    option,
    takes_feed,
)
from csvferry.config.feed import DEFAULT_TARGET, Feed, feed_id, make_feed
from csvferry.config.feeds_file import CONFIG, load_feeds, select
from csvferry.errors import CsvFerryError, Exit, UsageError, bare
from csvferry.model.mapping import Mode
from csvferry.printable import json_line, printable
from csvferry.version import __version__

if TYPE_CHECKING:
    from csvferry.databases.base import Database
    from csvferry.ledger.selection import Selection

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="CSV files become correct rows in MySQL, MariaDB or SQLite.",
    epilog="Exit status: 0 done or nothing to do; 1 failed, nothing changed; 2 invalid arguments"
    " or configuration; 3 stopped by a guard, nothing changed.",
)


_OF_THE_SHELL = (typer.Exit, typer.Abort, typer.BadParameter, BrokenPipeError)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"csvferry {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Tell the version.")
    ] = False,
) -> None:
    """Nothing but the options that come before a command."""


@app.command(epilog="Example: csvferry sync people.csv --to mysql://app@db/shop --mode upsert")
@takes_feed("sync")
def sync(
    sources: Sources = None,
    json: Json = False,
    config: Config = None,
    feed: FeedNames = None,
    **given: Any,
) -> None:
    """Make the table follow the file."""
    _each("sync", _feeds(sources, config, feed, given), json)


@app.command(epilog="Example: csvferry plan people.csv --to mysql://app@db/shop --mode mirror")
@takes_feed("plan")
def plan(
    sources: Sources = None,
    json: Json = False,
    config: Config = None,
    feed: FeedNames = None,
    **given: Any,
) -> None:
    """Show what sync would change; write nothing.

    The same run up to the commit, then undone: what it would insert, update, delete and reject,
    with a sample of each.
    """
    _each("plan", _feeds(sources, config, feed, given), json)


@app.command(epilog="Example: csvferry check people.csv.gz --null '\\N'")
@takes_feed("check")
def check(
    sources: Sources = None,
    json: Json = False,
    config: Config = None,
    feed: FeedNames = None,
    **given: Any,
) -> None:
    """Read and validate the file alone.

    Tells dialect, columns, types and rejects.
    """
    _each("check", _feeds(sources, config, feed, given), json)


@app.command(epilog="Example: csvferry verify people.csv --to mysql://app@db/shop --mode mirror")
@takes_feed("verify")
def verify(
    sources: Sources = None,
    json: Json = False,
    config: Config = None,
    feed: FeedNames = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="Make the table as the file has it, guards on.")
    ] = False,
    **given: Any,
) -> None:
    """Compare the whole table with the file, as the last run filled it or by --mode; read only."""
    _each("repair" if repair else "verify", _feeds(sources, config, feed, given), json)


@app.command(epilog="Example: csvferry history --to mysql://app@db/shop --since 7d")
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
    json: Json = False,
    config: Config = None,
    feed: FeedNames = None,
) -> None:
    """Show the ledger: past runs, newest first."""
    from csvferry.databases.connect import dialect_of
    from csvferry.ledger import entries as ledger
    from csvferry.ledger import reject_export as exports

    with _told(), _ledger(to, config, feed, table, since) as (url, database, selection):
        entries = ledger.history(database, limit, selection)
        if json:
            for entry in entries:
                _print(exports.entry_as_json(entry, dialect_of(url)))
            return
        from csvferry.cli.output import show_history

        show_history(entries)


@app.command(epilog="Example: csvferry rejects --to mysql://app@db/shop --export fix.csv")
def rejects(
    run_id: Annotated[
        str | None,
        typer.Argument(metavar="[RUN]", help="A run's id. [default: the last with rejects]"),
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
    json: Json = False,
    config: Config = None,
    feed: FeedNames = None,
) -> None:
    """Show rejected rows, or export them.

    Each with its line, column, code, message and the raw row.
    """
    from csvferry.ledger import entries as ledger
    from csvferry.ledger import reject_export as exports

    with _told(), _ledger(to, config, feed, table) as (url, database, selection):
        if (duplicates or export_safe) and not export:
            raise UsageError("--duplicates and --export-safe are about --export FILE")
        entry = ledger.latest_with_rejects(database, run_id, selection)
        if entry is None and run_id:
            raise UsageError(f"there is no run {run_id}", "`csvferry history` lists them")
        if entry and export:
            choice = exports.Choice(duplicates, export_safe)
            rows = ledger.rejects(database, entry.run)
            done = exports.write(export, entry, rows, choice)
            for line in done.summary(url).split("\n"):
                typer.echo(printable(line), err=True)
        elif json:
            for row in ledger.rejects(database, entry.run) if entry else ():
                _print(exports.as_json(row))
        else:
            from csvferry.cli.listings import SHOWN
            from csvferry.cli.output import show_rejects

            show_rejects(entry, ledger.rejects(database, entry.run, SHOWN + 1) if entry else ())


@app.command(epilog="Example: csvferry dialects")
def dialects(json: Json = False) -> None:
    """List what --dialect may name.

    With what each sets, and the programs and versions it was checked with.
    """
    from dataclasses import asdict

    from csvferry.config.read_options import PRESETS

    for preset in PRESETS.values():
        if json:
            _print(asdict(preset))
    if not json:
        from csvferry.cli.output import show_dialects

        show_dialects(PRESETS.values())


@app.command(epilog="Example: csvferry doctor s3://bucket/people.csv --to mysql://app@db/shop")
def doctor(
    source: Annotated[str, typer.Argument(metavar="[SOURCE]")] = "",
    to: Annotated[str | None, option("to")] = None,
    table: Annotated[str | None, option("table")] = None,
    mode: Annotated[Mode | None, option("mode")] = None,
    state: Annotated[str | None, option("state")] = None,
    json: Json = False,
    config: Config = None,
    feed: FeedNames = None,
) -> None:
    """Try each thing that a run needs.

    Source, credentials, network, TLS, grants, local_infile, packet size, ledger: what is missing
    is named, and how to mend it.
    """
    from csvferry.commands.doctor import examine

    with _told():
        given = {"to": to, "table": table, "mode": mode, "state": state}
        wrong = False
        for chosen in _feeds([source] if source else None, config, feed, given):
            for finding in examine(chosen):
                wrong |= finding.ok is False
                if json:
                    _print(finding.to_dict())
                else:
                    from csvferry.cli.output import show_finding

                    show_finding(finding)
        if wrong:
            raise typer.Exit(Exit.FAILED)


@app.command(epilog="Example: csvferry grants --user csvferry --database shop --table people --iam")
def grants(
    user: Annotated[str, typer.Option("--user", metavar="NAME")],
    database: Annotated[str, typer.Option("--database", metavar="NAME")],
    table: Annotated[
        list[str] | None,
        typer.Option("--table", metavar="NAME", help="A target table; repeatable. [default: all]"),
    ] = None,
    host: Annotated[str, typer.Option("--host", metavar="HOST", help="From where.")] = "%",
    iam: Annotated[
        bool, typer.Option("--iam", help="Sign in by IAM token, without a password.")
    ] = False,
    existing: Annotated[
        bool, typer.Option("--existing", help="The tables are there: no right to make them.")
    ] = False,
    reads: Annotated[
        list[str] | None,
        typer.Option("--reads", metavar="NAME", help="A table that foreign keys refer to."),
    ] = None,
) -> None:
    """Print the SQL of the least grants.

    It makes a database user with the rights that a run needs and no others. Without --iam the user
    is made locked; what opens it, with a password of yours, is told on standard error.
    """
    from csvferry.commands.grants import next_step, statements

    with _told():
        for statement in statements(
            user, database, table or (), iam=iam, host=host, make=not existing, reads=reads or ()
        ):
            typer.echo(printable(statement))
        if not iam:
            todo = f"then, as an administrator: {next_step(user, host)}"
            typer.echo(printable(todo), err=True)


# From words to runs


def _feeds(
    sources: list[str] | None,
    config: str | None,
    names: list[str] | None,
    given: Mapping[str, Any],
) -> Iterator[Feed]:
    """The feeds that the command line means. Raises UsageError."""
    options = feed_options(given)
    if sources and names:
        raise UsageError("--feed picks feeds of csvferry.toml; leave out it or SOURCE")
    if sources:
        yield from [make_feed(source=source, **options) for source in sources]
    else:
        yield from select(_configured(config, options), names or (), options)


def _configured(config: str | None, options: Mapping[str, Any]) -> list[Feed]:
    """The feeds of the configuration; one that was only found gets no password to give away."""
    feeds = load_feeds(config, options)
    if config is None and "to" not in options:
        from csvferry.databases.connect import check_found_target

        for feed in feeds:
            check_found_target(feed.to)
    return feeds


def _each(kind: str, feeds: Iterator[Feed], as_json: bool) -> None:
    """A run for each file of each feed; the worst exit status counts."""
    worst = Exit.DONE
    with _told():
        for feed in feeds:
            for status in _run_feed(kind, feed, as_json):
                worst = status if worst is Exit.DONE or status is Exit.FAILED else worst
    if worst is not Exit.DONE:
        raise typer.Exit(worst)


def _run_feed(kind: str, feed: Feed, as_json: bool) -> Iterator[Exit]:
    """Runs that end badly, or a source that means no file, do not keep the others from theirs."""
    try:
        yield from _runs(kind, feed, as_json)
    except CsvFerryError as error:
        _complain(error)
        yield error.exit


def _runs(kind: str, feed: Feed, as_json: bool) -> Iterator[Exit]:
    from csvferry.cli.progress import progress
    from csvferry.commands.reports import reports

    for report, error in reports(kind, feed, progress):
        if as_json:
            _print(report.to_dict())
        else:
            from csvferry.cli.output import show

            show(report, kind)
        if error:
            _complain(error)
        yield error.exit if error else Exit.DONE


@contextmanager
def _ledger(
    to: str | None,
    config: str | None,
    names: list[str] | None,
    table: str | None,
    since: str | None = None,
) -> Iterator[tuple[str, "Database", "Selection"]]:
    """The target's address, a connection to it, and the runs that are meant. Raises UsageError."""
    from csvferry.databases.connect import open_database
    from csvferry.ledger import selection

    feeds: Sequence[Feed] = ()
    if names or (to is None and (config or Path(CONFIG).exists())):
        feeds = select(_configured(config, {"to": to} if to else {}), names or (), {})
    url = to or (feeds[0].to if feeds else DEFAULT_TARGET)
    chosen = selection.Selection(
        table=table,
        feeds=[feed_id(feed) for feed in feeds if names],
        since=selection.since(since, datetime.now(UTC)) if since else None,
    )
    with closing(open_database(url, read_only=True, untested=True)) as database:
        yield url, database, chosen


# From errors to exit statuses


class _told:  # noqa: N801  # used as a `with` block
    def __enter__(self) -> None:
        level = os.environ.get("LOG_LEVEL", "WARNING").upper()
        if level not in logging.getLevelNamesMapping():
            _leave(
                UsageError(f"LOG_LEVEL={level} is no level", "use DEBUG, INFO, WARNING or ERROR")
            )
        logging.basicConfig(
            stream=sys.stderr, level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
        )
        self._interrupted = False
        self._before = signal.signal(signal.SIGINT, self._interrupt)

    def _interrupt(self, *_: object) -> None:
        """DuckDB makes other errors of KeyboardInterrupt, so it is noted too."""
        self._interrupted = True
        raise KeyboardInterrupt

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        signal.signal(signal.SIGINT, self._before)
        if error and self._interrupted:
            typer.echo("csvferry: interrupted; what was not yet committed is undone", err=True)
            raise typer.Exit(130) from None
        if isinstance(error, Exception) and not isinstance(error, _OF_THE_SHELL):
            _leave(bare(error))


def _leave(error: CsvFerryError) -> None:
    _complain(error)
    raise typer.Exit(error.exit) from None


def _complain(error: CsvFerryError) -> None:
    from csvferry.cli.output import complain

    complain(str(error))


def _print(value: dict[str, Any]) -> None:
    typer.echo(json_line(value))


def run() -> None:
    """Run the command line; a closed pipe downstream is no error of ours."""
    try:
        app(prog_name="csvferry")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(Exit.FAILED)
