"""The command line: words to feeds, errors to exit statuses. Results on standard output, the rest
on standard error."""

import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer
from typer.models import CommandInfo

from csvferry.cli import ledger_commands
from csvferry.cli.feed_runs import Telling, run_each
from csvferry.cli.invocation import errors_reported, feeds_of, print_json
from csvferry.cli.options import (
    Commands,
    Config,
    FeedNames,
    Json,
    MetricsFile,
    Sources,
    option,
    takes_feed,
)
from csvferry.errors import Exit
from csvferry.model.mapping import Mode
from csvferry.printable import printable
from csvferry.version import __version__

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


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"csvferry {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
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
    metrics_file: MetricsFile = None,
    **given: Any,
) -> None:
    """Make the table follow the file."""
    run_each("sync", feeds_of(sources, config, feed, given), Telling(json, metrics=metrics_file))


@app.command(epilog="Example: csvferry plan people.csv --to mysql://app@db/shop --mode mirror")
@takes_feed("plan")
def plan(
    sources: Sources = None,
    json: Json = False,
    config: Config = None,
    feed: FeedNames = None,
    markdown: Annotated[
        bool,
        typer.Option("--markdown", help="For a comment on a pull request, with its samples."),
    ] = False,
    **given: Any,
) -> None:
    """Show what sync would change; write nothing.

    The same run up to its last step: what it would insert, update, delete and reject, with a sample
    of each. Rows are written, and that is undone, only where nothing else tells what the server
    refuses, as under a trigger.
    """
    if json and markdown:
        raise typer.BadParameter("--json and --markdown are two forms of one plan")
    run_each("plan", feeds_of(sources, config, feed, given), Telling(json, markdown))


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

    Prints dialect, columns, types and rejects.
    """
    run_each("check", feeds_of(sources, config, feed, given), Telling(json))


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
    sample: Annotated[
        int,
        typer.Option("--sample", metavar="N", min=0, help="Name at most so many keys that differ."),
    ] = 20,
    metrics_file: MetricsFile = None,
    **given: Any,
) -> None:
    """Compare the whole table with the file; read only.

    As the last run filled it, or by --mode. Keys that are missing, different or extra are named.
    """
    kind = "repair" if repair else "verify"
    telling = Telling(json, sample=sample, metrics=metrics_file)
    run_each(kind, feeds_of(sources, config, feed, given), telling)


app.command(epilog="Example: csvferry history --to mysql://app@db/shop --since 7d")(
    ledger_commands.history
)
app.command(epilog="Example: csvferry rejects --to mysql://app@db/shop --export fix.csv")(
    ledger_commands.rejects
)
app.command(epilog="Example: csvferry report --to mysql://app@db/shop --html runs.html")(
    ledger_commands.report
)


@app.command(epilog="Example: csvferry dialects")
def dialects(json: Json = False) -> None:
    """List what --dialect may name.

    With what each sets, and the programs and versions it was checked with.
    """
    from csvferry.config.read_options import PRESETS

    for preset in PRESETS.values():
        if json:
            print_json(asdict(preset))
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
    is named, with how to fix it.
    """
    from csvferry.commands.doctor import examine

    with errors_reported():
        given = {"to": to, "table": table, "mode": mode, "state": state}
        wrong = False
        for chosen in feeds_of([source] if source else None, config, feed, given):
            for finding in examine(chosen.feed):
                wrong |= finding.ok is False
                if json:
                    print_json(finding.to_dict())
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
    marks: Annotated[
        bool,
        typer.Option(
            "--marks",
            help="The feeds mark rows (--on-delete mark:COL): no right to delete any.",
        ),
    ] = False,
    cluster: Annotated[
        bool, typer.Option("--cluster", help="On a Galera cluster, where a lock is a row.")
    ] = False,
) -> None:
    """Print the SQL of the least grants.

    It makes a database user with the rights that a run needs and no others. Without --iam the user
    is made locked; what opens it, with a password of yours, is printed on standard error.
    """
    from csvferry.commands.grants import next_step, statements

    with errors_reported():
        for statement in statements(
            user,
            database,
            table or (),
            iam=iam,
            host=host,
            make=not existing,
            reads=reads or (),
            marks=marks,
            locks=cluster,
        ):
            typer.echo(printable(statement))
        if not iam:
            todo = f"then, as an administrator: {next_step(user, host)}"
            typer.echo(printable(todo), err=True)


def _called(commands: list[CommandInfo], first: Sequence[str]) -> list[CommandInfo]:
    """The one that the first word names, else all: Typer takes 5 ms to make one of them."""
    named = [c for c in commands if c.callback and [c.name or c.callback.__name__] == list(first)]
    return named or commands


def run() -> None:
    """Run the command line; a closed pipe downstream is no error of ours."""
    app.registered_commands = _called(app.registered_commands, sys.argv[1:2])
    try:
        app(prog_name="csvferry")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(Exit.FAILED)
