"""A sharded keyspace: clients, gate and tablets that are killed leave all shards or none changed.

CSVFERRY_TEST_VITESS_CLUSTER_RESTART is the command that kills gate and tablets and starts them.
"""

from collections.abc import Iterator
from importlib import import_module
from multiprocessing import Pipe
from pathlib import Path
from threading import Event

import pytest

from faults.driver import report, run, start
from faults.inprocess import sync
from faults.proxy import COMMIT, Proxy, always, once
from faults.scenario import END, Scenario, points
from vitess.restart import AtTheCommit, Restart
from vitess.sharded import emptied_shards

RESTART = Restart("CSVFERRY_TEST_VITESS_CLUSTER_RESTART")
HOME = Path(__file__).parents[2]
RECOVERY = import_module("csvferry.run.commit_recovery")
needs_restart = pytest.mark.skipif(
    not RESTART, reason="CSVFERRY_TEST_VITESS_CLUSTER_RESTART is not set"
)


@pytest.fixture
def one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scenario]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(RECOVERY, "SERVER_WAIT", 200)  # a busy machine starts them slowly
    with emptied_shards() as shards:
        yield Scenario(shards, tmp_path, "staged", "mirror")


@pytest.mark.parametrize("point", points("staged")[1:])
def test_a_client_killed_at_a_point_has_done_all_or_nothing(one: Scenario, point: str) -> None:
    assert run(one.order(step=point)) is None
    assert one.verdict() == ("after" if point in END[2:] else "before")
    assert one.finish() == []


@pytest.mark.parametrize("rule", ["cut", "cut after"])
def test_a_connection_cut_at_the_commit_is_settled_by_the_ledger(one: Scenario, rule: str) -> None:
    with Proxy(one.target.url.partition("?")[0], once(COMMIT, rule)) as wire:
        found, error = sync({**one.options, "to": wire.url + "?ledger=ua"})
    assert (found.status, error) == ("applied", None)
    assert one.finish() == []


def test_a_commit_that_never_gets_through_leaves_nothing(one: Scenario) -> None:
    with Proxy(one.target.url.partition("?")[0], always(COMMIT, "cut")) as wire:
        found, error = sync({**one.options, "to": wire.url + "?ledger=ua"})
    assert found.status == "failed"
    assert error is not None
    assert error.passing
    assert one.verdict() == "before"
    assert one.finish() == []


def test_of_two_runs_at_once_the_second_finds_it_done(one: Scenario) -> None:
    here, there = Pipe()
    first = start(one.order(hold=there, hold_at="judged"))
    here.recv()
    second = start(one.order())
    here.send("go on")
    first.join()
    second.join()
    assert report(one.order())["status"] in ("applied", "unchanged")
    assert one.finish() == []


def test_a_run_on_another_table_leaves_staging_tables_of_this_one(
    one: Scenario, tmp_path: Path
) -> None:
    other = Scenario(one.target, tmp_path / "other", "staged", "mirror", table="others")
    here, there = Pipe()
    child = start(one.order(hold=there, hold_at="staged"))
    here.recv()
    staged = {table for table in one.target.tables() if table.startswith("csvferry_stage_")}
    assert other.sync()["status"] == "applied"
    assert {table for table in one.target.tables() if table in staged} == staged != set()
    here.send("go on")
    child.join()
    assert one.finish() == []


def _settled(one: Scenario) -> str:
    """The verdict, once what was decided has come to each shard."""
    for _ in range(300):
        if (found := one.verdict()) in ("before", "after"):
            return found
        Event().wait(0.1)
    return one.verdict()


@needs_restart
@pytest.mark.parametrize("step", ["staged", "recorded", "committed"])
def test_gate_and_tablets_killed_during_a_run(one: Scenario, step: str) -> None:
    found, error = sync(one.options, **{step: RESTART})
    assert error is None or error.passing
    assert _settled(one) == ("after" if found.status == "applied" else "before")
    assert one.finish() == []


@needs_restart
@pytest.mark.parametrize("seconds", [0, 0.002, 0.005, 0.01, 0.02])
def test_gate_and_tablets_killed_in_mid_commit(one: Scenario, seconds: float) -> None:
    kill = AtTheCommit(RESTART, seconds)
    with Proxy(one.target.url.partition("?")[0], kill) as wire:
        found, error = sync({**one.options, "to": wire.url + "?ledger=ua"})
    kill.wait()
    assert error is None or error.passing
    assert _settled(one) == ("after" if found.status == "applied" else "before")
    assert one.finish() == []
