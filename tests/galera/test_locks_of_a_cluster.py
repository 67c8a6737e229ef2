"""Nodes have no lock in common but rows: `csvferry_locks`."""

import os
import signal
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import csvferry
from csvferry.commands.doctor import examine
from csvferry.config.feed import make_feed
from faults.driver import pipe, report, start
from faults.scenario import Scenario
from galera.cluster import OtherNode
from targets import Target, connect


def _at(node: str, one: Scenario) -> dict[str, str]:
    return {**one.options, "to": node + one.target.url.rpartition("/")[2]}


def test_each_node_gives_the_same_lock_away(nodes: tuple[str, str]) -> None:
    """The reason for all this; where it changes, the rows can go."""
    with closing(connect(nodes[0])) as one, closing(connect(nodes[1])) as other:
        for connection in (one, other):
            with connection.cursor() as cursor:
                cursor.execute("SELECT GET_LOCK('of both', 0)")
                assert cursor.fetchone() == (1,)


def test_two_runs_on_two_nodes_exclude_each_other(
    nodes: tuple[str, str], target: OtherNode, tmp_path: Path
) -> None:
    one = Scenario(target, tmp_path, "staged", "mirror")
    mine, theirs = pipe()
    first = one.order(hold=theirs, hold_at="recorded")
    held = start(first)
    assert mine.recv() == "held"
    (tmp_path / "second").mkdir()
    second = replace(one.order(lock_wait=0), options=_at(nodes[1], one), folder=tmp_path / "second")
    start(second).join()
    told = report(second)
    assert (told["status"], told["error"]) == ("failed", "BusyError")
    assert "of node node1" in told["message"]
    mine.send("go on")
    held.join()
    assert report(first)["status"] == "applied"
    assert one.faults() == []
    assert target.rows("SELECT * FROM csvferry_locks") == []


def test_a_run_that_was_stopped_for_a_while_has_lost_its_lock_and_changes_nothing(
    nodes: tuple[str, str], target: OtherNode, tmp_path: Path
) -> None:
    one = Scenario(target, tmp_path, "staged", "mirror")
    mine, theirs = pipe()
    first = one.order(hold=theirs, hold_at="recorded")
    held = start(first)
    assert mine.recv() == "held"
    os.kill(held.pid, signal.SIGSTOP)
    (tmp_path / "second").mkdir()
    second = replace(one.order(), options=_at(nodes[1], one), folder=tmp_path / "second")
    start(second).join()
    assert report(second)["status"] == "applied", report(second)
    assert one.verdict() == "after"
    mine.send("go on")
    os.kill(held.pid, signal.SIGCONT)
    held.join()
    assert report(first)["status"] in ("applied", "unchanged"), report(first)
    assert one.faults() == []


def test_the_lock_of_a_run_that_is_killed_is_taken_over(target: OtherNode, tmp_path: Path) -> None:
    one = Scenario(target, tmp_path, "delta", "upsert")
    mine, theirs = pipe()
    held = start(one.order(hold=theirs, hold_at="merged"))
    assert mine.recv() == "held"
    held.kill()
    held.join()
    assert one.verdict() == "before"
    assert one.finish() == []


def test_a_plan_writes_no_row_of_a_lock(target: OtherNode, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("id\n1\n")
    report = csvferry.plan(file, to=target.url)
    assert report.rows.inserted == 1
    assert report.guarantees
    assert report.guarantees["one_run_at_a_time"].startswith("not kept")
    assert target.tables() == set()


def test_what_a_cluster_is_told_to_refuse_is_not_needed(
    nodes: tuple[str, str], target: OtherNode, tmp_path: Path
) -> None:
    file = tmp_path / "people.csv"
    mode = "SET GLOBAL wsrep_mode = '{}'"
    strict = "STRICT_REPLICATION,REQUIRED_PRIMARY_KEY,DISALLOW_LOCAL_GTID"
    first = Target("mariadb", target.url)
    first.run(mode.format(strict))
    try:
        for text in ("id,name\n1,a\n2,b\n2,c\n", "id,name\n1,b\n3,c\n"):
            file.write_text(text)
            report = csvferry.sync(file, to=target.url, mode="upsert")
            assert report.status == "applied"
    finally:
        first.run(mode.format(""))
    assert target.rows("SELECT * FROM people ORDER BY 1") == [(1, "b"), (2, "c"), (3, "c")]


def test_the_doctor_tells_the_cluster_and_tries_the_rights_on_its_locks(
    target: OtherNode, tmp_path: Path
) -> None:
    file = tmp_path / "people.csv"
    file.write_text("id\n1\n")
    found = list(examine(make_feed(source=str(file), to=target.url)))
    (server,) = (finding for finding in found if finding.name == "server")
    assert "the row Galera, MariaDB 10." in server.told
    assert {f"grant {right} on csvferry_locks" for right in ("UPDATE", "DELETE")} <= {
        finding.name for finding in found if finding.ok
    }
