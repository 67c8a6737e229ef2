"""A declared form of dates takes what Python's own parser takes, and gives what it gives."""

import csv
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from csvferry.config.columns.date_format import parse_date_format
from csvferry.config.feed import make_feed
from csvferry.load.context import Run
from csvferry.run.runner import attempt
from csvferry.sources.source import find
from csvferry.text.columns.conversions import dated
from targets import Target

FORMATS = [
    *("%d/%m/%Y", "%m/%d/%y", "%d.%m.%Y %H:%M", "%Y%m%d", "%d %b %Y", "%B %d, %Y", "%I:%M %p"),
    *("%H:%M", "%H%M%S", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S.%f", "%Y/%j", "%d%m%Y"),
    *("%a %d %b %Y %H:%M:%S", "%d-%B-%y %I%p", "%A, %d. %m. %Y", "100%% %d/%m/%Y"),
]


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def _texts(form: str) -> st.SearchStrategy[str]:
    """Moments as the format writes them, and texts that are nearly so."""
    short = "%y" in form
    moments = st.datetimes(datetime(1969 if short else 1000, 1, 1), datetime(2068, 12, 31))
    zones = st.integers(-839, 839).map(lambda minutes: timezone(timedelta(minutes=minutes)))
    written = st.builds(lambda m, z: m.replace(tzinfo=z).strftime(form), moments, zones)
    signs = st.sampled_from("0123456789 /:.Z-ax")
    mutated = written.flatmap(
        lambda text: st.builds(
            lambda at, sign, keep: text[:at] + sign + text[at + keep :],
            st.integers(0, len(text)),
            signs,
            st.integers(0, 1),
        )
    )
    bare = written.map(lambda text: text.replace("0", "", 1))
    return st.one_of(written, written, bare, written.map(str.upper), mutated, mutated)


def _by_python(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form)  # %z says it where there is one
    except ValueError:
        return None


def _expected(text: str, form: str) -> object:
    """What Python's parser makes of it: a datetime, a date, a time, or None."""
    found = _by_python(text, form)
    if found is None:
        return None
    if "%j" in form and f"{found:%Y}" not in text:  # day 366 is another year's first to Python
        return None
    declared = parse_date_format(form)
    if declared.has_date and declared.has_time:
        return found
    return found.date() if declared.has_date else found.time()


def _parsed(value: str, like: object) -> object:
    if value.startswith("\0"):
        return None
    kind = type(like) if like is not None else datetime
    if kind is datetime:
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if kind is date else time.fromisoformat(value)


@pytest.mark.parametrize("form", FORMATS)
def test_a_format_takes_what_python_takes(form: str, con: duckdb.DuckDBPyConnection) -> None:
    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(_texts(form), min_size=50, max_size=50))
    def check(texts: list[str]) -> None:
        rows = con.execute(
            f"SELECT {dated(parse_date_format(form), 'c0')} FROM (SELECT unnest(?) AS c0)", [texts]
        ).fetchall()
        expected = [_expected(text, form) for text in texts]
        found = [_parsed(value, like) for (value,), like in zip(rows, expected, strict=True)]
        assert found == expected

    check()


@pytest.mark.parametrize("form", ["%d.%m.%Y %H:%M", "%b %d, %Y %I:%M %p", "%Y-%m-%dT%H:%M:%S%z"])
def test_a_database_gets_the_moments_that_python_reads(
    form: str, target: Target, tmp_path: Path
) -> None:
    start = datetime(2024, 12, 30, 7, 5, tzinfo=timezone(timedelta(hours=2)))
    moments = [start + timedelta(hours=37 * n) for n in range(40)]
    path = tmp_path / "people.csv"
    with path.open("w", newline="") as file:
        rows = [(n, moment.strftime(form)) for n, moment in enumerate(moments)]
        csv.writer(file).writerows([("id", "seen"), *rows, (99, "2025-01-01")])
    target.run("CREATE TABLE people (id INT PRIMARY KEY, seen DATETIME)")
    feed = make_feed(source=str(path), to=target.url, table="people", date={"seen": form})
    (found,) = find(feed.source)
    report, _ = attempt(Run(feed, found))
    assert (report.rows.inserted, report.rows.rejected) == (40, 1)
    stored = [str(seen) for _, seen in target.rows("SELECT id, seen FROM people ORDER BY 1")]
    utc = "%z" in form
    wanted = [m.astimezone(timezone.utc) if utc else m for m in moments]  # noqa: UP017
    assert stored == [f"{m:%Y-%m-%d %H:%M:%S}" for m in wanted]
