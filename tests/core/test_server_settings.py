"""What a server is set to for all its sessions changes no run: the session is csvferry's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import csvferry
from servers import absent, has, start_mariadb
from targets import Target, fresh_database

SETTINGS = (
    "sql_mode = 'ANSI,NO_BACKSLASH_ESCAPES'",
    "time_zone = '+05:30'",
    "foreign_key_checks = 0",
    "check_constraint_checks = 0",
    "unique_checks = 0",
    "sql_safe_updates = 1",
    "sql_select_limit = 1",
    "max_join_size = 1",
    "sql_auto_is_null = 1",
    "autocommit = 0",
    "default_storage_engine = 'MyISAM'",
    "div_precision_increment = 0",
    "auto_increment_increment = 7",
    "completion_type = 'CHAIN'",
    "max_error_count = 0",
    "sql_notes = 0",
    "tx_isolation = 'READ-UNCOMMITTED'",
    "tx_read_only = 1",
    "innodb_default_row_format = 'compact'",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A MariaDB server of the test's own."""
    if not has("mariadbd"):
        absent("MariaDB: no mariadbd on the path")
    with start_mariadb(tmp_path_factory.mktemp("settings")) as url:
        yield url


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_run_ends_as_it_would_by_default(server: str, tmp_path: Path, setting: str) -> None:
    file = tmp_path / "people.csv"
    options = {"table": "people", "mode": "mirror", "max_rejects": "50%", "max_deletes": "50%"}
    with fresh_database(server) as url:
        target = Target("mariadb", url)
        target.run(
            "CREATE TABLE teams (id INT PRIMARY KEY) ENGINE = InnoDB",
            "INSERT INTO teams VALUES (1)",
            "CREATE TABLE people (id INT PRIMARY KEY, team INT, note VARCHAR(9) UNIQUE,"
            " at TIMESTAMP NULL, FOREIGN KEY (team) REFERENCES teams (id), CHECK (id < 100))"
            " ENGINE = InnoDB CHARACTER SET utf8mb4",
        )
        name = setting.partition(" ")[0]
        ((before,),) = target.rows(f"SELECT @@GLOBAL.{name}")
        target.run(f"SET GLOBAL {setting}")
        try:
            file.write_text("id,team,note,at\n1,1,a\\,2026-01-02 03:04:05\n2,9,b,\n3,1,c,\n")
            first = csvferry.sync(file, to=url, **options)
            file.write_text("id,team,note,at\n1,1,c,2026-01-02 03:04:05\n3,1,a\\,\n100,1,d,\n")
            second = csvferry.sync(file, to=url, **options)
        finally:
            value = f"'{before}'" if isinstance(before, str) else before
            target.run(f"SET GLOBAL {name} = {value}")
        assert (first.rows.inserted, first.rows.rejected) == (2, 1)
        assert (second.rows.updated, second.rows.rejected) == (2, 1)
        shown = target.rows("SELECT id, note, UNIX_TIMESTAMP(at) FROM people ORDER BY id")
        assert [row[:2] for row in shown] == [(1, "c"), (3, "a\\")]
        ahead = 19_800 if name == "time_zone" else 0  # a file's times are the server's
        assert int(shown[0][2]) == 1767323045 - ahead
