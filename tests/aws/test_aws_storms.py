"""An S3 server that answers 503, resets connections and cuts bodies short is survived."""

import random
from typing import Any

import pytest
from events import SCHEDULE
from people import KEY, PEOPLE, people
from rig import Rig
from stormy import Trouble, busy, cutting, resetting


@pytest.mark.parametrize("method", ["HEAD", "GET"])
@pytest.mark.parametrize("trouble", [busy, resetting])
def test_refusals_that_pass_are_tried_again(rig: Rig, method: str, trouble: Trouble) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, people(20))
    rig.storm.strike(method, trouble, times=2)
    (report,) = rig.invoke(SCHEDULE)
    assert report["rows"]["inserted"] == 20
    assert not rig.storm.troubles


@pytest.mark.parametrize("reset", [False, True])
def test_a_body_that_breaks_off_is_resumed_where_it_broke(rig: Rig, reset: bool) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, people(30_000))
    for after in (0, 1, 70_000, 333_333):
        rig.storm.strike("GET", cutting(after, reset=reset))
    (report,) = rig.invoke(SCHEDULE)
    assert report["rows"]["inserted"] == 30_000
    assert not rig.storm.troubles


def test_a_large_object_survives_all_of_it_at_once(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, _wide(40_000_000))
    choice = random.Random(7)
    troubles: list[Trouble] = [busy, resetting, cutting(5_000_000), cutting(9_999, reset=True)]
    for _ in range(12):
        rig.storm.strike("GET", choice.choice(troubles))
    (report,) = rig.invoke(SCHEDULE)
    assert report["status"] == "applied"
    assert rig.rows("SELECT COUNT(*), MIN(LENGTH(email)), MAX(id) FROM people") == [
        (report["rows"]["read"], 1000, report["rows"]["read"])
    ]


def _wide(size: int) -> bytes:
    rows = (b"%d,%s\n" % (number, b"x" * 1000) for number in range(1, size // 1008))
    return b"id,email\n" + b"".join(rows)


def test_packed_files_are_read_through_storms_too(rig: Rig) -> None:
    import gzip

    packed: dict[str, Any] = {**PEOPLE, "source": "in/people.csv.gz"}
    rig.feeds(packed)
    rig.put("in/people.csv.gz", gzip.compress(people(5000).encode()))
    rig.storm.strike("GET", cutting(100))
    assert rig.invoke(SCHEDULE)[0]["rows"]["inserted"] == 5000
