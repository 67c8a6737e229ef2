"""Rows that validation rejects later are found again: offset and bytes as in the file."""

from pathlib import Path

import duckdb
import pytest

from csvferry.config.read_options import CsvReadOptions
from csvferry.ingest.parser import locate, parse
from csvferry.sources.content import OnDisk

DATA = b'\xef\xbb\xbfid,name\n1,"a\nb"\n\n2,c"d\n3\n4, "e"\r\n5,"f""g"\r6,\xc3\xa9'
PLACES = {
    2: (11, b'1,"a\nb"'),
    4: (20, b'2,c"d'),
    6: (28, b'4, "e"'),
    7: (36, b'5,"f""g"'),
    8: (45, b"6,\xc3\xa9"),
}


@pytest.mark.parametrize(
    "lines", [[], [2], [8], [4, 6], [2, 4, 6, 7, 8], [1, 3, 5, 7, 99], [6, 6, 7]]
)
def test_places(connection: duckdb.DuckDBPyConnection, tmp_path: Path, lines: list[int]) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(DATA)
    parsed = parse(connection, OnDisk(file), CsvReadOptions(), tmp_path)
    found = list(locate(OnDisk(file), parsed, CsvReadOptions(), lines, tmp_path))
    assert found == [(line, *PLACES[line]) for line in dict.fromkeys(lines) if line in PLACES]


def test_far_down(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    row = b"1,abcdefghij\n"
    file.write_bytes(b"id,name\n" + row * 500_000)
    parsed = parse(connection, OnDisk(file), CsvReadOptions(), tmp_path)
    lines = [2, 250_000, 500_001]
    found = list(locate(OnDisk(file), parsed, CsvReadOptions(), iter(lines), tmp_path))
    assert found == [(line, 8 + (line - 2) * len(row), row[:-1]) for line in lines]
