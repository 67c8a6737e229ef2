"""Runs in the test's own process, in which a test can act at each named point."""

from collections.abc import Callable
from typing import Any

from csvferry.config.feed import make_feed
from csvferry.errors import CsvFerryError
from csvferry.model.phases import Controls, Phase, ProgressListener
from csvferry.model.report import Report
from csvferry.run.runner import Run, attempt
from csvferry.sources.source import find

Act = Callable[[], object]


def sync(options: dict[str, Any], **acts: Act) -> tuple[Report, CsvFerryError | None]:
    """A run; `acts` are done at the steps they are named after, the first time only."""
    left = dict(acts)

    def watch(step: Phase, done: int, total: int) -> None:
        if act := left.pop(step.value, None):
            act()

    return every(options, watch)


def every(options: dict[str, Any], watch: ProgressListener) -> tuple[Report, CsvFerryError | None]:
    """A run; `watch` is told each step."""
    feed = make_feed(**options)
    (source,) = find(feed.source)
    return attempt(Run(feed, source, controls=Controls(progress=watch)))
