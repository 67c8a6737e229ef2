"""Two runs at once on one table: one waits, or says who is busy; nothing is done twice."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from faults.driver import pipe, report, start
from faults.scenario import Scenario
from targets import Target
from vitess.keyspaces import Keyspace

Make = Callable[..., Scenario]


def test_a_run_that_waits_finds_the_same_file_done(scenario: Make) -> None:
    one = scenario("staged", "mirror")
    mine, theirs = pipe()
    first = one.order(hold=theirs, hold_at="read")
    held = start(first)
    assert mine.recv() == "held"
    mine_too, theirs_too = pipe()
    second = replace(one.order(hold=theirs_too, hold_at="identified"), folder=one.folder / "second")
    second.folder.mkdir()
    waiting = start(second)
    assert mine_too.recv() == "held"
    mine_too.send("go on")
    mine.send("go on")
    held.join()
    waiting.join()
    assert report(first)["status"] == "applied"
    assert report(second)["status"] == "unchanged"
    assert one.faults() == []


def test_a_run_that_waited_long_enough_says_who_is_busy(scenario: Make) -> None:
    one = scenario("staged", "mirror")
    mine, theirs = pipe()
    held = start(one.order(hold=theirs, hold_at="recorded"))
    assert mine.recv() == "held"
    one.environment["TMPDIR"] = str(one.folder / "scratch")  # where the first is at work
    second = replace(one.order(lock_wait=0), folder=one.folder / "second")
    second.folder.mkdir()
    start(second).join()
    told = report(second)
    assert (told["status"], told["error"]) == ("failed", "BusyError")
    nameless = one.target.kind == "sqlite" or isinstance(one.target, Keyspace)
    assert ("connection" in told["message"]) is not nameless
    mine.send("go on")
    held.join()
    assert one.faults() == []


def test_a_lock_goes_with_a_run_that_is_killed(scenario: Make) -> None:
    one = scenario("staged", "mirror")
    mine, theirs = pipe()
    held = start(one.order(hold=theirs, hold_at="merged"))
    assert mine.recv() == "held"
    held.kill()
    held.join()
    assert one.verdict() == "before"
    assert one.finish() == []


def test_different_files_for_one_table_are_applied_one_after_the_other(scenario: Make) -> None:
    one = scenario("empty", "upsert")
    other = one.folder / "other.csv"
    other.write_text("id,name,amount\n1,from the other file,1\n9000,too,2\n")
    mine, theirs = pipe()
    first = one.order(hold=theirs, hold_at="merged")
    held = start(first)
    assert mine.recv() == "held"
    options = {**one.options, "source": str(other)}
    second = replace(one.order(), options=options, folder=one.folder / "second")
    second.folder.mkdir()
    waiting = start(second)
    mine.send("go on")
    held.join()
    waiting.join()
    assert [report(order)["status"] for order in (first, second)] == ["applied", "applied"]
    now = one.now() or {}
    assert now[1] == ("from the other file", 1)
    assert now.keys() == (one.after or {}).keys() | {9000}


def test_first_runs_on_different_tables_of_a_fresh_database(
    server_target: Target, tmp_path: Path
) -> None:
    """Both make the ledger at the same time."""
    runs = []
    for number in range(4):
        one = Scenario(server_target, tmp_path / f"{number}", "new", "insert", f"people_{number}")
        mine, theirs = pipe()
        order = one.order(hold=theirs, hold_at="validated")
        runs.append((one, order, mine, start(order)))
    for _, _, mine, _ in runs:
        assert mine.recv() == "held"
    for _, _, mine, _ in runs:
        mine.send("go on")
    for one, order, _, child in runs:
        child.join()
        assert report(order)["status"] == "applied", report(order)["message"]
        assert one.faults() == []
