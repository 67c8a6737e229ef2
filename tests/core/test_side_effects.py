"""What the table's surroundings do is in the report of plan and of sync, row by row counted."""

from pathlib import Path
from typing import Any

import csvferry
from targets import Target

TABLES = (
    "CREATE TABLE people (id INT PRIMARY KEY, n VARCHAR(5), kind VARCHAR(9) DEFAULT 'guest')",
    "CREATE TABLE visits (id INT PRIMARY KEY, person INT,"
    " FOREIGN KEY (person) REFERENCES people (id) ON DELETE CASCADE)",
    "CREATE TABLE notes (id INT PRIMARY KEY, person INT,"
    " FOREIGN KEY (person) REFERENCES people (id) ON DELETE SET NULL)",
    "INSERT INTO people (id, n) VALUES (1, 'a'), (2, 'b')",
    "INSERT INTO visits VALUES (1, 2), (2, 2)",
    "INSERT INTO notes VALUES (1, 2)",
)


def test_plan_and_sync_tell_the_same(target: Target, tmp_path: Path) -> None:
    target.run(*TABLES)
    file = tmp_path / "people.csv"
    file.write_text("id,n\n1,a\n3,c\n")
    options: dict[str, Any] = {"to": target.url, "mode": "mirror", "max_deletes": "100%"}
    planned = csvferry.plan(file, **options)
    assert target.rows("SELECT COUNT(*) FROM visits") == [(2,)]
    done = csvferry.sync(file, **options)
    expected = {
        "rewritten": 0,
        "deleted": {"visits": 2},
        "updated": {},
        "set_null": {"notes": 1},
        "defaults": {"kind": 1},
    }
    assert planned.to_dict()["side_effects"] == done.to_dict()["side_effects"] == expected
    assert target.rows("SELECT COUNT(*) FROM visits") == [(0,)]


def test_a_plan_shows_what_the_guard_would_stop(target: Target, tmp_path: Path) -> None:
    target.run(*TABLES)
    file = tmp_path / "people.csv"
    file.write_text("id,n\n1,a\n")
    report = csvferry.plan(file, to=target.url, mode="mirror", max_deletes="60%")
    assert "2 of 2 rows of visits would go too, by CASCADE" in str(report.message)
    assert report.side_effects.deleted == {"visits": 2}


def test_a_run_without_any_tells_none(target: Target, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("id,n\n1,a\n")
    report = csvferry.sync(file, to=target.url)
    assert report.message is None
    assert not any(report.to_dict()["side_effects"].values())
