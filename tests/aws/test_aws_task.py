"""A feed that outgrows the function: a marker asks for the task, which runs the same code."""

import json
import os
from typing import Any

import pytest
from events import SCHEDULE, created, queued
from people import KEY, PEOPLE, people
from rig import Rig
from stormy import answering, meanwhile

from csvferry.errors import RunsFailedError

BIG: dict[str, Any] = {**PEOPLE, "name": "big", "source": "big/", "table": "big", "runner": "task"}
ALL = {"service": "csvferry-test"}


def _markers(rig: Rig) -> list[str]:
    listed = rig.s3.list_objects_v2(Bucket=rig.bucket, Prefix="tasks/").get("Contents", [])
    return [entry["Key"] for entry in listed]


def _run_task(rig: Rig, asked: str = "tasks/big") -> int:
    from csvferry.aws import task  # its logger is made when it is imported

    rig.set(CSVFERRY_FEED=asked)
    return rig.printing(lambda: task.main(os.environ))


def test_the_function_writes_a_marker_and_loads_nothing(rig: Rig) -> None:
    rig.feeds(BIG, PEOPLE)
    rig.put("big/a.csv", people(3))
    rig.put(KEY, people(2))
    answer = rig.call(SCHEDULE)
    assert [report["feed"] for report in answer["reports"]] == ["people"]
    assert answer["handed_over"] == ["big"]
    assert _markers(rig) == ["tasks/big"]
    body = rig.s3.get_object(Bucket=rig.bucket, Key="tasks/big")["Body"].read()
    assert {"feed": "big", "objects": 1}.items() <= json.loads(body).items()
    assert rig.metrics(**ALL)["RunsHandedOver"] == 1
    assert rig.rows("SHOW TABLES LIKE 'big'") == []


def test_nothing_new_asks_for_no_task(rig: Rig) -> None:
    rig.feeds(BIG)
    rig.put("big/a.csv", people(3))
    assert _run_task(rig) == 0
    answer = rig.call(SCHEDULE)
    assert [report["status"] for report in answer["reports"]] == ["unchanged"]
    assert _markers(rig) == []


def test_a_table_that_was_emptied_asks_for_a_task(rig: Rig) -> None:
    rig.feeds(BIG)
    rig.put("big/a.csv", people(3))
    _run_task(rig)
    rig.run("DELETE FROM big")
    rig.set(CSVFERRY_DATABASE_ID="cluster-OTHER")
    rig.invoke(SCHEDULE)
    assert _markers(rig) == ["tasks/big"]


def test_a_message_about_such_a_feed_is_done_once_the_marker_is_written(rig: Rig) -> None:
    rig.feeds(BIG)
    rig.put("big/a.csv", people(3))
    event = queued(created(rig.bucket, "big/a.csv"))
    rig.storm.strike("PUT", answering(403, "AccessDenied", "s3:PutObject"))
    assert rig.returned(event) == []
    assert rig.metrics(**ALL)["RunsFailed"] == 1
    assert f"allow s3:PutObject on arn:aws:s3:::{rig.bucket}/tasks/big" in rig.last
    assert rig.returned(event) == []
    assert _markers(rig) == ["tasks/big"]


@pytest.mark.parametrize("asked", ["tasks/big", "big"])
def test_the_task_runs_the_feed_by_its_name_or_its_markers_key(rig: Rig, asked: str) -> None:
    rig.feeds(BIG)
    rig.put("big/a.csv", people(3))
    assert _run_task(rig, asked) == 0
    assert rig.rows("SELECT COUNT(*) FROM big") == [(3,)]
    assert rig.metrics(**ALL)["RunsApplied"] == 1
    assert rig.metrics(**ALL)["SecondsSinceSuccess"] == 0


def test_a_name_with_odd_characters_comes_back_from_its_marker(rig: Rig) -> None:
    name = "große feeds/ä b+c%2F"
    rig.feeds({**BIG, "name": name})
    rig.put("big/a.csv", people(3))
    rig.invoke(SCHEDULE)
    (key,) = _markers(rig)
    assert _run_task(rig, key) == 0
    assert rig.rows("SELECT COUNT(*) FROM big") == [(3,)]


def test_files_that_come_meanwhile_are_taken_along(rig: Rig) -> None:
    rig.feeds(BIG)
    rig.put("big/a.csv", people(3))

    def come() -> None:
        rig.put("big/b.csv", people(4))

    rig.storm.strike("GET", lambda _: False)  # the listing
    rig.storm.strike("GET", meanwhile(come))
    assert _run_task(rig) == 0
    assert rig.rows("SELECT COUNT(*) FROM big") == [(4,)]
    assert rig.metrics(**ALL)["RunsApplied"] == 2


def test_a_guard_stop_ends_with_3(rig: Rig) -> None:
    rig.feeds({**BIG, "mode": "mirror"})
    rig.put("big/a.csv", people(100))
    _run_task(rig)
    rig.put("big/a.csv", people(50))
    assert _run_task(rig) == 3
    assert rig.metrics(**ALL)["RunsGuarded"] == 1


def test_a_failure_ends_with_1_and_its_metric(rig: Rig) -> None:
    rig.feeds(BIG)
    rig.put("big/a.csv", "a,b\n1,2\n")
    assert _run_task(rig) == 1
    assert rig.metrics(**ALL)["RunsFailed"] == 1


def test_a_database_that_does_not_answer_ends_with_1(rig: Rig) -> None:
    rig.feeds(BIG)
    rig.put("big/a.csv", people(3))
    rig.environment.setattr("csvferry.aws.database_access.PATIENCE", 0)
    rig.server.stop()
    assert _run_task(rig) == 1
    assert rig.metrics(**ALL)["RunsFailed"] == 1


@pytest.mark.parametrize("asked", [None, "nobody", "tasks/nobody"])
def test_a_task_for_no_feed_ends_with_2(rig: Rig, asked: str | None) -> None:
    rig.feeds(BIG)
    assert _run_task(rig, asked or "") == 2
    assert [line["level"] for line in rig.logs()] == ["ERROR"]


def test_wrong_settings_end_with_2(rig: Rig) -> None:
    rig.feeds(BIG)
    rig.set(RDS_HOST=None)
    assert _run_task(rig) == 2
    assert "RDS_HOST" in rig.last


def test_a_feed_that_another_run_holds_is_that_runs_work(rig: Rig) -> None:
    rig.feeds(BIG)
    rig.put("big/a.csv", people(3))
    rig.environment.setattr("csvferry.run.runner.LOCK_WAIT", 0)
    with rig.holding("big"):
        assert _run_task(rig) == 0
    assert rig.metrics(**ALL)["RunsReturned"] == 1
    assert "another run holds the lock" in rig.last


def test_a_plan_runs_in_the_function_and_full_is_refused(rig: Rig) -> None:
    rig.feeds(BIG)
    rig.put("big/a.csv", people(3))
    (report,) = rig.invoke({"feed": "big", "plan": True})
    assert report["status"] == "planned"
    with pytest.raises(RunsFailedError, match="runs as a task, which takes no full"):
        rig.invoke({"feed": "big", "full": True})
    assert _markers(rig) == []
