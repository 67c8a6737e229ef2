"""Gate and tablet are killed during a run and started again: all or nothing, and once.

CSVFERRY_TEST_VITESS_RESTART is the command that does so with those of CSVFERRY_TEST_VITESS.
"""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from cli.shell import Shell
from faults.inprocess import sync
from faults.proxy import Proxy
from faults.scenario import Scenario
from vitess.keyspaces import ADDRESS, emptied_keyspace
from vitess.restart import AtTheCommit, Restart

RESTART = Restart("CSVFERRY_TEST_VITESS_RESTART")
HOME = Path(__file__).parents[2]
RECOVERY = import_module("csvferry.run.commit_recovery")


@pytest.fixture
def one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scenario]:
    if not (ADDRESS and RESTART):
        pytest.skip("CSVFERRY_TEST_VITESS or CSVFERRY_TEST_VITESS_RESTART is not set")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(RECOVERY, "SERVER_WAIT", 200)  # a busy machine starts them slowly
    with emptied_keyspace() as keyspace:
        yield Scenario(keyspace, tmp_path, "staged", "mirror")


@pytest.mark.parametrize("step", ["staged", "recorded", "committed"])
def test_a_run_during_which_both_are_killed_gets_everything_once(one: Scenario, step: str) -> None:
    report, error = sync(one.options, **{step: RESTART})
    assert error is None
    assert report.status == "applied"
    assert one.finish() == []


@pytest.mark.parametrize("seconds", [0, 0.002, 0.02])
def test_a_commit_in_which_both_are_killed_is_made_once(one: Scenario, seconds: float) -> None:
    kill = AtTheCommit(RESTART, seconds)
    with Proxy(one.target.url, kill) as wire:
        report, error = sync({**one.options, "to": wire.url})
    kill.wait()
    assert error is None
    assert report.status == "applied"
    assert one.verdict() == "after"
    assert one.finish() == []


@pytest.mark.parametrize("seconds", [0, 0.005])
def test_where_they_stay_away_the_ledger_tells_the_next_run(
    one: Scenario, seconds: float, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RECOVERY, "SERVER_WAIT", 0)
    kill = AtTheCommit(RESTART, seconds)
    with Proxy(one.target.url, kill) as wire:
        report, error = sync({**one.options, "to": wire.url})
    kill.wait()
    applied = one.verdict() == "after"
    assert applied or one.verdict() == "before"
    if report.status == "applied":
        assert applied
    else:
        assert error is not None
        assert error.passing
    told = shell.run("history", "--to", one.target.url, "--json").reports
    assert len([entry for entry in told if entry["status"] == "applied"]) == 1 + applied
    assert one.sync()["status"] == ("unchanged" if applied else "applied")
    assert one.faults() == []
