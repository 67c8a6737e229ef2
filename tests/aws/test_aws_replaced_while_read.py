"""A file that is replaced, removed or raced for while it is read."""

import pytest
from events import SCHEDULE, created
from people import KEY, PEOPLE, people
from rig import Rig
from stormy import meanwhile

from csvferry.errors import RunsFailedError


def test_a_file_replaced_while_it_is_read_is_read_anew(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.set(CSVFERRY_STATE=None)
    rig.put(KEY, people(5))
    rig.storm.strike("GET", meanwhile(lambda: rig.put(KEY, people(8))))
    (report,) = rig.invoke(SCHEDULE)
    assert (report["status"], report["rows"]["read"]) == ("applied", 8)
    assert rig.rows("SELECT COUNT(*) FROM people") == [(8,)]


def test_it_is_read_anew_where_versions_are_off_too(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.set(CSVFERRY_STATE=None)
    rig.s3.put_bucket_versioning(Bucket=rig.bucket, VersioningConfiguration={"Status": "Suspended"})
    rig.put(KEY, people(5))
    rig.storm.strike("GET", meanwhile(lambda: rig.put(KEY, people(8))))
    (report,) = rig.invoke(SCHEDULE)
    assert report["source"]["version"].startswith('"')
    assert rig.rows("SELECT COUNT(*) FROM people") == [(8,)]


def test_one_that_is_replaced_each_time_fails_after_three_tries(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.set(CSVFERRY_STATE=None)
    rig.put(KEY, people(5))
    rig.storm.strike("GET", meanwhile(lambda: rig.put(KEY, people(5))), times=3)
    with pytest.raises(RunsFailedError, match="replaced while it was read"):
        rig.invoke(SCHEDULE)
    assert rig.tables() == []


def test_one_that_is_removed_while_it_is_read_changes_nothing(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.set(CSVFERRY_STATE=None)
    version = rig.put(KEY, people(5))

    def remove() -> None:
        rig.s3.delete_object(Bucket=rig.bucket, Key=KEY, VersionId=version)

    rig.storm.strike("GET", meanwhile(remove))
    (report,) = rig.invoke(SCHEDULE)
    assert "there is no object" in report["message"]
    assert rig.tables() == []


def test_a_slow_run_does_not_undo_a_newer_version_that_overtook_it(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.set(CSVFERRY_STATE=None)
    rig.put(KEY, people(5))

    def overtake() -> None:
        rig.put(KEY, people(5, _1="newer1@in.example"))

    rig.storm.strike("GET", meanwhile(overtake))
    rig.invoke(created(rig.bucket, KEY))
    rig.invoke(created(rig.bucket, KEY))
    assert rig.rows("SELECT email FROM people WHERE id = 1") == [("newer1@in.example",)]
    assert rig.rows("SELECT COUNT(*) FROM csvferry_runs") == [(1,)]


def test_two_invocations_at_once_apply_a_version_once(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, people(500))
    both = [rig.invoke_aside(SCHEDULE), rig.invoke_aside(created(rig.bucket, KEY))]
    statuses = sorted(report["status"] for one in both for report in one.result())
    assert statuses == ["applied", "unchanged"]
    assert rig.rows("SELECT COUNT(*) FROM people") == [(500,)]
    assert rig.rows("SELECT COUNT(*) FROM csvferry_runs") == [(1,)]
