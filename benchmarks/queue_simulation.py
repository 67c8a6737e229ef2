"""Feeds behind the queue, simulated: when each is applied, and what an hour of it costs.

    python -m benchmarks.queue_simulation [--feeds 10000] [--seconds 0.35] [--concurrency 8]

Nothing is sent anywhere. Objects come, one for each feed, spread over an hour or all at once; the
poller gathers a batch (1,000 messages or 30 seconds: `modules/lambda/queue.tf`), and a place of
the function's runs its feeds one after the other, as long as the next one still fits into its time.
What does not fit is returned, and seen again once its visibility has run out.
"""

from __future__ import annotations

import argparse
import heapq
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

BATCH, WINDOW = 1000, 30.0  # messages; seconds
RETURN = 60.0  # seconds over the function's timeout after which a returned message is seen again
HOUR = 3600.0

# USD, list prices of eu-west-1, 2025 (docs/operations.md, "Cost").
GB_SECOND, CALL = 0.0000133334, 0.20e-6
QUEUE_REQUEST, KEY_REQUEST = 0.40e-6, 0.03 / 10_000
PUT, GET = 0.005 / 1000, 0.0004 / 1000
METRICS = ((10_000, 0.30), (240_000, 0.10), (750_000, 0.05))  # a month, of the first so many
METRICS_OF_A_FEED = 11  # csvferry.aws.telemetry, of a run that was applied
HOURS = 730


@dataclass(frozen=True)
class Setup:
    """`seconds`: for a feed, in the function; `start`: of an invocation, with its connection."""

    feeds: int
    seconds: float
    start: float
    concurrency: int
    timeout: float
    memory_gb: float
    burst: bool


@dataclass
class Result:
    """Ages: seconds from an object to its commit."""

    ages: list[float] = field(default_factory=list)
    calls: int = 0
    busy: float = 0.0
    returned: int = 0
    drained: float = 0.0


def arrivals(setup: Setup) -> list[float]:
    """When each object comes."""
    if setup.burst:
        return [0.0] * setup.feeds
    chance = random.Random(19)
    return sorted(chance.uniform(0, HOUR) for _ in range(setup.feeds))


def simulate(setup: Setup) -> Result:
    """Until the queue is empty."""
    result = Result()
    waiting = [(when, when) for when in arrivals(setup)]  # when it is seen, when it came
    heapq.heapify(waiting)
    places = [0.0] * setup.concurrency  # when each is free
    while waiting:
        free = heapq.heappop(places)
        begin, batch = _gathered(waiting, free)
        at = begin + setup.start
        for came in batch:
            if at + setup.seconds > begin + setup.timeout:
                heapq.heappush(waiting, (begin + setup.timeout + RETURN, came))
                result.returned += 1
                continue
            at += setup.seconds
            result.ages.append(at - came)
        result.calls += 1
        result.busy += at - begin
        result.drained = max(result.drained, at)
        heapq.heappush(places, at)
    return result


def _gathered(waiting: list[tuple[float, float]], free: float) -> tuple[float, list[float]]:
    """A batch, and when it is handed over: full, or 30 seconds after its first message."""
    first = max(waiting[0][0], free)
    batch: list[float] = []
    begin = first
    while waiting and len(batch) < BATCH and waiting[0][0] <= first + WINDOW:
        seen, came = heapq.heappop(waiting)
        begin = max(begin, seen)
        batch.append(came)
    return (begin if len(batch) == BATCH else first + WINDOW), batch


def costs(setup: Setup, result: Result) -> Iterator[tuple[str, float]]:
    """USD of this hour, by line."""
    messages = setup.feeds + result.returned
    yield "function", result.busy * setup.memory_gb * GB_SECOND + result.calls * CALL
    yield "queue: sent one by one, taken and deleted by tens", (messages * 1.2) * QUEUE_REQUEST
    yield "key, for each message sent", setup.feeds * KEY_REQUEST
    yield "bucket: list, what is known, object, snapshot", setup.feeds * (4 * PUT + 4 * GET)
    yield f"metrics, {METRICS_OF_A_FEED} a feed", _metrics(setup.feeds * METRICS_OF_A_FEED) / HOURS


def _metrics(number: int) -> float:
    cost = 0.0
    for most, price in METRICS:
        taken = min(number, most)
        cost, number = cost + taken * price, number - taken
    return cost


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=0.35, help="of a feed")
    parser.add_argument("--start", type=float, default=3.0, help="seconds of an invocation")
    parser.add_argument("--concurrency", type=int, default=8, help="places for the queue")
    parser.add_argument("--timeout", type=float, default=900.0, help="seconds of the function")
    parser.add_argument("--memory", type=float, default=2.0, help="GB of the function")
    chosen = parser.parse_args(arguments)
    for burst in (False, True):
        setup = Setup(
            chosen.feeds, chosen.seconds, chosen.start, chosen.concurrency, chosen.timeout,
            chosen.memory, burst,
        )  # fmt: skip
        _tell(setup, simulate(setup))


def _tell(setup: Setup, result: Result) -> None:
    ages = sorted(result.ages)
    came = "all at once" if setup.burst else "over an hour"
    print(f"{setup.feeds:,} objects {came}, {setup.concurrency} places, {setup.seconds} s a feed:")
    print(f"  applied after {ages[len(ages) // 2]:,.0f} s (half), {ages[-1]:,.0f} s (the last)")
    print(f"  {result.calls:,} calls, {result.busy:,.0f} s of the function")
    print(f"  {result.returned:,} messages returned; empty after {result.drained:,.0f} s")
    lines = list(costs(setup, result))
    for name, cost in lines:
        print(f"  {cost:9.4f} USD  {name}")
    total = sum(cost for _, cost in lines)
    print(f"  {total:9.4f} USD an hour, {total * HOURS:,.0f} a month of such hours, "
          "without the database")  # fmt: skip


if __name__ == "__main__":
    main()
