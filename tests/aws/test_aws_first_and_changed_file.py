"""The function's everyday: a first file, a changed one, the same event twice."""

from events import SCHEDULE, created
from people import KEY, PEOPLE, people
from rig import Rig


def test_the_schedule_brings_the_first_file(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    version = rig.put(KEY, people(20))
    (report,) = rig.invoke(SCHEDULE)
    assert report["status"] == "applied"
    assert report["source"]["version"] == version
    assert report["rows"]["inserted"] == 20
    assert rig.rows("SELECT COUNT(*) FROM people") == [(20,)]


def test_a_changed_file_changes_only_what_differs(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, people(20))
    rig.invoke(SCHEDULE)
    rig.put(KEY, people(21, _7="other7@in.example"))
    (report,) = rig.invoke(created(rig.bucket, KEY))
    assert report["rows"] | {"read": 21} == {
        "read": 21, "inserted": 1, "updated": 1, "deleted": 0,
        "unchanged": 19, "duplicate": 0, "rejected": 0,
    }  # fmt: skip
    assert rig.rows("SELECT email FROM people WHERE id = 7") == [("other7@in.example",)]


def test_the_same_event_twice_does_the_work_once(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, people(5))
    event = created(rig.bucket, KEY)
    assert [rig.invoke(event)[0]["status"] for _ in range(3)] == [
        "applied", "unchanged", "unchanged",
    ]  # fmt: skip
    assert rig.rows("SELECT COUNT(*) FROM csvferry_runs") == [(1,)]


def test_an_event_that_comes_late_does_not_bring_the_older_version_back(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    older = rig.put(KEY, people(5))
    newer = rig.put(KEY, people(5, _1="newer1@in.example"))
    rig.invoke(created(rig.bucket, KEY, newer))
    (report,) = rig.invoke(created(rig.bucket, KEY, older))
    assert report["status"] == "unchanged"
    assert rig.rows("SELECT email FROM people WHERE id = 1") == [("newer1@in.example",)]


def test_an_older_version_that_was_put_back_does_not_undo_the_newer(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, people(5))
    rig.invoke(SCHEDULE)
    newer = rig.put(KEY, people(5, _1="newer1@in.example"))
    rig.invoke(SCHEDULE)
    rig.s3.delete_object(Bucket=rig.bucket, Key=KEY, VersionId=newer)
    (report,) = rig.invoke(SCHEDULE)
    assert report["status"] == "unchanged"
    assert "older" in report["message"]
    assert rig.rows("SELECT email FROM people WHERE id = 1") == [("newer1@in.example",)]


def test_an_upload_that_changes_nothing_writes_no_row(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, people(5))
    rig.invoke(SCHEDULE)
    rig.put(KEY, people(5))
    (report,) = rig.invoke(SCHEDULE)
    assert (report["status"], report["rows"]["unchanged"]) == ("applied", 5)
