"""A long transaction asks for a limit of time of its own, and is ended where it outlives that."""

import re
from collections.abc import Iterator
from contextlib import closing

import pytest

from csvferry.databases.base import Database
from csvferry.databases.connect import open_database
from csvferry.databases.vitess import time_limit
from csvferry.databases.vitess.sql_dialect import VitessDialect
from csvferry.errors import DatabaseError
from targets import Target
from vitess.keyspaces import ADDRESS, emptied_keyspace

LONG = 50_001  # rows: more than a statement writes
WORK = "SELECT @@workload"


@pytest.fixture
def people() -> Iterator[Target]:
    if not ADDRESS:
        pytest.skip("CSVFERRY_TEST_VITESS is not set")
    with emptied_keyspace() as target:
        target.run("CREATE TABLE people (id BIGINT PRIMARY KEY)")
        yield target


@pytest.mark.parametrize(
    ("rows", "seconds"), [(0, None), (50_000, None), (LONG, 170), (3_000_000, 3_120)]
)
def test_its_limit_grows_with_its_rows(rows: int, seconds: int | None) -> None:
    asked = " ".join(VitessDialect().before_long_work(rows))
    found = re.search(r"SET transaction_timeout = (\d+)000$", asked)
    assert (int(found[1]) if found else None) == seconds


def test_a_vitess_that_was_not_tried_is_asked_for_nothing() -> None:
    assert VitessDialect(tried=False).before_long_work(3_000_000) == ()


def _work(database: Database) -> object:
    return database.query(WORK)[0][0]


def test_its_session_is_another_kind_of_work_meanwhile(people: Target) -> None:
    with closing(open_database(people.url)) as database:
        with database.transaction(LONG - 1):
            assert _work(database) == "OLTP"
        with database.transaction(LONG):
            assert _work(database) == "DBA"
            assert list(database.stream("SELECT id FROM people")) == []
            assert _work(database) == "DBA"
        assert _work(database) == "OLTP"


def test_one_that_outlives_its_limit_is_undone_and_holds_nothing(
    people: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gate that was killed sends no ROLLBACK: its locks go by that limit alone."""
    monkeypatch.setattr(time_limit, "_LEAST", 1)
    monkeypatch.setattr(time_limit, "_ROWS", LONG + 1)
    with (
        closing(open_database(people.url)) as silent,
        closing(open_database(people.url)) as other,
        pytest.raises(DatabaseError, match="1317"),
    ):
        _outlived(silent, other)
    assert people.rows("SELECT id FROM people") == [(1,)]


def test_staging_tables_outlast_a_silence_while_many_rows_are_made_ready(
    people: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it comes a session is ended after 30 seconds without a statement; here after one."""
    with (
        closing(open_database(people.url)) as staging,
        closing(open_database(people.url)) as forgotten,
    ):
        for session in (staging, forgotten):
            session.execute("SET transaction_timeout = 1000")
            session.execute("CREATE TEMPORARY TABLE staged (id BIGINT PRIMARY KEY)")
        staging.outlast(LONG)
        test_one_that_outlives_its_limit_is_undone_and_holds_nothing(people, monkeypatch)
        assert staging.query("SELECT id FROM staged") == []
        with pytest.raises(DatabaseError, match="1146"):
            forgotten.query("SELECT id FROM staged")


def _outlived(silent: Database, other: Database) -> None:
    with silent.transaction(LONG):
        silent.execute("INSERT INTO people VALUES (1), (2)")
        other.execute("INSERT INTO people VALUES (1)")  # waits until the other one is ended
        silent.execute("INSERT INTO people VALUES (3)")
