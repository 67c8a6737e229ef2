"""The server joins staged rows by the table's indexes, and by hash where there are none.

Otherwise 300,000 rows with another unique e-mail took hours: MariaDB read the table over and over.
"""

from pathlib import Path
from typing import Any

import pytest

import csvferry
from csvferry.databases.mysql.database import MysqlDatabase
from targets import Target

ROWS = 5_000


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How the server means to do each statement that joins, told before it does it."""
    told: list[str] = []
    execute = MysqlDatabase.execute

    def explained(self: MysqlDatabase, sql: str, *parameters: Any) -> int:
        if " JOIN " in sql and sql.startswith(("INSERT INTO `csvferry_stage", "UPDATE")):
            told.append(f"{sql} {self.query(f'EXPLAIN {sql}')}")
        return execute(self, sql, *parameters)

    monkeypatch.setattr(MysqlDatabase, "execute", explained)
    return told


def _sync(target: Target, folder: Path, domain: str, **options: Any) -> csvferry.Report:
    file = folder / "people.csv"
    rows = (f"{n},{n}@{domain}.example\n" for n in range(ROWS))
    file.write_text("id,email\n" + "".join(rows))
    return csvferry.sync(file, to=target.url, mode="upsert", full=True, **options)


def test_every_row_gets_another_unique_value(
    server_target: Target, tmp_path: Path, plans: list[str]
) -> None:
    server_target.run("CREATE TABLE people (id INT PRIMARY KEY, email VARCHAR(99) UNIQUE)")
    _sync(server_target, tmp_path, "old")
    done = _sync(server_target, tmp_path, "new")
    assert (done.strategy, done.rows.updated) == ("staged", ROWS)
    assert plans
    assert [plan for plan in plans if "hash" in plan] == []


@pytest.mark.parametrize(
    ("index", "unique"),
    [("", ["email"]), (", UNIQUE (email(50))", [])],
    ids=["unique by the call alone", "an index of a prefix"],
)
def test_no_index_is_of_the_values(
    server_target: Target, tmp_path: Path, plans: list[str], index: str, unique: list[str]
) -> None:
    server_target.run(f"CREATE TABLE people (id INT PRIMARY KEY, email VARCHAR(99){index})")
    _sync(server_target, tmp_path, "old", unique=unique)
    done = _sync(server_target, tmp_path, "new", unique=unique)
    assert (done.strategy, done.rows.updated) == ("staged", ROWS)
    assert any("hash" in plan for plan in plans)
