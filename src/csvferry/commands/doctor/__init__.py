"""`csvferry doctor`: tries each thing that a run needs, changes nothing, says how to mend it.

Each check is a small function that returns a Finding; `examine` walks them in the order in which
a run meets them, and leaves out those that can't be right since an earlier one is wrong.
"""

from collections.abc import Callable, Iterator
from contextlib import closing

from csvferry.commands.doctor.finding import Finding, wrong
from csvferry.commands.doctor.last_look import last_look
from csvferry.commands.doctor.ledger import ledger
from csvferry.commands.doctor.machine import machine
from csvferry.commands.doctor.network import network
from csvferry.commands.doctor.privileges import grants
from csvferry.commands.doctor.server import server
from csvferry.commands.doctor.source import Seen, source
from csvferry.config.feed import Feed, table_name
from csvferry.databases.base import Database
from csvferry.databases.connect import open_database
from csvferry.databases.mysql.session.url import MysqlTarget, parse_mysql_url
from csvferry.errors import CsvFerryError, SignInError

__all__ = ["Finding", "examine"]


def examine(
    feed: Feed,
    connect: Callable[[], Database] | None = None,
    target: MysqlTarget | None = None,
) -> Iterator[Finding]:
    """Findings in the order of a run. `connect` and `target` where the feed's `to` does not count.

    Raises nothing of csvferry's: what goes wrong is a finding.
    """
    seen = Seen()
    yield from source(feed, seen)
    yield from machine(feed, seen.size)
    try:
        target = target or _target(feed)
    except CsvFerryError as error:
        yield wrong("address of the database", error)
        return
    if target:
        reached = True
        for finding in network(target):
            reached = finding.ok is not False
            yield finding
        if not reached:
            return
    yield from _signed_in(feed, connect or _connector(feed), target, own=connect is None)


def _target(feed: Feed) -> MysqlTarget | None:
    if feed.to.startswith(("mysql://", "mariadb://")):
        return parse_mysql_url(feed.to)
    return None


def _connector(feed: Feed) -> Callable[[], Database]:
    return lambda: open_database(feed.to, read_only=True, untested=True)


def _signed_in(
    feed: Feed, connect: Callable[[], Database], target: MysqlTarget | None, *, own: bool
) -> Iterator[Finding]:
    """What only a connection can tell. `own`: the feed's state says when its table was seen."""
    try:
        database = connect()
    except SignInError as error:
        mend = "check user name and password; is the user allowed from this host?"
        yield Finding("sign-in", False, error.message, mend)
        return
    except CsvFerryError as error:
        yield wrong("sign-in", error)
        return
    with closing(database):
        yield Finding("sign-in", True, f"{database.server.value}")
        try:
            if target is not None:
                yield from server(database, load=target.local_infile)
                table = feed.table or table_name(feed.source)
                yield from grants(database, table, marks=feed.mark_column is not None)
            yield ledger(database)
            if own:
                yield from last_look(feed, database)
        except CsvFerryError as error:
            yield wrong("database", error)
