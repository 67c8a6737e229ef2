"""Other writers work on the same table meanwhile: row locks, a deadlock, a row of the same key."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from faults.inprocess import every, sync
from faults.scenario import Scenario
from servers import start_mariadb
from targets import Target, fresh_database

LOCK = "SELECT * FROM {} WHERE id = 0 FOR UPDATE"


@pytest.fixture(scope="module")
def loose_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server on which a lock is waited for one second, and judging locks no row."""
    folder = tmp_path_factory.mktemp("loose")
    options = ("--transaction-isolation=READ-COMMITTED", "--innodb-lock-wait-timeout=1")
    with start_mariadb(folder, *options) as url:
        yield url


@pytest.fixture
def loose(loose_url: str, tmp_path: Path) -> Iterator[Scenario]:
    with fresh_database(loose_url) as url:
        yield Scenario(Target("mariadb", url), tmp_path, "staged", "upsert")


@pytest.fixture
def one(server_target: Target, tmp_path: Path) -> Scenario:
    return Scenario(server_target, tmp_path, "staged", "upsert")


def test_a_row_lock_that_is_given_back_costs_a_try(loose: Scenario) -> None:
    with closing(loose.target.connect()) as other:
        other.cursor().execute(LOCK.format(loose.table))
        tries = []

        def staged() -> None:
            tries.append(1)
            if len(tries) == 2:
                other.rollback()

        report, error = _each_time(loose, "staged", staged)
    assert error is None
    assert len(tries) == 2
    assert report.status == "applied"
    assert loose.finish() == []


def test_a_row_lock_that_stays_fails_the_run_and_changes_nothing(loose: Scenario) -> None:
    with closing(loose.target.connect()) as other:
        other.cursor().execute(LOCK.format(loose.table))
        report, error = sync(loose.options)
    assert report.status == "failed"
    assert "1205" in str(error)
    assert loose.verdict() == "before"
    assert loose.finish() == []


def test_a_deadlock_with_another_writer_is_tried_again(one: Scenario) -> None:
    """Csvferry holds the row and wants the ledger; the other, who did more, the other way round."""
    one.target.run("CREATE TABLE heavy (id INT PRIMARY KEY)")
    other = one.target.connect()
    cursor = other.cursor()
    cursor.executemany("INSERT INTO heavy VALUES (%s)", [(n,) for n in range(5000)])
    cursor.execute("SELECT * FROM csvferry_runs FOR UPDATE")
    writer = threading.Thread(target=_finish_other, args=(other, one.table))
    tries: list[int] = []

    def merged() -> None:
        tries.append(1)
        if len(tries) == 1:
            writer.start()

    _, error = _each_time(one, "merged", merged)
    writer.join()
    assert error is None
    assert len(tries) == 2
    assert one.faults() == []


def _finish_other(other: Any, table: str) -> None:
    with closing(other):
        other.cursor().execute(f"UPDATE {table} SET amount = amount WHERE id = 0")
        other.commit()


@pytest.mark.parametrize("step", ["staged", "judged"])
def test_a_row_of_the_same_key_that_comes_meanwhile_is_seen(loose: Scenario, step: str) -> None:
    row = f"INSERT INTO {loose.table} VALUES (401, 'from elsewhere', 1)"
    report, error = sync(loose.options, **{step: lambda: loose.target.run(row)})
    assert error is None
    assert report.rows.updated > 0
    assert loose.finish() == []


def test_rows_that_come_into_an_empty_table_meanwhile_stay(
    server_target: Target, tmp_path: Path
) -> None:
    one = Scenario(server_target, tmp_path, "empty", "insert")
    row = f"INSERT INTO {one.table} VALUES (3, 'from elsewhere', 1)"
    report, error = sync(one.options, validated=lambda: one.target.run(row))
    assert error is None
    assert report.rows.accounted
    assert one.target.rows(f"SELECT name FROM {one.table} WHERE id = 3") == [("from elsewhere",)]


def _each_time(one: Scenario, step: str, act: Callable[[], object]) -> Any:
    return every(one.options, lambda now, done, total: act() if now == step else None)
