"""The state is a short cut: the database has the last word once a day and whenever it is asked."""

import json
import time
from typing import Any

import pytest
from events import SCHEDULE, created, queued
from people import KEY, PEOPLE, people
from rig import Context, Rig

OTHER: dict[str, Any] = {**PEOPLE, "name": "other", "source": "in/other.csv", "table": "other"}
FOLDER: dict[str, Any] = {**PEOPLE, "name": "folder", "source": "drop/", "table": "dropped"}
ALL = {"service": "csvferry-test"}
DAY = 24 * 3600


def _age(rig: Rig, seconds: float, feed: str = "people") -> None:
    """As if the database had been asked that long ago."""
    key = f"state/applied/{feed}.json"
    kept = json.loads(rig.s3.get_object(Bucket=rig.bucket, Key=key)["Body"].read())
    kept["looked"] = time.time() - seconds
    rig.s3.put_object(Bucket=rig.bucket, Key=key, Body=json.dumps(kept))


def _empty_the_database(rig: Rig) -> None:
    for (name,) in rig.rows("SHOW TABLES"):
        rig.run(f"DROP TABLE `{name}`")


def test_an_emptied_database_is_loaded_again_within_a_day(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, people(5))
    rig.invoke(SCHEDULE)
    _empty_the_database(rig)
    (report,) = rig.invoke(SCHEDULE)
    assert report["status"] == "unchanged"  # nobody looked
    _age(rig, DAY)
    (report,) = rig.invoke(SCHEDULE)
    assert (report["status"], report["rows"]["inserted"]) == ("applied", 5)


def test_an_emptied_table_is_loaded_again_within_a_day(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, people(5))
    rig.invoke(SCHEDULE)
    rig.run("DELETE FROM people")
    _age(rig, DAY)
    (report,) = rig.invoke(SCHEDULE)
    assert (report["status"], report["rows"]["inserted"]) == ("applied", 5)


def test_every_file_of_an_emptied_table_is_loaded_again(rig: Rig) -> None:
    """The first one leaves rows, so that the table is not empty any more for the second."""
    rig.feeds(FOLDER)
    rig.put("drop/a.csv", people(3))
    rig.put("drop/b.csv", people(5).replace("\n1,", "\n11,").replace("\n2,", "\n12,"))
    rig.invoke(SCHEDULE)
    before = rig.rows("SELECT id FROM dropped ORDER BY id")
    rig.run("DELETE FROM dropped")
    _age(rig, DAY, "folder")
    assert [report["status"] for report in rig.invoke(SCHEDULE)] == ["applied", "applied"]
    assert rig.rows("SELECT id FROM dropped ORDER BY id") == before


def test_an_older_dump_that_was_restored_is_brought_forward(rig: Rig) -> None:
    """It brings its ledger along, and the cluster keeps its id."""
    rig.feeds(PEOPLE)
    rig.put(KEY, people(5))
    rig.invoke(SCHEDULE)
    kept = ("people", "csvferry_runs")
    rig.run(*(f"CREATE TABLE dump_{name} AS SELECT * FROM {name}" for name in kept))
    rig.put(KEY, people(9))
    rig.invoke(SCHEDULE)
    for name in kept:
        rig.run(f"DELETE FROM {name}", f"INSERT INTO {name} SELECT * FROM dump_{name}")
    _age(rig, DAY)
    (report,) = rig.invoke(SCHEDULE)
    assert (report["status"], report["rows"]["inserted"]) == ("applied", 4)


def test_another_cluster_at_the_same_address_is_loaded(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.set(CSVFERRY_DATABASE_ID="cluster-ONE")
    rig.put(KEY, people(5))
    rig.invoke(SCHEDULE)
    _empty_the_database(rig)
    rig.set(CSVFERRY_DATABASE_ID="cluster-TWO")
    (report,) = rig.invoke(SCHEDULE)
    assert (report["status"], report["rows"]["inserted"]) == ("applied", 5)


def test_state_of_before_the_cluster_had_a_name_costs_one_look(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, people(5))
    rig.invoke(SCHEDULE)
    rig.set(CSVFERRY_DATABASE_ID="cluster-ONE")
    (report,) = rig.invoke(SCHEDULE)
    assert report["status"] == "unchanged"
    rig.server.stop()
    (report,) = rig.invoke(SCHEDULE)
    assert report["status"] == "unchanged"


def test_lost_state_costs_one_look_and_no_more(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, people(5))
    rig.invoke(SCHEDULE)
    for entry in rig.s3.list_objects_v2(Bucket=rig.bucket, Prefix="state/")["Contents"]:
        rig.s3.delete_object(Bucket=rig.bucket, Key=entry["Key"])
    (report,) = rig.invoke(SCHEDULE)
    assert report["status"] == "unchanged"
    rig.server.stop()
    (report,) = rig.invoke(SCHEDULE)
    assert report["status"] == "unchanged"


@pytest.mark.parametrize("event", ["schedule", "queue"])
def test_whoever_connects_asks_about_every_feed_that_runs(rig: Rig, event: str) -> None:
    rig.feeds(OTHER, PEOPLE)
    rig.put(KEY, people(5))
    rig.put("in/other.csv", people(7))
    rig.invoke(SCHEDULE)
    rig.run("DELETE FROM other")
    rig.put(KEY, people(6))
    if event == "schedule":
        rig.invoke(SCHEDULE)
    else:
        keys = (KEY, "in/other.csv")
        assert rig.returned(queued(*(created(rig.bucket, key) for key in keys))) == []
    assert rig.rows("SELECT COUNT(*) FROM other") == [(7,)]
    assert rig.rows("SELECT COUNT(*) FROM people") == [(6,)]


def test_the_daily_look_is_told_by_a_metric(rig: Rig) -> None:
    rig.feeds(PEOPLE, OTHER)
    rig.put(KEY, people(5))
    rig.put("in/other.csv", people(5))
    rig.invoke(SCHEDULE)
    assert rig.metrics(**ALL)["SecondsSinceTableCheck"] < 300
    _age(rig, 7200, "other")
    rig.invoke(SCHEDULE)
    assert 7200 <= rig.metrics(**ALL)["SecondsSinceTableCheck"] < 7500
    _age(rig, DAY, "other")
    rig.invoke(SCHEDULE)
    assert rig.metrics(**ALL)["SecondsSinceTableCheck"] < 300


@pytest.mark.parametrize(
    "damage", [b"", b"no JSON", b"[]", b'{"format": 2}', b'{"format": 1, "versions": {"a": 1}}']
)
def test_a_damaged_record_is_no_word_for_anything(rig: Rig, damage: bytes) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, people(5))
    rig.invoke(SCHEDULE)
    rig.run("DELETE FROM people")
    rig.s3.put_object(Bucket=rig.bucket, Key="state/applied/people.json", Body=damage)
    (report,) = rig.invoke(SCHEDULE)
    assert (report["status"], report["rows"]["inserted"]) == ("applied", 5)


def test_a_clock_that_was_ahead_is_not_believed(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, people(5))
    rig.invoke(SCHEDULE)
    rig.run("DELETE FROM people")
    _age(rig, -DAY * 365)
    (report,) = rig.invoke(SCHEDULE)
    assert report["status"] == "applied"


def test_a_database_that_does_not_answer_the_daily_look_is_not_forgotten(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, people(5))
    rig.invoke(SCHEDULE)
    _age(rig, DAY)
    rig.server.stop()
    event = queued(created(rig.bucket, KEY))
    assert rig.returned(event, Context(seconds=21)) == [0]
    rig.server.start()
    rig.run("DELETE FROM people")
    assert rig.returned(event) == []
    assert rig.rows("SELECT COUNT(*) FROM people") == [(5,)]
