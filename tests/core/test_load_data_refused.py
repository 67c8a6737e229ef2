"""Where LOAD DATA LOCAL is off, by the address or the server, rows go by INSERT: same results."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

import csvferry
from targets import Target, connect
from test_cases import check_case

CREATE = (
    "CREATE TABLE people (id INT PRIMARY KEY, note TEXT, bytes BLOB, flags BIT(3), doc JSON,"
    " at DATETIME(3), kind ENUM('a','b'))"
)
FIRST = (
    'id,note,bytes,flags,doc,at,kind\n1,NULL,%s,5,"{""a"": 1}",2026-01-02 03:04:05.678,a\n'
    '2,"a\\b\'""c\nd",é,0,[],,b\n3,"",,,,,\n4,x,,9,,,z\n'
)
SECOND = FIRST.replace("2,", "2,more ", 1).replace("1,NULL", "1,null")
SECOND += "5,😀,😀,1,1,2026-01-01,a\n"


def _synced(target: Target, folder: Path, options: str) -> object:
    target.run("DROP TABLE IF EXISTS people", CREATE)
    counts = []
    for text in (FIRST, SECOND):
        (folder / "people.csv").write_text(text)
        report = csvferry.sync(
            str(folder / "people.csv"), to=target.url + options, mode="upsert",
            max_rejects="50%", full=True,
        )  # fmt: skip
        counts.append(report.rows)
    codes = target.rows("SELECT line, column_name, code FROM csvferry_rejects ORDER BY 1, 2, 3")
    target.run("DELETE FROM csvferry_rejects")
    return counts, codes, target.rows("SELECT * FROM people ORDER BY id")


def test_off_in_the_address(server_target: Target, tmp_path: Path) -> None:
    by_pipe = _synced(server_target, tmp_path, "")
    assert _synced(server_target, tmp_path, "?local-infile=0") == by_pipe


def test_off_at_the_server(server_target: Target, tmp_path: Path) -> None:
    by_pipe = _synced(server_target, tmp_path, "")
    server = server_target.url.rsplit("/", 1)[0] + "/"
    with closing(connect(server, autocommit=True)) as connection:
        connection.cursor().execute("SET GLOBAL local_infile = 0")
        try:
            assert _synced(server_target, tmp_path, "") == by_pipe
        finally:
            connection.cursor().execute("SET GLOBAL local_infile = 1")


@pytest.mark.parametrize(
    "name",
    [
        "a_check_of_a_first_load_rejects_its_rows_alone",
        "a_row_that_a_trigger_refuses_is_rejected",
        "a_row_that_no_partition_takes_is_rejected",
    ],
)
def test_a_row_that_the_server_refuses_is_rejected(
    server_target: Target, tmp_path: Path, name: str
) -> None:
    check_case(name, replace(server_target, url=server_target.url + "?local-infile=0"), tmp_path)


def test_a_long_field_passes_either_way(server_target: Target, tmp_path: Path) -> None:
    """70,000 characters pass either way."""
    (tmp_path / "people.csv").write_text("id,note\n1," + "é" * 70_000 + "\n")
    server_target.run("CREATE TABLE people (id INT PRIMARY KEY, note MEDIUMTEXT)")
    report = csvferry.sync(str(tmp_path / "people.csv"), to=server_target.url + "?local-infile=0")
    assert report.rows.inserted == 1
    assert server_target.rows("SELECT CHAR_LENGTH(note) FROM people") == [(70_000,)]


@pytest.mark.parametrize("columns", [2000])
def test_too_many_columns_are_refused_by_name(
    server_target: Target, tmp_path: Path, columns: int
) -> None:
    head = ["id", *(f"c{number}" for number in range(1, columns))]
    (tmp_path / "people.csv").write_text(",".join(head) + "\n" + ",".join(["1"] * columns) + "\n")
    with pytest.raises(csvferry.CsvFerryError, match="2000 columns"):
        csvferry.sync(str(tmp_path / "people.csv"), to=server_target.url)
    assert "people" not in server_target.tables()
