"""A server whose machine is in Berlin: TIMESTAMP values are what they are to every other client."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from csvferry.config.feed import make_feed
from csvferry.databases.connect import open_database
from csvferry.load.context import Run
from csvferry.model.report import Report
from csvferry.run.runner import attempt
from csvferry.sources.source import find
from servers import absent, has, start_mariadb, start_mysql
from targets import Target, fresh_database

STARTS = {"mariadb": ("mariadbd", start_mariadb), "mysql": ("mysqld", start_mysql)}


@pytest.fixture(scope="module", params=STARTS)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    program, start = STARTS[request.param]
    if not has(program):
        absent(f"{request.param}: no {program} on the path")
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Europe/Berlin"
    try:
        with start(tmp_path_factory.mktemp("zone")) as url:
            yield request.param, url
    finally:
        os.environ.pop("TZ")
        if before is not None:
            os.environ["TZ"] = before


@pytest.fixture
def berlin(server: tuple[str, str]) -> Iterator[Target]:
    with fresh_database(server[1]) as url:
        yield Target(server[0], url)


def _sync(berlin: Target, path: Path, text: str, **options: Any) -> Report:
    path.write_text(text)
    given = {"table": "people", "mode": "upsert", "max_rejects": "100%", **options}
    feed = make_feed(source=str(path), to=berlin.url, **given)
    (found,) = find(feed.source)
    report, error = attempt(Run(feed, found))
    assert error is None
    return report


def test_the_zone_is_found_by_the_servers_own_clock(berlin: Target) -> None:
    database = open_database(berlin.url)
    try:
        zone = database.zone()
        offsets = database.query("SELECT TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW())")
    finally:
        database.close()
    assert zone.fixed is None
    assert offsets[0][0] in (3600, 7200)


def test_values_are_as_the_file_says_and_compare_so(berlin: Target, tmp_path: Path) -> None:
    berlin.run(
        "CREATE TABLE people (id INT PRIMARY KEY, a TIMESTAMP NULL,"
        " made DATETIME DEFAULT CURRENT_TIMESTAMP)",
        "INSERT INTO people (id, a) VALUES (1, '2025-07-01 12:00:00')",
    )
    text = "id,a\n1,2025-07-01 12:00:00\n2,2025-01-01 13:00:00\n3,2025-07-01T10:00:00Z\n"
    report = _sync(berlin, tmp_path / "people.csv", text)
    assert (report.rows.unchanged, report.rows.inserted) == (1, 2)
    shown = [str(a) for _, a in berlin.rows("SELECT id, a FROM people ORDER BY 1")]
    assert shown == ["2025-07-01 12:00:00", "2025-01-01 13:00:00", "2025-07-01 12:00:00"]
    late = berlin.rows("SELECT id FROM people WHERE ABS(TIMESTAMPDIFF(MINUTE, made, NOW())) > 10")
    assert not late


def test_hours_that_are_not_or_twice_are_rejected(berlin: Target, tmp_path: Path) -> None:
    berlin.run("CREATE TABLE people (id INT PRIMARY KEY, a TIMESTAMP NULL)")
    text = (
        "id,a\n1,2025-03-30 01:59:59\n2,2025-03-30 02:00:00\n3,2025-03-30 02:59:59\n"
        "4,2025-03-30 03:00:00\n5,2025-10-26 01:59:59\n6,2025-10-26 02:00:00\n"
        "7,2025-10-26 02:59:59\n8,2025-10-26 03:00:00\n9,2025-10-26T00:30:00Z\n"
    )
    report = _sync(berlin, tmp_path / "people.csv", text)
    assert (report.rows.inserted, report.rows.rejected) == (4, 5)
    stored = berlin.rows("SELECT id, UNIX_TIMESTAMP(a) FROM people ORDER BY 1")
    assert [(number, int(at)) for number, at in stored] == [
        (1, 1743296399),
        (4, 1743296400),
        (5, 1761436799),
        (8, 1761444000),
    ]


def test_the_file_may_be_in_another_zone(berlin: Target, tmp_path: Path) -> None:
    berlin.run("CREATE TABLE people (id INT PRIMARY KEY, a TIMESTAMP NULL, d DATETIME)")
    text = "id,a,d\n1,2025-07-01 06:00:00,2025-07-01T10:00:00Z\n2,2025-03-09 02:30:00,\n"
    report = _sync(berlin, tmp_path / "people.csv", text, timezone="America/New_York")
    assert (report.rows.inserted, report.rows.rejected) == (1, 1)
    ((a, d),) = berlin.rows("SELECT a, d FROM people")
    assert (str(a), str(d)) == ("2025-07-01 12:00:00", "2025-07-01 06:00:00")
