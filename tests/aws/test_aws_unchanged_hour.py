"""An hour in which nothing changed opens no database connection."""

import pytest
from events import SCHEDULE
from people import KEY, PEOPLE, people
from rig import Context, Rig

from csvferry.errors import RunsFailedError


def test_an_unchanged_file_needs_no_database(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, people(5))
    rig.invoke(SCHEDULE)
    rig.server.stop()
    (report,) = rig.invoke(SCHEDULE)
    assert (report["status"], report["strategy"]) == ("unchanged", "skip")
    assert rig.metrics(service="csvferry-test")["RunsUnchanged"] == 1
    assert rig.metrics(service="csvferry-test")["SecondsSinceSuccess"] == 0


def test_an_unchanged_file_needs_no_secret(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, people(5))
    rig.invoke(SCHEDULE)
    rig.vault.delete_secret(SecretId=rig.bucket, ForceDeleteWithoutRecovery=True)
    rig.set(SECRETS_NAME="gone")
    (report,) = rig.invoke(SCHEDULE)
    assert report["status"] == "unchanged"


def test_what_is_remembered_of_one_database_is_not_taken_for_true_of_another(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, people(5))
    (report,) = rig.invoke(SCHEDULE)
    assert report["target"] == {"table": "people", "dialect": "mysql"}
    rig.set(RDS_DATABASE="elsewhere")
    with pytest.raises(RunsFailedError):  # the user has no rights there: it was asked
        rig.invoke(SCHEDULE)


def test_what_is_remembered_is_only_a_short_cut(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, people(5))
    rig.invoke(SCHEDULE)
    listed = rig.s3.list_objects_v2(Bucket=rig.bucket, Prefix="state/")["Contents"]
    for entry in listed:
        rig.s3.put_object(Bucket=rig.bucket, Key=entry["Key"], Body=b"\x00 no JSON")
    rig.put(KEY, people(6))
    (report,) = rig.invoke(SCHEDULE)
    assert (report["status"], report["strategy"]) == ("applied", "staged")
    assert report["rows"]["inserted"] == 1


def test_a_changed_file_needs_the_database(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, people(5))
    rig.invoke(SCHEDULE)
    rig.put(KEY, people(6))
    rig.server.stop()
    with pytest.raises(RunsFailedError):
        rig.invoke(SCHEDULE, Context(seconds=21))


def test_full_does_not_trust_what_is_remembered(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, people(5))
    rig.invoke(SCHEDULE)
    rig.run("DELETE FROM people WHERE id = 3")
    (report,) = rig.invoke({"feed": "people", "full": True})
    assert (report["status"], report["rows"]["inserted"]) == ("applied", 1)
    assert rig.rows("SELECT COUNT(*) FROM people") == [(5,)]
