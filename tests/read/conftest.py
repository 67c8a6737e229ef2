"""What the tests of reading share: bytes in, rows and rejects out."""

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from read_outcome import Outcome, Read

from csvferry.config.read_options import CsvReadOptions
from csvferry.ingest import parquet_parts as slices
from csvferry.ingest import parser as parse_module
from csvferry.ingest.parser import locate, parse
from csvferry.sources.content import Content, OnDisk, Streamed


@pytest.fixture(scope="session")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute("SET memory_limit = '1GB'")
        yield con


@pytest.fixture(scope="session")
def read(connection: duckdb.DuckDBPyConnection, tmp_path_factory: pytest.TempPathFactory) -> Read:
    scratch = tmp_path_factory.mktemp("scratch")

    def run(
        data: bytes,
        *,
        careful: bool = False,
        sliced: bool = False,
        streamed: int | None = None,
        **options: Any,
    ) -> Outcome:
        """`streamed`: the bytes lie nowhere, and come in blocks of so many."""
        file = scratch / "input.csv"
        file.write_bytes(data)
        content = _streamed(data, streamed) if streamed else OnDisk(file)
        reading = CsvReadOptions(**options)
        return _read(connection, content, reading, scratch, careful=careful, sliced=sliced)

    return run


def _streamed(data: bytes, block: int) -> Streamed:
    def blocks(start: int) -> Generator[bytes]:
        for at in range(start, len(data), block):
            yield data[at : at + block]

    return Streamed(len(data), blocks)


def _read(
    con: duckdb.DuckDBPyConnection,
    content: Content,
    reading: CsvReadOptions,
    scratch: Path,
    *,
    careful: bool,
    sliced: bool,
) -> Outcome:
    with pytest.MonkeyPatch.context() as patch:
        if careful:
            patch.setattr(parse_module, "_fast", lambda _: None)
        if sliced:
            patch.setattr(parse_module, "WIDE", 0)
            patch.setattr(slices, "_CELLS", 1)  # a slice for each run of records
        parsed = parse(con, content, reading, scratch)
    rows = con.execute("SELECT * FROM incoming").fetchall()
    rejects = con.execute("SELECT * FROM rejects ORDER BY rowid").fetchall()
    assert parsed.rows == len(rows)
    assert parsed.rejected == len(rejects)
    lines = [row[0] for row in rows]
    located = list(locate(content, parsed, reading, lines, scratch))
    assert [line for line, _, _ in located] == lines
    return Outcome(
        parsed,
        rows,
        [(line, code, raw) for line, _, _, code, _, raw in rejects],
        [reject[1] for reject in rejects],
        [reject[4] for reject in rejects],
        located,
    )
