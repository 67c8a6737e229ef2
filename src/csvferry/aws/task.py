"""A feed that outgrows the function, run as a task: `python -m csvferry.aws.task`.

The environment is the function's, and CSVFERRY_FEED: the feed's name, or the key of the marker
object that started the task. Nobody tries a task again, so its exit status tells how it ended:
0 done, or another run has the feed; 1 failed; 2 invalid settings; 3 stopped by a guard.
"""

import math
import os
import sys
from collections.abc import Mapping, Sequence

from csvferry.aws.events.request import named
from csvferry.aws.runs.feed_run import Way
from csvferry.aws.runs.invocation import Invocation
from csvferry.aws.runs.marker import feed_of
from csvferry.aws.runs.outcome import FeedOutcome
from csvferry.aws.settings import read_settings
from csvferry.aws.telemetry import logger
from csvferry.config.feed import Feed
from csvferry.errors import CsvFerryError, Exit, SettingsError


def main(environment: Mapping[str, str]) -> int:
    """Run the feed until it has nothing new; the exit status."""
    try:
        settings, feeds = read_settings(environment)
        (feed,) = _asked(environment, feeds)
        invocation = Invocation(settings, lambda: math.inf, Way(task=True))
    except CsvFerryError as error:
        logger.error(str(error))
        return error.exit
    logger.append_keys(feed=feed.label)
    while _went_on(invocation.run([feed])):
        logger.info("looking for files that came meanwhile")
    invocation.publish()
    return exit_status(invocation.outcomes)


def _asked(environment: Mapping[str, str], feeds: Sequence[Feed]) -> Sequence[Feed]:
    text = environment.get("CSVFERRY_FEED", "").strip()
    if not text:
        raise SettingsError("CSVFERRY_FEED is not set", "it names the feed, or its marker's key")
    return named(feeds, text if text in [feed.label for feed in feeds] else feed_of(text))


def _went_on(outcomes: Sequence[FeedOutcome]) -> bool:
    """Whether something was applied, so that more may have come meanwhile."""
    return all(outcome.complete for outcome in outcomes) and any(
        report.status == "applied" for outcome in outcomes for report in outcome.reports
    )


def exit_status(outcomes: Sequence[FeedOutcome]) -> Exit:
    """Of all that was tried, the worst; a feed that another run holds is that run's work."""
    if any(outcome.failures or (outcome.returned and not outcome.busy) for outcome in outcomes):
        return Exit.FAILED
    if any(report.status == "guarded" for outcome in outcomes for report in outcome.reports):
        return Exit.GUARDED
    return Exit.DONE


if __name__ == "__main__":
    sys.exit(main(os.environ))
