"""`history` and `doctor` tell when a table was last looked at, also by a run without changes."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import csvferry.api as ferry
from cli.shell import Shell
from csvferry.commands.doctor import examine
from csvferry.config.feed import make_feed
from csvferry.databases.connect import open_database
from csvferry.ledger.entries import history
from csvferry.run.table_check import tables_checked
from csvferry.snapshot.store import open_state

LONG_AGO = "2020-01-01T00:00:00+00:00"


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text("id,email\n1,ann@example.com\n")
    return path


@pytest.fixture
def url(tmp_path: Path, people: Path) -> str:
    """A table that was loaded long ago."""
    target = f"sqlite:///{tmp_path}/target.db"
    ferry.sync(people, to=target)
    _age(target)
    return target


def _age(url: str) -> None:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        connection.execute("UPDATE csvferry_runs SET started = ?", (LONG_AGO,))
        connection.commit()


def _checked(url: str, *states: str | None) -> Mapping[str, str]:
    with closing(open_database(url, read_only=True)) as database:
        entries = history(database, 20)
    return tables_checked(entries, [open_state(state) for state in states or (None,)], url)


def _only(url: str, *states: str | None) -> str:
    ((_, moment),) = _checked(url, *states).items()
    return moment


def test_a_run_that_was_applied_looked_when_it_began(url: str) -> None:
    assert _only(url) == LONG_AGO


def test_a_run_that_found_its_version_applied_looked_at_the_table(url: str, people: Path) -> None:
    assert ferry.sync(people, to=url).status == "unchanged"
    assert _only(url) > LONG_AGO


def test_a_plan_leaves_no_trace(url: str, people: Path) -> None:
    ferry.plan(people, to=url)
    assert _only(url) == LONG_AGO


def test_each_table_of_a_folder_has_a_look_of_its_own(tmp_path: Path) -> None:
    folder, url = tmp_path / "in", f"sqlite:///{tmp_path}/target.db"
    folder.mkdir()
    for name in ("a", "b", "c"):
        (folder / f"{name}.csv").write_text("id\n1\n")
    list(ferry.sync_all(f"{folder}/", to=url))
    _age(url)
    (folder / "c.csv").unlink()
    list(ferry.sync_all(f"{folder}/", to=url))
    assert sorted(moment > LONG_AGO for moment in _checked(url).values()) == [False, True, True]


def test_it_is_asked_where_the_feed_keeps_its_state(url: str, people: Path, tmp_path: Path) -> None:
    elsewhere = str(tmp_path / "elsewhere")
    ferry.sync(people, to=url, state=elsewhere)
    assert _only(url) == LONG_AGO
    assert _only(url, elsewhere) > LONG_AGO
    assert _only(url, None, elsewhere) > LONG_AGO


def test_another_database_has_a_look_of_its_own(url: str, people: Path, tmp_path: Path) -> None:
    for _ in range(2):
        ferry.sync(people, to=f"sqlite:///{tmp_path}/other.db")
    assert _only(url) == LONG_AGO


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"no JSON",
        b"[]",
        b'{"target": "x"}',
        b'{"target": "%s", "checked": "2026-13-13T25:00:00Z"}',
        b'{"target": "%s", "checked": "tomorrow"}',
    ],
)
def test_a_damaged_note_counts_as_none(
    url: str, people: Path, tmp_path: Path, damage: bytes
) -> None:
    ferry.sync(people, to=url)
    (note,) = (tmp_path / "state" / "csvferry").glob("*-checked.json")
    note.write_bytes(damage.replace(b"%s", url.encode()))
    assert _only(url) == LONG_AGO


def test_a_ledger_with_a_moment_that_is_none_is_still_told(url: str, people: Path) -> None:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        connection.execute("UPDATE csvferry_runs SET started = '2026-99-99T00:00:00Z'")
        connection.commit()
    assert _only(url) == "2026-99-99T00:00:00Z"
    ferry.sync(people, to=url)
    assert _only(url) > LONG_AGO


def test_a_state_that_can_not_be_written_fails_no_run(
    url: str, people: Path, tmp_path: Path
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file")
    assert ferry.sync(people, to=url, state=str(blocked)).status == "unchanged"


def _findings(source: object, url: str) -> dict[str, Any]:
    return {one.name: one for one in examine(make_feed(source=str(source), to=url))}


def test_the_doctor_tells_it(url: str, people: Path) -> None:
    ferry.sync(people, to=url)
    assert _findings(people, url)["last look"].told.endswith(_only(url))


def test_the_doctor_of_a_feed_with_a_table_a_file_says_nothing(
    url: str, people: Path, tmp_path: Path
) -> None:
    assert people.exists()
    findings = _findings(f"{tmp_path}/", url)
    assert "ledger" in findings
    assert "last look" not in findings


def test_history_tells_it(shell: Shell) -> None:
    shell.write("people.csv", "id,email\n1,ann@example.com\n")
    shell.run("sync", "people.csv")
    (run,) = shell.run("history", "--json").reports
    assert run["table_checked"] == run["started"]
    head, line = shell.run("history").out.splitlines()
    assert (
        dict(zip(head.split("\t"), line.split("\t"), strict=True))["table_checked"]
        == (run["started"])
    )
