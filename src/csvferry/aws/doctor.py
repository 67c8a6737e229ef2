"""`csvferry doctor` inside the function: its secret, its time and memory, and each feed."""

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from csvferry.aws.credentials import Credentials, credentials
from csvferry.aws.database_access import Connector
from csvferry.aws.queries.past_runs import tables_checked
from csvferry.aws.settings import Settings
from csvferry.commands.doctor import Finding, examine
from csvferry.commands.doctor.finding import wrong
from csvferry.commands.doctor.last_look import looked
from csvferry.config.feed import Feed
from csvferry.databases.mysql.session.url import MysqlTarget
from csvferry.errors import CsvFerryError

_LEAST_SECONDS = 60.0
_LEAST_MEMORY = 512  # MB


def diagnose(
    settings: Settings, feeds: Sequence[Feed], time_left: Callable[[], float]
) -> list[dict[str, Any]]:
    """The findings of every feed as JSON, each with the feed's name; none holds a secret."""
    found = [{"feed": None, **finding.to_dict()} for finding in _function(settings, time_left())]
    for feed in feeds:
        found += [{"feed": feed.label, **f.to_dict()} for f in _feed(settings, feed, time_left)]
    return found


def _function(settings: Settings, seconds: float) -> Iterator[Finding]:
    yield secret(settings)
    yield time(seconds)
    yield memory(int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "0")))


def secret(settings: Settings) -> Finding:
    """What the database is told can be had, fresh."""
    name = "secret" if settings.sign_in == "secret" else "IAM token"
    try:
        known = credentials(settings, fresh=True)
    except CsvFerryError as error:
        return wrong(name, error)
    return Finding(name, True, f"for the user {known.user}")


def time(seconds: float) -> Finding:
    """Enough of the function's time is left for a run."""
    detail = f"{seconds:.0f} s left of this invocation"
    if seconds >= _LEAST_SECONDS:
        return Finding("time", True, detail)
    return Finding("time", False, detail, "raise the function's timeout (timeout_seconds)")


def memory(megabytes: int) -> Finding:
    """The function has memory for DuckDB beside its libraries."""
    if not megabytes:
        return Finding("function's memory", None, "the environment does not say")
    detail = f"{megabytes} MB"
    if megabytes >= _LEAST_MEMORY:
        return Finding("function's memory", True, detail)
    return Finding("function's memory", False, detail, "raise the function's memory (memory_mb)")


def _feed(settings: Settings, feed: Feed, time_left: Callable[[], float]) -> Iterator[Finding]:
    connector = Connector(settings, time_left)
    try:
        known = credentials(settings)
    except CsvFerryError:
        known = Credentials(settings.user or "", "")
    yield from examine(feed, connector, _target(settings, known))
    yield looked(tables_checked(settings, [feed])[feed.label])


def _target(settings: Settings, known: Credentials) -> MysqlTarget:
    """Where the function connects to, for the checks of name, port and TLS."""
    target = MysqlTarget(settings.host, settings.database, known.user, port=settings.port)
    if target.loopback and not settings.ca and settings.sign_in != "iam":
        return target
    return target.verified(settings.ca_file)
