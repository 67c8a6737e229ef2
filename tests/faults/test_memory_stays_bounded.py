"""A file of 200 MB needs less than 512 MB of memory, whatever its rows look like.

One such file is loaded. Other kinds of rows are tried in files of 20 to 50 MB with less memory:
what once took too much still would, DuckDB's blocks of 256 KB for each of many columns
(decision 0010) and millions of fields as objects of Python.
"""

from math import ceil
from pathlib import Path

import duckdb
import pytest

from faults.driver import Order, report, run
from targets import Target, fresh_database

pytestmark = pytest.mark.long

LIMIT = 512_000_000
LITTLE = "160MB"
NARROW = "SELECT i AS id, 'user' || i || '.' || hash(i) % 100000000 || '@example.com' AS email"
WIDE = "SELECT i AS id, " + ", ".join(
    f"hash(i + {n}) % 1000000000 AS n{n}, 'text ' || hash(i * {n}) % 1000 AS t{n}" for n in range(6)
)


def _wide_file(
    folder: Path, columns: int, characters: int, texts: str, most: int = 40_000_000
) -> tuple[Path, int]:
    """A file of `most` bytes: numbers and texts in turn, every tenth row of `texts`; its rows."""
    file, rows, size = folder / "large.csv", 0, 0
    names = [f"c{number}" for number in range(1, columns)]

    def record(text: str) -> str:
        return ",".join(text * characters if n % 2 else str(n) for n in range(1, columns))

    records = [record(texts), *[record("t")] * 9]
    with file.open("w") as out:
        out.write(",".join(["id", *names]) + "\n")
        while size < most:
            size += out.write(f"{rows},{records[rows % 10]}\n")
            rows += 1
    return file, rows


def _file(folder: Path, select: str, rows: int) -> Path:
    file = folder / "large.csv"
    duckdb.sql(f"COPY ({select} FROM range({rows}) AS r(i)) TO '{file}' (HEADER)")
    return file


def _peak(
    folder: Path,
    file: Path,
    target: Target,
    rows: int,
    what: str = "inserted",
    memory: str | None = None,
) -> int:
    options = {"source": str(file), "to": target.url, "table": "large", "mode": "upsert"}
    order = Order({**options, "memory": memory}, folder)
    run(order)
    told = report(order)
    assert (told["status"], told["rows"][what]) == ("applied", rows), told["message"]
    return int(told["peak"])


def test_a_file_of_200_mb_needs_less_than_512_mb(mariadb_url: str, tmp_path: Path) -> None:
    file = _file(tmp_path, NARROW, 4_900_000)
    assert file.stat().st_size > 195_000_000
    with fresh_database(mariadb_url) as url:
        assert _peak(tmp_path, file, Target("mariadb", url), 4_900_000) < LIMIT


def test_so_does_one_of_more_columns(mariadb_url: str, tmp_path: Path) -> None:
    file = _file(tmp_path, WIDE, 425_000)
    with fresh_database(mariadb_url) as url:
        peak = _peak(tmp_path, file, Target("mariadb", url), 425_000, memory=LITTLE)
        assert peak < 260_000_000


@pytest.mark.parametrize(
    ("columns", "characters", "size", "most"),
    [(2, 1_900_000, 40_000_000, 280_000_000), (1990, 100, 20_000_000, 420_000_000)],
    ids=["long fields", "many columns"],
)
def test_so_does_one_of_long_fields_or_of_many_columns(
    tmp_path: Path, columns: int, characters: int, size: int, most: int
) -> None:
    file, rows = _wide_file(tmp_path, columns, characters, "a", size)
    target = Target("sqlite", f"sqlite:///{tmp_path}/large.db")
    assert _peak(tmp_path, file, target, rows, memory=LITTLE) < most


def test_so_does_a_second_version_of_many_columns(mariadb_url: str, tmp_path: Path) -> None:
    most = 280_000_000
    with fresh_database(mariadb_url) as url:
        target = Target("mariadb", url)
        file, rows = _wide_file(tmp_path, 100, 12, "a")
        assert _peak(tmp_path, file, target, rows, memory=LITTLE) < most
        file, rows = _wide_file(tmp_path, 100, 12, "b")
        assert _peak(tmp_path, file, target, ceil(rows / 10), "updated", LITTLE) < most


def test_so_does_one_of_which_the_server_refuses_all_but_some_rows(tmp_path: Path) -> None:
    """A value that only the server can compute is the same in many rows."""
    file = _file(tmp_path, "SELECT i AS id, 'user' || i % 50 AS email", 250_000)
    target = Target("sqlite", f"sqlite:///{tmp_path}/large.db")
    target.run(
        "CREATE TABLE large (id BIGINT PRIMARY KEY, email TEXT)",
        "CREATE UNIQUE INDEX one_each ON large (lower(email))",
    )
    assert _peak(tmp_path, file, target, 50, memory=LITTLE) < 310_000_000


@pytest.mark.parametrize("memory", ["64MB", "256MB", "300MB"])
def test_little_memory_is_enough_for_a_first_load(
    mariadb_url: str, tmp_path: Path, memory: str
) -> None:
    """With less than some, what is done beside loading elsewhere is done after it."""
    select = "SELECT i AS id, " + ", ".join(f"'text ' || i * {n} AS t{n}" for n in range(1, 10))
    file = _file(tmp_path, select, 120_000)
    with fresh_database(mariadb_url) as url:
        options = {"source": str(file), "to": url, "table": "large", "memory": memory}
        for version in range(2):
            order = Order(options, tmp_path)
            run(order)
            told = report(order)
            assert told["status"] == "applied", told["message"]
            assert told["strategy"] == ("delta" if version else "direct")
            with file.open("a") as out:
                out.write("120000" + ",x" * 9 + "\n")


def test_a_field_of_70_000_characters(target: Target, tmp_path: Path) -> None:
    file = tmp_path / "large.csv"
    file.write_text("id,note\n1,short\n2," + "é" * 70_000 + "\n", encoding="utf-8")
    assert _peak(tmp_path, file, target, 2) < LIMIT
    assert target.rows("SELECT LENGTH(note) FROM large WHERE id = 1") == [(5,)]
    kept = target.rows("SELECT note FROM large WHERE id = 2")
    assert kept == [("é" * 70_000,)]
