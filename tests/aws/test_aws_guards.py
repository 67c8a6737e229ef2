"""Truncated, empty and wrong files change nothing; the invocation ends well, the alarm rings."""

from typing import Any

import pytest
from events import SCHEDULE
from people import KEY, PEOPLE, people
from rig import Rig

MIRROR: dict[str, Any] = {**PEOPLE, "mode": "mirror"}


@pytest.mark.parametrize(
    "broken",
    [people(100)[:1200], people(100)[:10], "id,email\n", "", "id,email\n" + "x,y,z\n" * 90],
    ids=["truncated", "cut-off-early", "only-a-header", "empty", "rejects"],
)
def test_a_broken_upload_is_stopped_by_a_guard(rig: Rig, broken: str) -> None:
    rig.feeds(MIRROR)
    rig.put(KEY, people(100))
    rig.invoke(SCHEDULE)
    rig.put(KEY, broken)
    (report,) = rig.invoke(SCHEDULE)
    assert report["status"] == "guarded"
    assert rig.metrics(service="csvferry-test")["RunsGuarded"] == 1
    assert rig.rows("SELECT COUNT(*) FROM people") == [(100,)]


def test_after_a_guard_stop_the_mended_file_is_applied(rig: Rig) -> None:
    rig.feeds(MIRROR)
    rig.put(KEY, people(100))
    rig.invoke(SCHEDULE)
    rig.put(KEY, people(100)[:1200])
    rig.invoke(SCHEDULE)
    rig.put(KEY, people(99))
    (report,) = rig.invoke(SCHEDULE)
    assert (report["status"], report["rows"]["deleted"]) == ("applied", 1)
