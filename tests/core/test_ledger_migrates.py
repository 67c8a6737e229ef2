"""A ledger that an older csvferry made is brought forward, with all that is in it.

`ledgers/` has dumps of what each released csvferry made, by server.
"""

import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import csvferry
from csvferry.databases.base import open_database
from csvferry.ledger import entries as ledger
from csvferry.ledger.migrations import STEPS
from targets import Target, fresh_database

LEDGERS = Path(__file__).parent / "ledgers"
RELEASES = ["0.1.0"]
OLD_RUNS = "SELECT run, feed, source, version, rows_read, seal, header FROM csvferry_runs"
OLD_REJECTS = "SELECT run, line, code, raw FROM csvferry_rejects"
_INDEXES = {
    "sqlite": "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'index'"
    " AND tbl_name LIKE 'csvferry%' ORDER BY 1, 2",
    "server": "SELECT TABLE_NAME, INDEX_NAME, COLUMN_NAME, SEQ_IN_INDEX, NON_UNIQUE"
    " FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE()"
    " AND TABLE_NAME LIKE 'csvferry%' ORDER BY 1, 2, 4",
}


@pytest.fixture(params=RELEASES)
def old(request: pytest.FixtureRequest, target: Target) -> Target:
    """A database with the table `people` and the ledger of two runs on it."""
    dump = (LEDGERS / f"{request.param}-{target.kind}.sql").read_text()
    target.run(*(part for part in dump.split(";\n") if part.strip()))
    return target


def _sync(target: Target, folder: Path, table: str = "people") -> Any:
    file = folder / f"{table}.csv"
    file.write_text("id,name\n1,Ann\n2,Bea\n")
    return csvferry.sync(str(file), to=target.url, table=table, mode="upsert")


def _indexes(target: Target) -> list[tuple[Any, ...]]:
    return target.rows(_INDEXES["sqlite" if target.kind == "sqlite" else "server"])


def _format(target: Target) -> int:
    return int(target.rows("SELECT MAX(version) FROM csvferry_schema")[0][0])


def test_runs_and_rejects_are_kept(old: Target, tmp_path: Path) -> None:
    runs, rejects = old.rows(OLD_RUNS), old.rows(OLD_REJECTS)
    report = _sync(old, tmp_path)
    assert (report.status, report.rows.updated, report.rows.unchanged) == ("applied", 1, 1)
    assert _format(old) == ledger.CURRENT
    assert old.rows(f"{OLD_RUNS} ORDER BY position")[:2] == runs
    assert sorted(old.rows(OLD_REJECTS)) == sorted(rejects)


def test_the_tables_are_those_of_a_new_ledger(old: Target, tmp_path: Path) -> None:
    _sync(old, tmp_path)
    migrated = _indexes(old)
    old.run("DROP TABLE csvferry_runs", "DROP TABLE csvferry_rejects", "DROP TABLE csvferry_schema")
    _sync(old, tmp_path, "others")
    assert _indexes(old) == migrated


@pytest.mark.parametrize("done", range(len(STEPS[2].make) + 1))
def test_a_step_that_was_cut_off_is_taken_to_its_end(
    old: Target, tmp_path: Path, done: int
) -> None:
    for index in STEPS[2].make[:done]:
        old.run(f"CREATE INDEX {index.name} ON {index.table} ({index.columns})")
    _sync(old, tmp_path)
    assert _format(old) == ledger.CURRENT
    names = {row[1] for row in _indexes(old)}
    assert names >= {index.name for index in STEPS[2].make}
    assert not names & {index.name for index in STEPS[2].drop}


def test_several_runs_at_once_bring_it_forward_once(old: Target, tmp_path: Path) -> None:
    tables = ["north", "south", "west"]
    with ThreadPoolExecutor(len(tables)) as runs:
        reports = list(runs.map(lambda table: _sync(old, tmp_path, table), tables))
    assert [report.status for report in reports] == ["applied"] * len(tables)
    assert _format(old) == ledger.CURRENT
    assert len(old.rows(OLD_RUNS)) == 2 + len(tables)


def test_what_reads_only_reads_the_old_format(old: Target) -> None:
    database = open_database(old.url, read_only=True)
    try:
        past = ledger.history(database, 10)
        assert [entry.rows_rejected for entry in past] == [1, 1]
        found = ledger.latest_with_rejects(database, None)
        assert found == past[0]
        codes = [row[4] for row in ledger.rejects(database, past[1].run)]
        assert codes == ["duplicate_key", "missing_columns"]
    finally:
        database.close()
    assert _format(old) == 1


def test_a_user_who_may_not_make_indexes_goes_on_with_the_old_format(
    mariadb_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with fresh_database(mariadb_url) as url:
        old = Target("mariadb", url)
        dump = (LEDGERS / "0.1.0-mariadb.sql").read_text()
        old.run(*(part for part in dump.split(";\n") if part.strip()))
        name = url.rsplit("/", 1)[1]
        user = f"u{name[-12:]}"
        rights = "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, CREATE TEMPORARY TABLES"
        old.run(f"CREATE USER {user}@'%'", f"GRANT {rights} ON {name}.* TO {user}@'%'")
        try:
            with caplog.at_level(logging.WARNING, "csvferry"):
                report = _sync(Target("mariadb", url.replace("root@", f"{user}@")), tmp_path)
        finally:
            old.run(f"DROP USER {user}@'%'")
        assert report.status == "applied"
        assert _format(old) == 1
        assert "INDEX on csvferry_runs and csvferry_rejects" in caplog.text
