"""A ledger that an older csvferry made is brought forward, with all that is in it.

`ledgers/` has dumps of what each released csvferry made, by server.
"""

import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import csvferry
from csvferry.databases.connect import open_database
from csvferry.ledger import entries as ledger
from csvferry.ledger.migrations import STEPS
from targets import Target, fresh_database

LEDGERS = Path(__file__).parent / "ledgers"
RELEASES = ["0.1.0"]
OLD_RUNS = "SELECT run, feed, source, version, rows_read, seal, header FROM csvferry_runs"
OLD_REJECTS = "SELECT run, line, code, raw FROM csvferry_rejects"
_WHERE = " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME LIKE 'csvferry%' ORDER BY 1, 2"
_TABLES = (
    f"SELECT TABLE_NAME, ENGINE, TABLE_COLLATION FROM information_schema.TABLES{_WHERE}",
    "SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, COLLATION_NAME, IS_NULLABLE, EXTRA"
    f" FROM information_schema.COLUMNS{_WHERE}",
)
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


def _tables(target: Target) -> list[list[tuple[Any, ...]]]:
    return [] if target.kind == "sqlite" else [target.rows(query) for query in _TABLES]


def _drop(target: Target) -> None:
    target.run(*(f"DROP TABLE csvferry_{name}" for name in ("runs", "rejects", "schema")))


def test_the_tables_are_those_of_a_new_ledger(old: Target, tmp_path: Path) -> None:
    _sync(old, tmp_path)
    migrated = _indexes(old), _tables(old)
    _drop(old)
    _sync(old, tmp_path, "others")
    assert (_indexes(old), _tables(old)) == migrated


ALTERED = [
    "ALTER TABLE csvferry_runs ENGINE=MyISAM",
    "ALTER TABLE csvferry_rejects ENGINE=MyISAM",
    "ALTER TABLE csvferry_schema ENGINE=MyISAM",
    "ALTER TABLE csvferry_runs CONVERT TO CHARACTER SET latin1",
    "ALTER TABLE csvferry_rejects CONVERT TO CHARACTER SET latin1",
    "ALTER TABLE csvferry_runs MODIFY table_name VARCHAR(64) CHARACTER SET utf8mb4"
    " COLLATE utf8mb4_general_ci NOT NULL",
]


@pytest.mark.parametrize("altered", ALTERED)
@pytest.mark.parametrize("format_", [1, ledger.CURRENT])
def test_engine_and_character_set_are_brought_back(
    server_target: Target, tmp_path: Path, altered: str, format_: int
) -> None:
    """Whoever altered the tables, and before or after this csvferry knew them."""
    _sync(server_target, tmp_path, "others")
    new = _tables(server_target)
    if format_ == 1:
        _drop(server_target)
        dump = (LEDGERS / f"0.1.0-{server_target.kind}.sql").read_text()
        server_target.run(*(part for part in dump.split(";\n") if part.strip()))
    server_target.run(altered)
    before = server_target.rows(OLD_RUNS)
    _sync(server_target, tmp_path, "łódź")
    assert _tables(server_target) == new
    assert server_target.rows(f"{OLD_RUNS} ORDER BY position")[: len(before)] == before
    ((name,),) = server_target.rows(
        "SELECT table_name FROM csvferry_runs ORDER BY position DESC LIMIT 1"
    )
    assert name == "łódź"


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
        assert "ALTER and INDEX on csvferry's tables" in caplog.text


def test_a_ledger_that_can_not_undo_is_refused_where_it_may_not_be_altered(
    mariadb_url: str, tmp_path: Path
) -> None:
    with fresh_database(mariadb_url) as url:
        target, name = Target("mariadb", url), url.rsplit("/", 1)[1]
        _sync(target, tmp_path, "others")
        user = f"u{name[-12:]}"
        rights = "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, CREATE TEMPORARY TABLES"
        target.run(
            "ALTER TABLE csvferry_runs ENGINE=MyISAM",
            f"CREATE USER {user}@'%'",
            f"GRANT {rights} ON {name}.* TO {user}@'%'",
        )
        try:
            with pytest.raises(csvferry.CsvFerryError, match="ENGINE=InnoDB"):
                _sync(Target("mariadb", url.replace("root@", f"{user}@")), tmp_path)
        finally:
            target.run(f"DROP USER {user}@'%'")
        assert "people" not in target.tables()
