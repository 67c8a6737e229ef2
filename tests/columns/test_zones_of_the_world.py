"""Local times around each change of a zone's clock, against Python's own zones, on both servers."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import csvferry
from targets import Target

# Half an hour at Lord Howe; at Casablanca winter time is in Ramadan; Kathmandu has one offset.
ZONES = [
    *("Europe/Berlin", "America/New_York", "America/St_Johns", "Australia/Lord_Howe"),
    *("Africa/Casablanca", "Atlantic/Azores", "Pacific/Auckland", "Asia/Kathmandu"),
]
AROUND = [0, 1, 59, 60, 1799, 1800, 1801, 3599, 3600, 3601, 5400, 7199, 7200, 7201]


def _changes(zone: ZoneInfo) -> Iterator[datetime]:
    """The hours of 2023 and 2024 at whose begin the zone's offset is another, in UTC."""
    at = datetime(2023, 1, 1, tzinfo=UTC)
    while at.year < 2025:
        before, at = at, at + timedelta(hours=1)
        if before.astimezone(zone).utcoffset() != at.astimezone(zone).utcoffset():
            yield at


def _local_times(zone: ZoneInfo) -> list[datetime]:
    found = {datetime(2023, month, 15, 12) for month in range(1, 13)}
    for change in _changes(zone):
        for side in (change - timedelta(seconds=1), change):
            wall = side.astimezone(zone).replace(tzinfo=None)
            found |= {wall + timedelta(seconds=sign * s) for s in AROUND for sign in (1, -1)}
    return sorted(found)


def _instant(wall: datetime, zone: ZoneInfo) -> int | None:
    """Seconds since 1970; None where the zone has the time twice or not."""
    offsets = {wall.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1)}
    if len(offsets) > 1:
        return None
    return int(wall.replace(tzinfo=zone).timestamp())


@pytest.mark.parametrize("name", ZONES)
def test_a_local_time_is_its_instant_or_rejected(
    name: str, server_target: Target, tmp_path: Path
) -> None:
    zone = ZoneInfo(name)
    walls = _local_times(zone)
    server_target.run("CREATE TABLE people (id INT PRIMARY KEY, a TIMESTAMP NULL, d DATETIME)")
    rows = (f"{n},{wall},{_with_offset(wall, zone)}\n" for n, wall in enumerate(walls))
    path = tmp_path / "people.csv"
    path.write_text("id,a,d\n" + "".join(rows))
    report = csvferry.sync(
        path, to=server_target.url, table="people", timezone=name, max_rejects="100%"
    )
    expected = {n: _instant(wall, zone) for n, wall in enumerate(walls)}
    stored = server_target.rows("SELECT id, UNIX_TIMESTAMP(a), d FROM people ORDER BY id")
    good = {n: at for n, at in expected.items() if at is not None}
    assert {number: int(at) for number, at, _ in stored} == good
    assert {number: d for number, _, d in stored} == {n: walls[n] for n in good}
    assert report.rows.rejected == len(walls) - len(good)


def _with_offset(wall: datetime, zone: ZoneInfo) -> str:
    """The time with its offset, taken into a DATETIME; of one that is not, any moment."""
    return wall.replace(tzinfo=zone).isoformat()
