"""A plan needs no right to write: what sync would do is known before a row is written."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

import csvferry
from targets import Target

ROWS = "id,name\n1,a\n2,changed\n4,new\n5,\n"


def _filled(target: Target) -> None:
    target.run(
        "CREATE TABLE people (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(20) NOT NULL)",
        "INSERT INTO people VALUES (1, 'a'), (2, 'b'), (3, 'c')",
    )


def test_a_user_without_any_right_to_write_can_plan(server_target: Target, tmp_path: Path) -> None:
    _filled(server_target)
    parts = urlsplit(server_target.url)
    name, database = f"reader_{parts.path.strip('/')[-12:]}", parts.path.strip("/")
    server_target.run(
        f"CREATE USER '{name}'@'%'",
        f"GRANT SELECT, TRIGGER, CREATE TEMPORARY TABLES ON `{database}`.* TO '{name}'@'%'",
    )
    (tmp_path / "people.csv").write_text(ROWS)
    try:
        found = csvferry.plan(
            tmp_path / "people.csv",
            to=f"mysql://{name}@{parts.hostname}:{parts.port}/{database}",
            table="people",
            mode="mirror",
            max_rejects="50%",
            max_deletes="50%",
        )
    finally:
        server_target.run(f"DROP USER '{name}'@'%'")
    rows = found.rows
    assert (rows.inserted, rows.updated, rows.deleted, rows.unchanged) == (1, 1, 1, 1)
    assert rows.rejected == 1


@pytest.mark.parametrize("mode", ["insert", "upsert", "mirror"])
def test_a_plan_counts_what_sync_does(target: Target, tmp_path: Path, mode: str) -> None:
    _filled(target)
    (tmp_path / "people.csv").write_text(ROWS)
    options = {"to": target.url, "table": "people", "mode": mode, "max_rejects": "50%"}
    options["max_deletes"] = "50%"
    planned = csvferry.plan(tmp_path / "people.csv", **options)
    assert target.rows("SELECT COUNT(*) FROM people") == [(3,)]
    assert csvferry.sync(tmp_path / "people.csv", **options).rows == planned.rows


def test_a_trigger_that_refuses_a_row_is_met_by_the_plan(target: Target, tmp_path: Path) -> None:
    _filled(target)
    refuse = (
        "BEGIN SELECT RAISE(ABORT, 'no') WHERE NEW.id = 4; END"
        if target.kind == "sqlite"
        else "BEGIN IF NEW.id = 4 THEN SIGNAL SQLSTATE '45000'; END IF; END"
    )
    target.run(f"CREATE TRIGGER refuse AFTER INSERT ON people FOR EACH ROW {refuse}")
    (tmp_path / "people.csv").write_text(ROWS)
    options = {"to": target.url, "table": "people", "mode": "upsert", "max_rejects": "90%"}
    planned = csvferry.plan(tmp_path / "people.csv", **options)
    assert (planned.rows.inserted, planned.rows.rejected) == (0, 2)
