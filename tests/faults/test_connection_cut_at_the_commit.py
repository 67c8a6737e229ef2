"""The connection is cut before or after COMMIT got through: the ledger tells which it was."""

from collections.abc import Callable, Iterator
from importlib import import_module

import pytest

from faults.inprocess import sync
from faults.proxy import COMMIT, Proxy, Rule, always, once
from faults.scenario import Scenario
from targets import Target, fresh_database
from vitess.keyspaces import VITESS, emptied_keyspace

Cut = Callable[[str, str, Rule], tuple[Scenario, dict[str, object]]]


@pytest.fixture(params=("mariadb", "mysql", *VITESS), scope="module")
def database(request: pytest.FixtureRequest) -> Iterator[Target]:
    if request.param == "vitess":
        with emptied_keyspace() as keyspace:
            yield keyspace
        return
    with fresh_database(request.getfixturevalue(f"{request.param}_url")) as url:
        yield Target(request.param, url)


@pytest.fixture
def cut(scenario: Callable[..., Scenario], monkeypatch: pytest.MonkeyPatch) -> Cut:
    """A run over a wire with a rule; the scenario and the report."""

    def cut(way: str, mode: str, rule: Rule) -> tuple[Scenario, dict[str, object]]:
        one = scenario(way, mode)
        (one.folder / "scratch").mkdir(exist_ok=True)
        monkeypatch.setenv("XDG_STATE_HOME", str(one.folder / "state"))
        with Proxy(one.target.url, rule) as wire:
            report, error = sync({**one.options, "to": wire.url})
        return one, {**report.to_dict(), "error": type(error).__name__}

    return cut


@pytest.mark.parametrize("way", ["new", "delta", "staged"])
def test_a_commit_that_did_not_get_through_is_made_by_the_next_try(cut: Cut, way: str) -> None:
    one, report = cut(way, "mirror", once(COMMIT, "cut"))
    assert report["status"] == "applied"
    assert one.faults() == []


@pytest.mark.parametrize("way", ["new", "delta", "staged"])
def test_a_commit_whose_answer_was_lost_is_found_in_the_ledger(cut: Cut, way: str) -> None:
    one, report = cut(way, "mirror", once(COMMIT, "cut after"))
    assert report["status"] == "applied"
    assert sum(report["rows"].values()) > 0  # type: ignore[attr-defined]
    assert one.faults() == []


def test_a_commit_that_never_gets_through_leaves_nothing(cut: Cut) -> None:
    one, report = cut("staged", "mirror", always(COMMIT, "cut"))
    assert (report["status"], report["error"]) == ("failed", "CommitInDoubtError")
    assert one.verdict() == "before"
    assert one.finish() == []


def test_a_commit_whose_answer_is_lost_at_the_last_try_is_no_failure(cut: Cut) -> None:
    rules = [once(COMMIT, "cut"), once(COMMIT, "cut"), once(COMMIT, "cut after")]

    def rule(piece: bytes) -> str:
        return rules.pop(0)(piece) if rules and COMMIT in piece else "pass"

    one, report = cut("staged", "mirror", rule)
    assert report["status"] == "applied"
    assert one.faults() == []


def test_a_server_that_is_gone_after_the_commit_is_told_of_as_such(
    cut: Cut, monkeypatch: pytest.MonkeyPatch
) -> None:
    recovery = import_module("csvferry.run.commit_recovery")
    monkeypatch.setattr(recovery, "SERVER_WAIT", 0)
    gone = False

    def rule(piece: bytes) -> str:
        nonlocal gone
        if gone:
            return "cut"
        gone = COMMIT in piece
        return "cut after" if gone else "pass"

    one, report = cut("staged", "mirror", rule)
    assert report["status"] == "failed"
    assert "whether" in str(report["message"])
    assert one.verdict() == "after"
    assert one.sync()["status"] == "unchanged"


@pytest.mark.parametrize(
    "mark", [b"LOAD DATA", b"START TRANSACTION", b"csvferry_runs", b"GET_LOCK"]
)
def test_a_connection_cut_elsewhere_is_made_anew(cut: Cut, mark: bytes) -> None:
    one, report = cut("staged", "mirror", once(mark, "cut"))
    assert report["status"] == "applied"
    assert one.faults() == []
