"""Guards stop a run with nothing changed; a plan shows what they would stop, whole."""

from pathlib import Path

import pytest

import csvferry
from cli.shell import Shell
from csvferry.errors import GuardError
from targets import Target

OLD = "id,email\n" + "".join(f"{n},u{n}@example.com\n" for n in range(1, 11))
ONE = "id,email\n1,u1@example.com\n"
CHANGED = OLD.replace("@example.com", "@example.org")
BAD = "id,email\n1,u1@example.com\nx,u2@example.com\n"
EMPTY = "id,email\n"


@pytest.fixture
def people(target: Target, tmp_path: Path) -> Path:
    """A file whose rows are in the table `people`."""
    path = tmp_path / "people.csv"
    path.write_text(OLD)
    csvferry.sync(path, to=target.url, type={"id": "INT"})
    return path


@pytest.mark.parametrize(
    ("content", "options", "limit"),
    [
        (ONE, {"mode": "mirror"}, "9 of 10 rows would be deleted"),
        (BAD, {"mode": "upsert"}, "1 of 2 rows would be rejected"),
        (EMPTY, {"mode": "mirror"}, "the file has no rows"),
        (ONE, {"mode": "upsert", "min_rows": 2}, "the file has 1 row; the least is 2"),
        (ONE, {"mode": "upsert", "min_rows": "50%"}, "the file has 1 row; the least is 5"),
        (CHANGED, {"mode": "upsert", "max_changes": 9}, "10 of 10 rows would be changed"),
        (CHANGED, {"mode": "upsert", "max_changes": "50%"}, "10 of 10 rows would be changed"),
    ],
)
def test_a_guard_stops_sync_and_a_plan_shows_all_that_it_would_stop(
    target: Target, people: Path, content: str, options: dict[str, object], limit: str
) -> None:
    before = target.rows("SELECT * FROM people ORDER BY id")
    csvferry.sync(people, to=target.url, **{"mode": options["mode"]})  # a version to compare with
    people.write_text(content)
    planned = csvferry.plan(people, to=target.url, **options)
    assert planned.status == "guarded"
    assert limit in (planned.message or "")
    assert planned.rows.accounted
    assert planned.sample is not None
    with pytest.raises(GuardError, match=limit):
        csvferry.sync(people, to=target.url, **options)
    assert target.rows("SELECT * FROM people ORDER BY id") == before


def test_a_limit_that_is_kept_lets_the_run_pass(target: Target, people: Path) -> None:
    csvferry.sync(people, to=target.url, mode="upsert")
    people.write_text(CHANGED)
    done = csvferry.sync(people, to=target.url, mode="upsert", max_changes="100%", min_rows="100%")
    assert done.rows.updated == 10


def test_the_plan_of_a_stopped_run_ends_in_3_and_shows_its_rows(shell: Shell) -> None:
    shell.write("people.csv", OLD)
    shell.run("sync", "people.csv", "--mode", "mirror")
    shell.write("people.csv", ONE)
    done = shell.run("plan", "people.csv", "--mode", "mirror")
    assert done.status == 3
    assert "would delete" in done.out
    assert "9 of 10 rows would be deleted" in done.err
