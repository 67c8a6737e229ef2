"""The server is stopped, or killed as by a power cut, during a run, and started again."""

from importlib import import_module
from pathlib import Path

import pytest

from faults.inprocess import sync
from faults.proxy import Proxy, after
from faults.scenario import Scenario
from servers import Server
from targets import Target


@pytest.fixture
def one(own_target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scenario:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return Scenario(own_target, tmp_path, "staged", "mirror")


@pytest.mark.parametrize("step", ["staged", "judged", "merged", "recorded"])
def test_a_server_killed_and_started_again_gets_everything_once(
    one: Scenario, own_server: Server, step: str
) -> None:
    def kill() -> None:
        own_server.kill()
        own_server.start()

    report, error = sync(one.options, **{step: kill})
    assert error is None
    assert report.status == "applied"
    assert one.finish() == []


def test_a_server_stopped_in_good_order_and_started_again_gets_everything_once(
    one: Scenario, own_server: Server
) -> None:
    def restart() -> None:
        own_server.stop()
        own_server.start()

    report, error = sync(one.options, staged=restart)
    assert error is None
    assert report.status == "applied"
    assert one.finish() == []


def test_a_server_killed_in_the_middle_of_load_data_gets_everything_once(
    one: Scenario, own_server: Server
) -> None:
    def kill() -> None:
        own_server.kill()
        own_server.start()

    with Proxy(one.target.url, after(8000, kill)) as wire:
        report, error = sync({**one.options, "to": wire.url})
    assert error is None
    assert report.status == "applied"
    assert one.finish() == []


def test_a_server_that_stays_away_fails_the_run_and_the_next_completes(
    one: Scenario, own_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    recovery = import_module("csvferry.run.commit_recovery")
    monkeypatch.setattr(recovery, "SERVER_WAIT", 0)
    report, error = sync(one.options, judged=own_server.kill)
    own_server.start()
    assert report.status == "failed"
    assert error is not None
    assert error.passing
    assert one.verdict() == "before"
    assert one.finish() == []
