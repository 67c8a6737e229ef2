"""A batch of wake-ups: each feed concerned runs once, and what must be tried again is returned."""

from typing import Any

import pytest
from events import SCHEDULE, created, notified, queued, through_sns
from people import KEY, PEOPLE, people
from rig import Context, Rig
from stormy import meanwhile, resetting

from csvferry.errors import SettingsError, UsageError

FOLDER: dict[str, Any] = {**PEOPLE, "name": "folder", "source": "drop/", "table": "dropped"}
ALL = {"service": "csvferry-test"}


def test_what_was_applied_and_what_is_unchanged_is_done(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, people(3))
    event = queued(created(rig.bucket, KEY))
    assert rig.returned(event) == []
    assert rig.metrics(**ALL)["RunsApplied"] == 1
    assert rig.returned(event) == []
    assert rig.metrics(**ALL)["RunsUnchanged"] == 1
    assert rig.rows("SELECT COUNT(*) FROM csvferry_runs") == [(1,)]


@pytest.mark.parametrize(
    ("content", "metric"),
    [(people(100)[:1200], "RunsGuarded"), ("a,b\n1,2\n", "RunsFailed")],
    ids=["guard", "bad-file"],
)
def test_a_guard_and_a_bad_file_are_done_with_their_metric(
    rig: Rig, content: str, metric: str
) -> None:
    rig.feeds({**PEOPLE, "mode": "mirror"})
    rig.put(KEY, people(100))
    rig.invoke(SCHEDULE)
    rig.put(KEY, content)
    assert rig.returned(queued(created(rig.bucket, KEY))) == []
    assert rig.metrics(**ALL)[metric] == 1
    assert "RunsReturned" not in rig.metrics(**ALL)


def test_a_feed_that_another_run_holds_is_returned_and_is_no_failure(rig: Rig) -> None:
    rig.feeds(FOLDER, PEOPLE)
    for key in ("drop/a.csv", "drop/b.csv", KEY):
        rig.put(key, people(3))
    rig.environment.setattr("csvferry.run.runner.LOCK_WAIT", 0)
    with rig.holding("dropped"):
        event = queued(*(created(rig.bucket, key) for key in ("drop/a.csv", KEY, "drop/b.csv")))
        assert rig.returned(event) == [0, 2]
        assert rig.metrics(**ALL)["RunsReturned"] == 1
        assert "RunsFailed" not in rig.metrics(**ALL)
        assert [report["feed"] for report in rig.invoke(SCHEDULE)] == ["folder", "people"]
    assert rig.returned(event) == []
    assert rig.rows("SELECT COUNT(*) FROM dropped") == [(3,)]


def test_a_feed_for_which_no_time_is_left_is_returned(rig: Rig) -> None:
    rig.feeds(PEOPLE, FOLDER)
    for key in (KEY, "drop/a.csv"):
        rig.put(key, people(3))
    event = queued(created(rig.bucket, KEY), created(rig.bucket, "drop/a.csv"))
    context = Context(seconds=300)
    rig.storm.strike("GET", meanwhile(lambda: setattr(context, "seconds", 5)))
    assert rig.returned(event, context) == [0, 1]
    assert rig.metrics(**ALL)["RunsReturned"] == 2
    assert rig.rows("SHOW TABLES LIKE 'dropped'") == []
    assert rig.returned(event) == []
    assert rig.rows("SELECT COUNT(*) FROM dropped") == [(3,)]


def test_a_file_that_outgrows_the_function_is_not_tried_again(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, people(3))
    assert rig.returned(queued(created(rig.bucket, KEY)), Context(seconds=5)) == []
    assert rig.metrics(**ALL)["RunsFailed"] == 1


def test_a_database_that_does_not_answer_is_a_passing_failure(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, people(3))
    rig.server.stop()
    event = queued(created(rig.bucket, KEY))
    assert rig.returned(event, Context(seconds=21)) == [0]
    rig.server.start()
    assert rig.returned(event) == []


def test_a_store_that_does_not_answer_is_a_passing_failure(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.set(CSVFERRY_STATE=None)
    rig.put(KEY, people(3))
    event = queued(created(rig.bucket, KEY))
    rig.storm.strike("HEAD", resetting, times=50)
    rig.storm.strike("GET", resetting, times=50)
    assert rig.returned(event) == [0]
    rig.storm.troubles.clear()
    assert rig.returned(event) == []


def test_a_large_batch_runs_each_feed_concerned_once(rig: Rig) -> None:
    other = {**PEOPLE, "name": "other", "source": "other/", "table": "other"}
    rig.feeds(FOLDER, PEOPLE, other)
    for key in ("drop/a.csv", "drop/b.csv", KEY):
        rig.put(key, people(3))
    keys = ["drop/a.csv", "drop/b.csv", KEY, "elsewhere/x.csv"] * 250
    assert rig.returned(queued(*(created(rig.bucket, key) for key in keys))) == []
    assert rig.rows("SELECT COUNT(*) FROM csvferry_runs") == [(3,)]
    assert [line["feed"] for line in rig.logs() if line["message"] == "applied"] == [
        "folder", "folder", "people",
    ]  # fmt: skip


def test_messages_in_any_order_are_loaded_in_the_order_of_the_files(rig: Rig) -> None:
    rig.feeds(FOLDER)
    rig.put("drop/a.csv", people(2, _1="first@in.example"))
    rig.put("drop/b.csv", people(2, _1="second@in.example"))
    late = queued(*(created(rig.bucket, f"drop/{name}.csv") for name in "bab"))
    assert rig.returned(late) == []
    assert rig.rows("SELECT email FROM dropped WHERE id = 1") == [("second@in.example",)]


def test_one_connection_serves_a_batch(rig: Rig) -> None:
    rig.feeds(FOLDER, PEOPLE)
    for key in ("drop/a.csv", "drop/b.csv", "drop/c.csv", KEY):
        rig.put(key, people(3))
    before = rig.connections()
    assert rig.returned(queued(created(rig.bucket, "drop/a.csv"), created(rig.bucket, KEY))) == []
    assert rig.connections() - before == 1 + 1  # the second one asks how many there were
    assert rig.rows("SELECT COUNT(*) FROM csvferry_runs") == [(4,)]


@pytest.mark.parametrize("wrapped", [False, True], ids=["plain", "sns"])
def test_notifications_of_s3_and_envelopes_of_sns_are_understood(rig: Rig, wrapped: bool) -> None:
    rig.feeds(FOLDER)
    rig.put("drop/ä b.csv", people(2))
    for event in (notified(rig.bucket, "drop/ä b.csv"), created(rig.bucket, "drop/ä b.csv")):
        assert rig.returned(queued(through_sns(event) if wrapped else event)) == []
        assert rig.metrics(**ALL).keys() & {"RunsApplied", "RunsUnchanged"}


def test_a_message_that_nobody_understands_is_returned_and_the_others_are_done(rig: Rig) -> None:
    """Deleted as done it would be lost; it ends in the dead-letter queue."""
    rig.feeds(PEOPLE)
    rig.put(KEY, people(3))
    strange = [
        "no JSON",
        "[" * 100_000,
        {"detail-type": "EC2 State", "source": "aws.ec2"},
        {"Records": [{"eventSource": "aws:kinesis"}]},
        {"Type": "Notification", "Message": "no JSON"},
        {"feed": "people"},
        [],
    ]
    assert rig.returned(queued(*strange, created(rig.bucket, KEY))) == [*range(7)]
    assert rig.metrics(**ALL)["RunsApplied"] == 1
    assert sum(line["level"] == "ERROR" for line in rig.logs()) == 7
    assert "MessagesNotUnderstood" in rig.last


def test_a_message_about_an_object_that_is_gone_is_done(rig: Rig) -> None:
    rig.feeds(PEOPLE, FOLDER)
    rig.put("drop/a.csv", people(2))
    rig.put("drop/b.csv", people(2))
    rig.s3.delete_object(Bucket=rig.bucket, Key="drop/b.csv")
    event = queued(created(rig.bucket, KEY), created(rig.bucket, "drop/b.csv"))
    assert rig.returned(event) == []


def test_settings_that_are_wrong_raise_so_that_every_message_returns(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.set(RDS_HOST=None)
    with pytest.raises(SettingsError):
        rig.call(queued(created(rig.bucket, KEY)))


@pytest.mark.parametrize("number", [None, "", 7])
def test_a_message_without_an_id_raises_since_it_can_not_be_named(rig: Rig, number: Any) -> None:
    rig.feeds(PEOPLE)
    event = queued(created(rig.bucket, KEY))
    event["Records"][0]["messageId"] = number
    with pytest.raises(UsageError, match="has no id"):
        rig.call(event)


def test_messages_beside_other_records_raise(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    mixed = queued(created(rig.bucket, KEY))["Records"] + notified(rig.bucket, KEY)["Records"]
    with pytest.raises(UsageError, match="messages of a queue and other records"):
        rig.call({"Records": mixed})


def test_the_files_of_a_mirrored_folder_are_one_snapshot(rig: Rig) -> None:
    rig.feeds({**FOLDER, "mode": "mirror", "max_deletes": "100%"})
    rig.put("drop/a.csv", "id,email\n1,a@example.com\n")
    rig.put("drop/b.csv", "id,email\n2,b@example.com\n")
    rig.invoke(SCHEDULE)
    assert rig.rows("SELECT id FROM dropped ORDER BY id") == [(1,), (2,)]
    rig.put("drop/b.csv", "id,email\n2,b@example.org\n3,c@example.com\n")
    assert rig.returned(queued(created(rig.bucket, "drop/b.csv"))) == []
    assert rig.rows("SELECT id FROM dropped ORDER BY id") == [(1,), (2,), (3,)]
    (report,) = rig.invoke(SCHEDULE)
    assert report["status"] == "unchanged"
