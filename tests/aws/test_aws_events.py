"""Which event makes which feed run."""

from typing import Any

import pytest
from events import SCHEDULE, TEST_EVENT, created, notified
from people import PEOPLE, people
from rig import Rig

from csvferry.errors import UsageError

FOLDER: dict[str, Any] = {**PEOPLE, "name": "folder", "source": "drop/", "table": "dropped"}


def _labels(reports: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(r["feed"], r["source"]["uri"].rpartition("/")[2]) for r in reports]


def test_the_schedule_runs_each_feed_on_all_of_its_files_oldest_first(rig: Rig) -> None:
    rig.feeds(PEOPLE, FOLDER)
    rig.put("in/people.csv", people(3))
    rig.put("drop/z.csv", people(2))
    rig.put("drop/a.csv", people(3))
    rig.put("drop/notes.txt", "no CSV")
    rig.storm.strike("GET", _dated(rig, {"drop/z.csv": 1, "drop/a.csv": 2}))
    assert _labels(rig.invoke(SCHEDULE)) == [
        ("people", "people.csv"), ("folder", "z.csv"), ("folder", "a.csv"),
    ]  # fmt: skip


def _dated(rig: Rig, days: dict[str, int]) -> Any:
    """moto dates objects to the second: the listing's dates are set apart."""

    def answer(handler: Any) -> bool:
        if "list-type" not in handler.path:
            rig.storm.strike("GET", answer)
            return False
        entries = "".join(
            f"<Contents><Key>{key}</Key><LastModified>2026-01-0{day}T00:00:00.000Z</LastModified>"
            f'<ETag>"e{day}"</ETag><Size>1</Size></Contents>'
            for key, day in sorted(days.items())
        )
        body = f"<ListBucketResult><IsTruncated>false</IsTruncated>{entries}</ListBucketResult>"
        handler.send_response_only(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body.encode())
        return True

    return answer


def test_object_created_runs_the_feeds_that_mean_it_and_no_others(rig: Rig) -> None:
    rig.feeds(PEOPLE, FOLDER)
    for key in ("in/people.csv", "drop/a.csv", "drop/b.csv"):
        rig.put(key, people(2))
    assert _labels(rig.invoke(created(rig.bucket, "drop/b.csv"))) == [
        ("folder", "a.csv"), ("folder", "b.csv"),
    ]  # fmt: skip
    assert _labels(rig.invoke(created(rig.bucket, "elsewhere/c.csv"))) == []
    assert _labels(rig.invoke(created("another-bucket", "drop/b.csv"))) == []


@pytest.mark.parametrize(
    "name", ["é t é+1.csv", "100%.csv", "a+b c.csv", "q?=&.csv", "per%2Fcent.csv"]
)
def test_keys_are_taken_as_each_sender_writes_them(rig: Rig, name: str) -> None:
    rig.feeds(FOLDER)
    rig.put(f"drop/{name}", people(2))
    assert _labels(rig.invoke(created(rig.bucket, f"drop/{name}"))) == [("folder", name)]
    assert _labels(rig.invoke(notified(rig.bucket, f"drop/{name}"))) == [("folder", name)]


def test_a_notification_may_tell_of_several_objects_each_is_run_once(rig: Rig) -> None:
    rig.feeds(FOLDER)
    rig.put("drop/a.csv", people(2))
    rig.put("drop/b.csv", people(3))
    event = notified(rig.bucket, "drop/a.csv", "drop/b.csv", "drop/a.csv")
    assert _labels(rig.invoke(event)) == [("folder", "a.csv"), ("folder", "b.csv")]


@pytest.mark.parametrize(
    "name",
    ["ObjectRemoved:Delete", "ObjectRemoved:DeleteMarkerCreated", "LifecycleExpiration:Delete"],
)
def test_removals_and_delete_markers_do_nothing(rig: Rig, name: str) -> None:
    rig.feeds(FOLDER)
    rig.put("drop/a.csv", people(2))
    assert rig.invoke(notified(rig.bucket, "drop/a.csv", name=name)) == []
    deleted = {**created(rig.bucket, "drop/a.csv"), "detail-type": "Object Deleted"}
    assert rig.invoke(deleted) == []


def test_the_test_event_does_nothing(rig: Rig) -> None:
    rig.feeds(FOLDER)
    rig.put("drop/a.csv", people(2))
    assert rig.invoke(TEST_EVENT) == []


def test_an_object_that_was_deleted_is_neither_a_failure_nor_a_success(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.put("in/people.csv", people(2))
    rig.invoke(SCHEDULE)
    rig.s3.delete_object(Bucket=rig.bucket, Key="in/people.csv")  # a delete marker
    (report,) = rig.invoke(SCHEDULE)
    assert "there is no object" in report["message"]
    assert "RunsFailed" not in rig.metrics(service="csvferry-test")
    assert rig.metrics(service="csvferry-test")["SecondsSinceSuccess"] > 0
    assert rig.rows("SELECT COUNT(*) FROM people") == [(2,)]


def test_a_direct_call_names_a_feed(rig: Rig) -> None:
    rig.feeds(PEOPLE, FOLDER)
    rig.put("in/people.csv", people(2))
    assert _labels(rig.invoke({"feed": "people"})) == [("people", "people.csv")]


def test_a_plan_writes_nothing(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.put("in/people.csv", people(2))
    (report,) = rig.invoke({"feed": "people", "plan": True})
    assert (report["status"], report["rows"]["inserted"]) == ("planned", 2)
    assert rig.rows("SHOW TABLES") == []
    assert "someone" not in rig.last


@pytest.mark.parametrize(
    ("event", "told"),
    [
        ({"feed": "nobody"}, "there is no feed nobody (the feeds are people)"),
        ({"table": "people"}, "it has table"),
        ({"plan": "yes"}, "plan in the event is no bool"),
        ({"detail-type": "EC2 State", "source": "aws.ec2"}, "nothing to do on EC2 State"),
        ({"detail-type": "Object Created", "source": "aws.s3"}, "names no bucket and object"),
        ({"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put"}]}, "no bucket"),
        ({"Records": [{"eventSource": "aws:s3", "eventName": "ObjectRestore:Post"}]}, "correct"),
        ({"Records": [{"eventSource": "aws:kinesis"}]}, "nothing to do on records of aws:kinesis"),
        ({"Records": [{"eventSource": "aws:dynamodb"}]}, "on records of aws:dynamodb"),
        ({"Records": [{}]}, "nothing to do on records of None"),
        ({"Type": "SubscriptionConfirmation", "Message": "{}"}, "kind is unknown"),
        (["people"], "the event is no JSON object"),
    ],
)
def test_an_event_of_another_shape_fails_and_says_so(
    rig: Rig, event: dict[str, Any], told: str
) -> None:
    rig.feeds(PEOPLE)
    with pytest.raises(UsageError) as raised:
        rig.invoke(event)
    assert told in str(raised.value)


def test_the_doctor_runs_nothing_and_tells_what_a_run_needs(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.put("in/people.csv", people(3))
    findings = rig.call({"doctor": True})["findings"]
    assert {"secret", "sign-in"} <= {finding["name"] for finding in findings}
    assert not [finding for finding in findings if finding["ok"] is False]
    assert rig.invoke({"feed": "people", "plan": True})[0]["rows"]["inserted"] == 3
