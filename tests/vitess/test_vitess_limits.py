"""More rows than Vitess gives in one result, or writes by one plain statement: 10,000."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import csvferry
from cli.shell import Shell
from csvferry.databases.connect import open_database
from csvferry.databases.sql_dialect import RECORD
from csvferry.ledger import entries
from targets import Target
from vitess.keyspaces import ADDRESS, emptied_keyspace

ROWS = 60_000  # more than one statement of a merge writes
TABLE = "CREATE TABLE people (id BIGINT PRIMARY KEY, name VARCHAR(20), mail VARCHAR(30) UNIQUE)"


@pytest.fixture
def keyspace() -> Iterator[Target]:
    if not ADDRESS:
        pytest.skip("CSVFERRY_TEST_VITESS is not set")
    with emptied_keyspace() as target:
        target.run(TABLE)
        yield target


def _file(folder: Path, rows: range, suffix: str = "", mails: int = 0) -> Path:
    file = folder / "people.csv"
    lines = [f"{n},name {n}{suffix},m{n + mails}@example.com\n" for n in rows]
    file.write_text("id,name,mail\n" + "".join(lines))
    return file


def _counts(target: Target) -> tuple[object, ...]:
    return target.rows("SELECT COUNT(*), SUM(name LIKE '%x'), MIN(id), MAX(id) FROM people")[0]


def test_many_rows_come_change_and_go(keyspace: Target, tmp_path: Path) -> None:
    def sync(rows: range, suffix: str, mails: int = 0) -> tuple[int, ...]:
        file = _file(tmp_path, rows, suffix, mails)
        report = csvferry.sync(file, to=keyspace.url, mode="mirror", max_deletes="100%")
        found = report.rows
        return found.inserted, found.updated, found.deleted, found.unchanged

    assert sync(range(ROWS), "") == (ROWS, 0, 0, 0)
    assert sync(range(ROWS), "x") == (0, ROWS, 0, 0)
    assert _counts(keyspace) == (ROWS, ROWS, 0, ROWS - 1)
    # Each unique value moves to the next row, so that each is parked.
    assert sync(range(ROWS), "x", mails=1) == (0, ROWS, 0, 0)
    assert sync(range(ROWS, 2 * ROWS), "") == (ROWS, 0, ROWS, 0)
    assert _counts(keyspace) == (ROWS, 0, ROWS, 2 * ROWS - 1)


def test_more_drift_than_a_result_holds_is_found_and_repaired(
    keyspace: Target, tmp_path: Path, shell: Shell
) -> None:
    words = (str(_file(tmp_path, range(12_000))), "--to", keyspace.url, "--mode", "upsert")

    def updated(command: str, *options: str, status: int) -> int:
        done = shell.run(command, *words, *options, "--json")
        assert done.status == status, done.err
        return int(json.loads(done.out)["rows"]["updated"])

    assert updated("sync", status=0) == 0
    for half in ("< 6000", ">= 6000"):  # of 10,000 rows Vitess lets a plain UPDATE change
        keyspace.run(f"UPDATE people SET name = 'drifted' WHERE id {half}")
    assert updated("verify", status=1) == 12_000
    assert updated("verify", "--repair", status=0) == 12_000
    assert updated("verify", status=0) == 0


def test_many_rejects_are_written_read_and_forgotten(keyspace: Target, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    lines = [f"{n},name,{n}\n" if n % 2 else f"{n},{'long' * 9},{n}\n" for n in range(25_000)]
    file.write_text("id,name,mail\n" + "".join(lines))
    report = csvferry.sync(file, to=keyspace.url, max_rejects="100%")
    assert report.rows.rejected == 12_500
    ((feed,),) = keyspace.rows("SELECT feed FROM csvferry_runs")
    with closing(open_database(keyspace.url)) as database:
        assert sum(1 for _ in entries.rejects(database, report.run)) == 12_500
        entries.forget_rejects(database, feed, "99991231000000")
    assert keyspace.rows("SELECT COUNT(*) FROM csvferry_rejects") == [(0,)]


def test_a_long_result_is_whole(keyspace: Target) -> None:
    with closing(open_database(keyspace.url)) as database:
        for start in range(0, 12_000, 2_000):
            values = ", ".join(f"({n}, 'n', {n})" for n in range(start, start + 2_000))
            database.execute(f"INSERT INTO people VALUES {values}")
        with database.transaction():
            assert len(database.query("SELECT id FROM people")) == 12_000
            assert sum(1 for _ in database.stream("SELECT id FROM people")) == 12_000
            assert database.execute("UPDATE people SET name = 'm' WHERE id = 1") == 1
        texts = database.texts("SELECT CONCAT(id, X'fa') FROM people")
        assert sum(text.count(RECORD) for text in texts) == 12_000
