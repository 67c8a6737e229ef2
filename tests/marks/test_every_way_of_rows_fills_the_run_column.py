"""Whatever way rows take, the run column has the run that the ledger and the report name."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import csvferry
from csvferry.databases.mysql.bulk_load import MysqlLoader
from targets import Target

BY_SOURCE = (
    "SELECT r.source, COUNT(*) FROM people AS p JOIN csvferry_runs AS r ON r.run = p._run"
    " GROUP BY r.source ORDER BY r.source"
)


def _two_rows(folder: Path, first: int) -> Path:
    file = folder / "people.csv"
    file.write_text(f"id,name\n{first},a\n{first + 1},b\n")
    return file


@pytest.mark.parametrize("quoted", [False, True])
def test_a_large_first_load_fills_it(
    target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quoted: bool
) -> None:
    monkeypatch.setattr(import_module("csvferry.load.strategy"), "PARALLEL_ROWS", 1)
    name = '"a,b"' if quoted else "a"
    file = tmp_path / "people.csv"
    file.write_text("id,name\n" + "".join(f"{n},{name}\n" for n in range(50)))
    report = csvferry.sync(file, to=target.url, run_column="_run")
    assert report.load == ("transaction" if target.kind == "sqlite" else "swap")
    assert target.rows("SELECT _run, COUNT(*) FROM people GROUP BY _run") == [(report.run, 50)]


def test_rows_that_are_inserted_one_by_one_have_it(
    target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MysqlLoader, "may_load", False)
    report = csvferry.sync(_two_rows(tmp_path, 1), to=target.url, run_column="_run")
    assert target.rows("SELECT id, _run FROM people ORDER BY id") == [
        (1, report.run),
        (2, report.run),
    ]


def test_files_that_are_applied_together_have_each_its_own(target: Target, tmp_path: Path) -> None:
    target.run(
        "CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(9), _run VARCHAR(26))",
        "INSERT INTO people VALUES (0, 'x', NULL)",
    )
    for number in range(5):
        rows = "".join(f"{10 * number + n},a\n" for n in range(1, number + 2))
        (tmp_path / f"{number}.csv").write_text("id,name\n" + rows)
    options = {"to": target.url, "table": "people", "run_column": "_run"}
    reports = list(csvferry.sync_all(f"{tmp_path}/*.csv", **options))
    assert [report.rows.inserted for report in reports] == [1, 2, 3, 4, 5]
    found = [(source.rsplit("/", 1)[1], count) for source, count in target.rows(BY_SOURCE)]
    assert found == [(f"{number}.csv", number + 1) for number in range(5)]


def test_a_snapshot_of_several_files_marks_what_none_of_them_has(
    target: Target, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name, first in (("a", 1), ("b", 3)):
        _two_rows(folder, first).rename(folder / f"{name}.csv")
    feed = tmp_path / "csvferry.toml"
    feed.write_text(
        f'[[feeds]]\nsource = "in/"\nto = "{target.url}"\ntable = "people"\nmode = "mirror"\n'
        'run-column = "_run"\non-delete = "mark:deleted_at"\nmax-deletes = "50%"\n'
    )
    command = [sys.executable, "-m", "csvferry", "sync", "--config", str(feed)]
    subprocess.run(command, check=True, cwd=tmp_path)
    (folder / "b.csv").unlink()
    subprocess.run(command, check=True, cwd=tmp_path)
    marked = "SELECT id, deleted_at IS NOT NULL FROM people ORDER BY id"
    assert [(i, bool(m)) for i, m in target.rows(marked)] == [
        (1, False),
        (2, False),
        (3, True),
        (4, True),
    ]
    assert target.rows("SELECT COUNT(DISTINCT _run) FROM people") == [(2,)]
