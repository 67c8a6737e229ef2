"""What follows a run: a program of the feed's is started, with the report as JSON on its input."""

import os
import subprocess
from typing import Any

from csvferry.config.environment import SECRETS
from csvferry.config.feed import Feed
from csvferry.errors import CsvFerryError
from csvferry.model.report import Report
from csvferry.printable import get_logger, json_line

log = get_logger(__name__)

LONGEST = 300  # seconds that the program may take
CALLING = ("sync", "verify", "repair")  # what programs are started after


def without_report(feed: Feed, error: CsvFerryError) -> dict[str, Any]:
    """The report of a feed of which no run began."""
    source, target = {"uri": feed.source}, {"table": feed.table}
    known = {"run": None, "status": "failed", "feed": feed.label, "mode": feed.mode.value}
    return {**known, "source": source, "target": target, "message": str(error)}


def call(feed: Feed, told: Report | dict[str, Any], *, well: bool) -> None:
    """Start the feed's program for this end, if it has one, and wait for it.

    No shell is between, and no password is in its environment. What it prints goes to standard
    error; how it ends changes nothing but a line there.
    """
    words = feed.on_success if well else feed.on_failure
    if not words:
        return
    name = "on_success" if well else "on_failure"
    line = json_line(told.to_dict() if isinstance(told, Report) else told) + "\n"
    own = {key: value for key, value in os.environ.items() if key not in SECRETS}
    try:
        done = subprocess.run(  # noqa: S603  # a list that the user wrote, in a file they named
            words, input=line.encode(), stdout=2, env=own, timeout=LONGEST, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        log.warning("%s of %s: %s", name, feed.label, _reason(error))
        return
    if done.returncode:
        log.warning("%s of %s ended with status %d", name, feed.label, done.returncode)


def _reason(error: OSError | subprocess.TimeoutExpired) -> str:
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return f"stopped after {LONGEST} s"
