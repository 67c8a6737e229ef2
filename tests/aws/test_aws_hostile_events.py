"""Events that somebody made up: each is an order or a short refusal, and no key is a glob."""

from typing import Any

import pytest
from events import created, notified
from hypothesis import given, settings
from hypothesis import strategies as st
from people import PEOPLE, people
from rig import Rig

from csvferry.aws.events.request import Order, read_event
from csvferry.errors import UsageError

words = st.sampled_from(
    ["Records", "Event", "detail-type", "detail", "source", "s3", "bucket", "object", "name", "key",
     "eventSource", "eventName", "aws:s3", "aws.s3", "ObjectCreated:Put", "Object Created", "feed",
     "plan", "Scheduled Event"]
) | st.text(max_size=5)  # fmt: skip
values = st.recursive(
    st.none() | st.booleans() | st.integers() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=500)
@given(values)
def test_anything_at_all_is_an_order_or_a_refusal(event: Any) -> None:
    told = _refusal(event)
    assert isinstance(read_event(event), Order) if told is None else 0 < len(told) < 400


def _refusal(event: Any) -> str | None:
    try:
        read_event(event)
    except UsageError as refusal:
        return str(refusal)
    return None


@pytest.mark.parametrize(
    "event",
    [
        {"x" * 1_000_000: 1},
        {str(number): number for number in range(100_000)},
        {"detail-type": "x" * 1_000_000},
        {"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put"}] * 100_000},
    ],
)
def test_a_huge_event_is_refused_in_few_words(event: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as refusal:
        read_event(event)
    assert len(str(refusal.value)) < 400


def test_a_huge_name_of_a_feed_is_not_repeated(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    with pytest.raises(UsageError) as refusal:
        rig.invoke({"feed": "x" * 1_000_000})
    assert len(str(refusal.value)) < 400


@pytest.mark.parametrize("key", ["drop/*.csv", "drop/[ab].csv", "drop/?.csv", "drop/**.csv"])
def test_a_key_of_an_event_is_no_glob(rig: Rig, key: str) -> None:
    rig.feeds({**PEOPLE, "source": "drop/", "table": "dropped"})
    for name in ("drop/a.csv", "drop/b.csv", key):
        rig.put(name, people(2))
    for event in (created(rig.bucket, key), notified(rig.bucket, key)):
        uris = {report["source"]["uri"].rpartition("/")[2] for report in rig.invoke(event)}
        assert uris == {"a.csv", "b.csv", key.rpartition("/")[2]}


@pytest.mark.parametrize("key", ["drop/../in/people.csv", "drop//people.csv", "drop/\x1b[1m.csv"])
def test_a_key_that_leads_elsewhere_brings_nothing(rig: Rig, key: str) -> None:
    rig.feeds({**PEOPLE, "source": "drop/"})
    rig.put("in/people.csv", people(2))
    assert rig.invoke(created(rig.bucket, key)) == []
    assert rig.rows("SHOW TABLES") == []
