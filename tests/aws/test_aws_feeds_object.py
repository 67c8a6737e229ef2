"""Feeds kept as an object in the bucket, and the places that are no feed's."""

import json
from typing import Any

import pytest
from events import SCHEDULE
from people import KEY, PEOPLE, people
from rig import Rig

from csvferry.aws.settings import read_settings
from csvferry.errors import CsvFerryError, SettingsError

GOOD = {
    "CSVFERRY_STATE": "s3://bucket/state/",
    "RDS_HOST": "db.internal",
    "RDS_DATABASE": "people",
    "SECRETS_NAME": "secret",
}


def _put_feeds(rig: Rig, *feeds: dict[str, Any]) -> None:
    placed = [{**feed, "source": f"s3://{rig.bucket}/{feed['source']}"} for feed in feeds]
    rig.put("config/feeds.json", json.dumps(placed))


def test_a_hundred_feeds_are_read_from_the_bucket(rig: Rig) -> None:
    """An environment variable holds 4 KB, about 17 feeds."""
    many = [
        {**PEOPLE, "name": f"feed-{n}", "source": f"in/{n}/", "runner": "function", "table": None}
        for n in range(100)
    ]
    _put_feeds(rig, *many, PEOPLE)
    rig.set(CSVFERRY_FEEDS=f"s3://{rig.bucket}/config/feeds.json")
    rig.put(KEY, people(3))
    (report,) = rig.invoke({"feed": "people"})
    assert report["status"] == "applied"


def test_a_change_of_the_feeds_counts_at_once(rig: Rig) -> None:
    rig.set(CSVFERRY_FEEDS=f"s3://{rig.bucket}/config/feeds.json")
    rig.put(KEY, people(3))
    _put_feeds(rig, PEOPLE)
    assert [report["feed"] for report in rig.invoke(SCHEDULE)] == ["people"]
    _put_feeds(rig, {**PEOPLE, "name": "renamed"})
    assert [report["feed"] for report in rig.invoke(SCHEDULE)] == ["renamed"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "CSVFERRY_FEEDS: neither JSON nor s3://"),
        ("[]", "no list of feeds, or an empty one"),
        ('[{"source": "s3://b/k", "runner": "spark"}]', "feed 1: runner"),
        (None, "there is no object"),
    ],
)
def test_an_object_that_holds_no_feeds_is_told(rig: Rig, content: str | None, told: str) -> None:
    rig.set(CSVFERRY_FEEDS=f"s3://{rig.bucket}/config/feeds.json")
    if content is not None:
        rig.put("config/feeds.json", content)
    with pytest.raises(CsvFerryError) as raised:
        rig.invoke(SCHEDULE)
    assert told in str(raised.value)


@pytest.mark.parametrize(
    "source",
    ["", "state/", "reports/", "tasks/", "config/", "**", "*/*.csv", "**/*.csv", "reports/x.csv",
     "state/applied/*.json", "r*/x.csv"],
)  # fmt: skip
def test_a_feed_that_would_take_in_the_functions_own_objects_is_refused(source: str) -> None:
    """Rejected rows below reports/ would be loaded as a file that came."""
    feeds = json.dumps([{"source": f"s3://bucket/{source}", "table": "t"}])
    with pytest.raises(SettingsError, match=r"includes s3://bucket/.*the function's own"):
        read_settings({**GOOD, "CSVFERRY_FEEDS": feeds})


@pytest.mark.parametrize(
    "address",
    ["s3://bucket/incoming/", "s3://bucket/*.csv", "s3://bucket/people.csv", "s3://other/",
     "s3://bucket/in/**/*.csv", "s3://bucket/statement.csv", "gs://bucket/"],
)  # fmt: skip
def test_a_feed_beside_them_is_taken(address: str) -> None:
    feeds = json.dumps([{"source": address, "table": "t"}])
    _, (feed,) = read_settings({**GOOD, "CSVFERRY_FEEDS": feeds})
    assert feed.source == address


@pytest.mark.parametrize(
    ("state", "place"),
    [
        ("s3://bucket/state/", "s3://bucket/reports/"),
        ("s3://bucket/a/b/state/", "s3://bucket/a/b/reports/"),
        ("s3://bucket/", "s3://bucket/reports/"),
    ],
)
def test_the_functions_own_places_are_beside_the_state(state: str, place: str) -> None:
    feeds = json.dumps([{"source": "s3://bucket/in/", "table": "t"}])
    settings, _ = read_settings({**GOOD, "CSVFERRY_STATE": state, "CSVFERRY_FEEDS": feeds})
    assert settings.beside("reports/") == place


def test_a_task_without_a_place_for_its_marker_is_refused() -> None:
    feeds = json.dumps([{"source": "s3://bucket/in/", "table": "t", "runner": "task"}])
    with pytest.raises(SettingsError, match="runner = task needs CSVFERRY_STATE"):
        read_settings({**GOOD, "CSVFERRY_STATE": "", "CSVFERRY_FEEDS": feeds})
