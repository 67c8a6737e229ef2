"""Logs, metrics and what they never hold."""

import json

import pytest
from events import SCHEDULE
from people import KEY, PEOPLE, people
from rig import Rig

from csvferry.errors import RunsFailedError

METRICS = {
    "RowsRead", "RowsInserted", "RowsUpdated", "RowsDeleted", "RowsUnchanged", "RowsDuplicate",
    "RowsRejected", "Seconds", "Bytes", "RunsApplied", "RejectedShare",
}  # fmt: skip
AT_REST = {"SecondsSinceSuccess", "SecondsSinceTableCheck"}


def test_each_feed_and_all_together_have_metrics(rig: Rig) -> None:
    other = {**PEOPLE, "name": "other", "source": "in/other.csv", "table": "other"}
    rig.feeds(PEOPLE, other)
    rig.put(KEY, people(19) + "20,twice@in.example,more\n")
    rig.put("in/other.csv", people(4))
    rig.invoke(SCHEDULE)
    mine = rig.metrics(service="csvferry-test", feed="people")
    total = rig.metrics(service="csvferry-test")
    assert set(mine) == METRICS | {"SecondsSinceSuccess"}
    assert set(total) == METRICS | AT_REST
    assert (mine["RowsRead"], mine["RowsInserted"], mine["RowsRejected"]) == (20, 19, 1)
    assert mine["RejectedShare"] == 5
    assert (total["RowsRead"], total["RunsApplied"]) == (24, 2)


def test_an_hour_in_which_nothing_changed_sends_three_metrics(rig: Rig) -> None:
    """Each costs 0.30 USD a month while it is sent."""
    rig.feeds(PEOPLE)
    rig.put(KEY, people(4))
    rig.invoke(SCHEDULE)
    rig.invoke(SCHEDULE)
    assert set(rig.metrics(service="csvferry-test")) == AT_REST | {"RunsUnchanged"}
    assert rig.metrics(service="csvferry-test")["RunsUnchanged"] == 1
    assert rig.metrics(service="csvferry-test", feed="people") == {}


def test_the_age_of_the_last_success_grows_over_failures(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, people(4))
    rig.invoke(SCHEDULE)
    known = json.dumps({"people": 1_700_000_000})
    rig.s3.put_object(Bucket=rig.bucket, Key="state/successes.json", Body=known)
    rig.put(KEY, "a,b\n1,2\n")
    with pytest.raises(RunsFailedError):
        rig.invoke(SCHEDULE)
    assert rig.metrics(service="csvferry-test")["SecondsSinceSuccess"] > 10_000_000


def test_logs_are_json_with_the_requests_and_the_runs_id(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, people(4))
    (report,) = rig.invoke(SCHEDULE)
    (line,) = [line for line in rig.logs() if line["message"] == "applied"]
    assert line["function_request_id"] == "8a3c1e52-0000-4000-8000-csvferrytest"
    assert line["run_id"] == report["run"] == line["report"]["run"]
    assert line["service"] == "csvferry-test"


def test_nothing_that_the_suite_printed_holds_an_address_or_a_password(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, "id,email\n1,plain@in.example\nx,odd@in.example\n2,two@in.example,more\n")
    rig.run("CREATE TABLE people (id INT PRIMARY KEY, email VARCHAR(5) NOT NULL)")
    rig.invoke(SCHEDULE)
    rig.vault.put_secret_value(SecretId=rig.bucket, SecretString='{"username": "f"}')
    rig.set(LOG_LEVEL="DEBUG")
    rig.put(KEY, "id,email\n1,again@in.example\n")
    with pytest.raises(RunsFailedError):
        rig.invoke({"full": True})
    assert "plain@in.example" in rig.printed.addresses
    assert len(rig.printed.text.getvalue()) > 1000
    assert rig.printed.told() == []
