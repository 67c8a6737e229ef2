"""The environment is checked as a whole, and every fault is named at once."""

import json
from typing import Any

import pytest
from events import SCHEDULE
from people import KEY, PEOPLE, people
from rig import Rig

from csvferry.aws.settings import read_settings
from csvferry.errors import SettingsError

GOOD = {
    "CSVFERRY_FEEDS": json.dumps([{"source": "s3://bucket/people.csv"}]),
    "RDS_HOST": "db.internal",
    "RDS_DATABASE": "people",
    "SECRETS_NAME": "secret",
}


def _fault(**changes: Any) -> str:
    with pytest.raises(SettingsError) as raised:
        read_settings({**GOOD, **changes})
    return str(raised.value)


def test_every_fault_is_named_in_one_message() -> None:
    with pytest.raises(SettingsError) as raised:
        read_settings({"RDS_PORT": "many", "SIGN_IN": "magic", "CSVFERRY_STATE": "s3://b/x"})
    for name in (
        "CSVFERRY_FEEDS",
        "RDS_HOST",
        "RDS_DATABASE",
        "RDS_PORT",
        "SIGN_IN",
        "CSVFERRY_STATE",
    ):
        assert f"{name}: " in str(raised.value)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"SECRETS_NAME": ""}, "SECRETS_NAME: SIGN_IN=secret needs it"),
        ({"SIGN_IN": "iam"}, "RDS_USER: SIGN_IN=iam needs it"),
        ({"RDS_CA": "/no/such.pem"}, "RDS_CA: there is no such file"),
        ({"CSVFERRY_FEEDS": "{"}, "CSVFERRY_FEEDS: neither JSON nor s3://"),
        ({"CSVFERRY_FEEDS": "[" * 4000}, "CSVFERRY_FEEDS: it is no list of feeds"),
        ({"CSVFERRY_FEEDS": f"[{'1' * 5000}]"}, "CSVFERRY_FEEDS: it is no list of feeds"),
        ({"CSVFERRY_FEEDS": '["people"]'}, "feed 1: it is no object"),
        ({"CSVFERRY_FEEDS": '[{"source": "s3://b/k", "self": 1, "": 2}]'}, "feed 1: "),
        ({"CSVFERRY_FEEDS": '[{"source": {"a": []}}, {"source": 5}]'}, "feed 2: "),
        ({"CSVFERRY_FEEDS": '[{"source": "s3://b/k", "max_rejects": 1e999}]'}, "feed 1: "),
        ({"CSVFERRY_FEEDS": "[]"}, "no list of feeds, or an empty one"),
        ({"CSVFERRY_FEEDS": '[{"source": "people.csv"}]'}, "people: the source is no address"),
        ({"CSVFERRY_FEEDS": '[{"source": "s3://b/k", "colour": 1}]'}, "there is no such option"),
        (
            {"CSVFERRY_FEEDS": '[{"source": "s3://b/a.csv"}, {"source": "s3://c/a.csv"}]'},
            "two feeds are named a",
        ),
    ],
)
def test_each_fault_is_told(changes: dict[str, str], told: str) -> None:
    assert told in _fault(**changes)


def test_no_value_is_told() -> None:
    assert "hunter2" not in _fault(RDS_PORT="hunter2", SIGN_IN="hunter2")


def test_options_that_terraform_writes_as_null_count_as_not_given() -> None:
    feeds = json.dumps([{"source": "s3://b/a.csv", "table": None, "max_rejects": None}])
    _, (feed,) = read_settings({**GOOD, "CSVFERRY_FEEDS": feeds})
    assert feed.label == "a"


def test_feeds_may_come_from_a_csvferry_toml_in_the_bucket(rig: Rig) -> None:
    rig.put(KEY, people(3))
    rig.put(
        "csvferry.toml",
        f'[defaults]\nmode = "upsert"\n[[feeds]]\nsource = "s3://{rig.bucket}/{KEY}"\nkey = "id"\n',
    )
    rig.set(CSVFERRY_FEEDS=f"s3://{rig.bucket}/csvferry.toml")
    (report,) = rig.invoke(SCHEDULE)
    assert (report["mode"], report["target"]["table"]) == ("upsert", "people")
    rig.put("csvferry.toml", f'[[feeds]]\nsource = "s3://{rig.bucket}/{KEY}"\nname = "renamed"\n')
    (report,) = rig.invoke(SCHEDULE)
    assert report["feed"] == "renamed"


def test_the_settings_are_checked_before_anything_is_run(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.set(RDS_HOST=None)
    with pytest.raises(SettingsError, match="RDS_HOST: it is not set"):
        rig.invoke(SCHEDULE)
    assert rig.logs()[-1]["level"] == "ERROR"
