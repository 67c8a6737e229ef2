"""What is final is not tried again, and told with its cure."""

import pytest
from events import SCHEDULE
from people import KEY, PEOPLE, people
from rig import Rig
from stormy import answering

from csvferry.errors import RunsFailedError

DENIED = answering(403, "AccessDenied", "User is not authorized to perform: s3:GetObject")
NO_KEY = answering(
    403,
    "AccessDenied",
    "User: arn:aws:sts::1:assumed-role/f is not authorized to perform: kms:Decrypt",
)


def _failure(rig: Rig) -> str:
    with pytest.raises(RunsFailedError) as raised:
        rig.invoke(SCHEDULE)
    return str(raised.value)


def test_access_denied_names_the_permission(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, people(3))
    rig.storm.strike("HEAD", DENIED)
    rig.storm.strike("GET", DENIED, times=2)
    assert f"allow s3:GetObject on arn:aws:s3:::{rig.bucket}/{KEY}" in _failure(rig)
    heads = [path for method, path in rig.storm.requests if method == "HEAD"]
    assert len(heads) == 1


def test_a_key_that_may_not_be_used_is_told_apart(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, people(3))
    rig.set(CSVFERRY_STATE=None)
    rig.storm.strike("GET", NO_KEY)
    assert "allow kms:Decrypt" in _failure(rig)


def test_listing_denied_names_its_own_permission(rig: Rig) -> None:
    rig.feeds({**PEOPLE, "source": "in/"})
    rig.storm.strike("GET", DENIED)
    assert f"allow s3:ListBucket on arn:aws:s3:::{rig.bucket}" in _failure(rig)


def test_a_bucket_that_is_gone_is_named(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.s3.delete_bucket(Bucket=rig.bucket)
    assert f"there is no bucket s3://{rig.bucket}" in _failure(rig)
    rig.feeds({**PEOPLE, "source": "in/"})
    assert f"there is no bucket s3://{rig.bucket}" in _failure(rig)


def test_an_object_that_is_not_there_is_named_and_no_success(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    (report,) = rig.invoke(SCHEDULE)
    assert f"there is no object s3://{rig.bucket}/{KEY}" in report["message"]
    assert [line["level"] for line in rig.logs()] == ["WARNING"]


def test_a_prefix_without_files_is_no_failure_and_no_success(rig: Rig) -> None:
    rig.feeds({**PEOPLE, "source": "in/"})
    assert rig.invoke(SCHEDULE) == []
    assert [line["level"] for line in rig.logs()] == ["WARNING"]


def test_expired_credentials_are_told(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.set(CSVFERRY_STATE=None)
    rig.storm.strike("HEAD", answering(400, "", ""))
    rig.storm.strike("GET", answering(400, "ExpiredToken", "The provided token has expired."))
    assert "does not accept the credentials (ExpiredToken)" in _failure(rig)


def test_one_feed_that_fails_does_not_keep_the_others_from_running(rig: Rig) -> None:
    rig.feeds({**PEOPLE, "name": "foreign", "source": "in/foreign.csv"}, PEOPLE)
    rig.put("in/foreign.csv", "a,b\n1,2\n")
    rig.put(KEY, people(3))
    assert "people:" not in _failure(rig)
    assert rig.rows("SELECT COUNT(*) FROM people") == [(3,)]
    assert rig.metrics(service="csvferry-test", feed="people")["RunsApplied"] == 1
    assert rig.metrics(service="csvferry-test", feed="foreign")["RunsFailed"] == 1


def test_plain_http_to_another_machine_is_refused(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.set(AWS_ENDPOINT_URL_S3="http://192.0.2.1:9000")
    assert "is plain http:// to another machine" in _failure(rig)
