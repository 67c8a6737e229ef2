"""The function's entry point: an event comes in, feeds run one after the other, reports go out."""

import os
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from csvferry.aws.events.queue import Batch
from csvferry.aws.events.request import Order, RunOrder, concerned, means, named, read_event
from csvferry.aws.events.wake_up import WakeUp
from csvferry.aws.runs.feed_run import Way
from csvferry.aws.runs.invocation import Invocation
from csvferry.aws.runs.outcome import FeedOutcome, not_tried
from csvferry.aws.settings import Settings, read_settings
from csvferry.aws.telemetry import logger, publish_not_understood
from csvferry.config.feed import Feed
from csvferry.errors import RunsFailedError, bare


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """What one event asks for, as docs/function.md says. Raises CsvFerryError.

    Runs give `{"reports": [...]}`, each the contract's JSON, and raise RunsFailedError if any
    failed. A batch of a queue gives `{"batchItemFailures": [...]}` alone and raises for settings
    that are wrong. A run that a guard stopped fails nothing: trying again would end the same way.
    It is in the reports and in the metric RunsGuarded, which has an alarm of its own.
    """
    logger.append_keys(function_request_id=getattr(context, "aws_request_id", ""))

    def time_left() -> float:
        return float(context.get_remaining_time_in_millis()) / 1000

    try:
        settings, feeds = _environment()
        return _answer(read_event(event), settings, feeds, time_left)
    except Exception as error:  # noqa: BLE001  # Lambda itself logs the words of what is raised
        failure = bare(error)
    if not isinstance(failure, RunsFailedError):
        logger.error(str(failure))
    raise failure


def _environment() -> tuple[Settings, list[Feed]]:
    """Checked once; feeds that are kept in a bucket are read each time, since they may change."""
    if os.environ.get("CSVFERRY_FEEDS", "").strip().startswith("s3://"):
        return read_settings(os.environ)
    return _read_environment()


@cache
def _read_environment() -> tuple[Settings, list[Feed]]:
    return read_settings(os.environ)


def _answer(
    order: Order, settings: Settings, feeds: Sequence[Feed], time_left: Callable[[], float]
) -> dict[str, Any]:
    if isinstance(order, RunOrder):
        chosen = concerned(named(feeds, order.feed), order.wake_up)
        return _run(chosen, Invocation(settings, time_left, Way(order.plan, order.full)))
    if isinstance(order, Batch):
        return _run_batch(order, feeds, Invocation(settings, time_left))
    from csvferry.aws.queries.answers import answer

    return answer(order, settings, named(feeds, order.feed), time_left)


def _run(feeds: Sequence[Feed], invocation: Invocation) -> dict[str, Any]:
    invocation.run(feeds)
    invocation.publish()
    if failures := not_tried(invocation.outcomes):
        raise RunsFailedError("; ".join(failures))
    answer: dict[str, Any] = {"reports": invocation.reports()}
    if handed_over := [outcome.feed for outcome in invocation.outcomes if outcome.handed_over]:
        answer["handed_over"] = handed_over
    return answer


def _run_batch(batch: Batch, feeds: Sequence[Feed], invocation: Invocation) -> dict[str, Any]:
    """Each feed that the messages are about runs once; returned is what must be tried again."""
    for message in batch.messages:
        if message.fault:
            logger.error(message.fault, message_id=message.id)
    outcomes = invocation.run(concerned(feeds, batch.wake_up))
    invocation.publish(queued=True)
    if strange := sum(message.wake_up is None for message in batch.messages):
        publish_not_understood(strange)
    by_feed = list(zip(concerned(feeds, batch.wake_up), outcomes, strict=True))
    answer = batch.answer(lambda wake_up: _settled(wake_up, by_feed))
    logger.info("batch", messages=len(batch.messages), returned=len(answer["batchItemFailures"]))
    return answer


def _settled(wake_up: WakeUp, by_feed: Sequence[tuple[Feed, FeedOutcome]]) -> bool:
    """Whether every feed that a message is about is done with what the message tells of."""
    if wake_up.objects is None:
        return all(outcome.complete for _, outcome in by_feed)
    return all(
        outcome.settles(uri)
        for feed, outcome in by_feed
        for uri in wake_up.objects
        if means(feed.source, uri)
    )
