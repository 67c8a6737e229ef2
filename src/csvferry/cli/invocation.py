"""One call of the command line: its feeds, its errors as exit statuses, its lines of JSON."""

import logging
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import typer

from csvferry.cli.options import feed_options
from csvferry.cli.source_words import Asked, asked
from csvferry.config.feed import Feed
from csvferry.config.feeds_file import load_feeds, select
from csvferry.errors import CsvFerryError, UsageError, bare
from csvferry.printable import json_line

_PLAIN = "csvferry: %(message)s"
_DETAILED = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_OF_THE_SHELL = (typer.Exit, typer.Abort, typer.BadParameter, BrokenPipeError)


def feeds_of(
    sources: list[str] | None,
    config: str | None,
    names: list[str] | None,
    given: Mapping[str, Any],
) -> Iterator[Asked]:
    """The feeds that the command line means. Raises UsageError."""
    options = feed_options(given)
    if sources and (names or config):
        word = "--feed" if names else "--config"
        raise UsageError(f"{word} is about feeds of a configuration; leave out it or SOURCE")
    if sources:
        yield from asked(sources, options)
    else:
        feeds = select(configured(config, options), names or (), options)
        yield from (Asked(feed) for feed in feeds)


def configured(config: str | None, options: Mapping[str, Any]) -> list[Feed]:
    """The feeds of the configuration; one that was only found gets no password to give away."""
    feeds = load_feeds(config, options)
    if config is None and "to" not in options:
        from csvferry.databases.connect import check_found_target

        for feed in feeds:
            check_found_target(feed.to)
    return feeds


class errors_reported:  # noqa: N801  # used as a `with` block
    """Errors within are printed as one line and become exit statuses."""

    def __enter__(self) -> None:
        level = os.environ.get("LOG_LEVEL", "WARNING").upper()
        if level not in logging.getLevelNamesMapping():
            _leave(
                UsageError(f"LOG_LEVEL={level} is no level", "use DEBUG, INFO, WARNING or ERROR")
            )
        asked = "LOG_LEVEL" in os.environ  # by somebody who looks for a fault
        logging.basicConfig(stream=sys.stderr, level=level, format=_DETAILED if asked else _PLAIN)
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
    complain(error)
    raise typer.Exit(error.exit) from None


def complain(error: CsvFerryError) -> None:
    """Print an error on standard error."""
    from csvferry.cli.output import show_error

    show_error(str(error))


def print_json(value: dict[str, Any]) -> None:
    """One line of JSON on standard output."""
    typer.echo(json_line(value))
