"""A file's name is a name: no pattern, no quote, no folder of DuckDB's."""

from pathlib import Path

import duckdb
import pytest

from csvferry.config.read_options import CsvReadOptions
from csvferry.ingest.parser import parse
from csvferry.sources.content import OnDisk


@pytest.mark.parametrize("careful", [b"", b'3,"x"y\n'])
@pytest.mark.parametrize("name", ["a*b.csv", "a?b.csv", "[ab].csv", "it's.csv", "ä {b} %20.csv"])
def test_names(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, name: str, careful: bytes
) -> None:
    folder = tmp_path / name
    folder.mkdir()
    (folder / "aab.csv").write_bytes(b"id,name\n9,z\n")
    file = folder / name
    file.write_bytes(b"id,name\n1,a\n2,b\n" + careful)
    assert parse(connection, OnDisk(file), CsvReadOptions(), folder).rows == 2
