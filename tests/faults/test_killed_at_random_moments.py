"""SIGKILL at moments nobody chose: at some call of a function, after some byte on the wire."""

import random
from collections.abc import Callable
from dataclasses import replace
from queue import SimpleQueue
from typing import Any

import pytest

from faults.driver import report, run, start
from faults.proxy import Proxy, after
from faults.scenario import Scenario
from targets import Target

KILLS = 6


@pytest.mark.parametrize("way", ["new", "staged"])
def test_a_run_killed_at_some_call_is_done_or_not_done(
    scenario: Callable[..., Scenario], way: str
) -> None:
    whole = scenario(way, "mirror")
    order = whole.order(count=True)
    run(order)
    calls = report(order)["calls"]
    chance = random.Random(f"{way} {whole.target.kind}")
    one = scenario(way, "mirror")
    for _ in range(KILLS):
        run(one.order(calls=chance.randrange(calls)))
        assert one.verdict() in ("before", "after")
    assert one.finish() == []


@pytest.mark.parametrize("way", ["empty", "staged"])
def test_a_run_killed_after_some_byte_is_done_or_not_done(
    scenario: Callable[..., Scenario], database: Target, way: str
) -> None:
    if database.kind == "sqlite":
        return  # it has no wire
    one = scenario(way, "upsert")
    chance = random.Random(way)
    for _ in range(KILLS):
        _kill_after(chance.randrange(25_000), one)
        assert one.verdict() in ("before", "after")
    assert one.finish() == []


def _kill_after(count: int, one: Scenario) -> None:
    """Kill a run when it has sent so many bytes to the server."""
    started: SimpleQueue[Any] = SimpleQueue()
    with Proxy(one.target.url, after(count, lambda: started.get().kill())) as wire:
        order = one.order()
        child = start(replace(order, options={**order.options, "to": wire.url}))
        started.put(child)
        child.join()
