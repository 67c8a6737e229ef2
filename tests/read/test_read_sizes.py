"""Long fields, many columns, and records that lie across the edges of buffers."""

import random
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from read_outcome import Read

from csvferry.config.read_options import CsvReadOptions
from csvferry.ingest import parser as parse
from csvferry.ingest import reader
from csvferry.ingest.parquet_parts import share
from csvferry.sources.content import OnDisk


@pytest.mark.parametrize("mark", ["", '"'])
def test_a_field_of_70_000_characters(read: Read, mark: str) -> None:
    text = "é" * 70_000
    assert read(f"id,text\n1,{mark}{text}{mark}\n2,b\n".encode()).fields == [
        ("1", text),
        ("2", "b"),
    ]


@pytest.mark.parametrize("mark", ["", '"'])
def test_2_000_columns(read: Read, mark: str) -> None:
    names = [f"column_{number}" for number in range(2000)]
    rows = [tuple(f"{row}.{number}" for number in range(2000)) for row in range(20)]
    lines = [",".join(names), *(",".join(f"{mark}{value}{mark}" for value in row) for row in rows)]
    outcome = read(("\n".join([*lines, "short"])).encode())
    assert outcome.fields == rows
    assert outcome.codes == [(22, "missing_columns")]


@pytest.fixture(params=[(200, 200), (200, 201), (300, 607), (1000, 2000)])
def small_buffers(request: pytest.FixtureRequest) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "_LINE", request.param[0])
        patch.setattr(reader, "_BUFFER", request.param[1])
        yield


@pytest.mark.usefixtures("small_buffers")
@pytest.mark.parametrize("alphabet", ["ab é", 'ab,"é ', 'a,"\n\ré '])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("careful", [False, True])
def test_edges_of_duckdbs_buffers(read: Read, alphabet: str, newline: str, careful: bool) -> None:
    chance = random.Random(7)
    rows = [tuple(text(chance, alphabet) for _ in range(3)) for _ in range(400)]
    lines = [",".join('"' + value.replace('"', '""') + '"' for value in row) for row in rows]
    if alphabet == "ab é":
        lines = [",".join(row) for row in rows]
    outcome = read(newline.join(["x,y,z", *lines]).encode(), careful=careful)
    assert outcome.fields == rows
    assert outcome.rejects == []


def text(chance: random.Random, alphabet: str) -> str:
    return "".join(chance.choices(alphabet, k=chance.choice([1, 2, 5, 20, 40])))


@pytest.mark.parametrize("short", [-1, 0])
def test_a_file_as_long_as_a_block(read: Read, short: int) -> None:
    """Line ends, quotes and characters of two bytes fall on every side of the block's edge."""
    for filler in ("é", "\r\n", '"q"', "x"):
        size = (1 << 21) + short
        row = b"1," + b"abcdefgh" * 20 + b"\n"
        data = b"id,name\n" + row * ((size - 300) // len(row))
        data += b"2," + b"x" * (size - len(data) - 2) + b'"q"\r\n3,' + filler.encode() + b"\n"
        outcome = read(data)
        assert outcome.parsed.rows + outcome.parsed.rejected == data.count(b"\n") - 1 - (
            filler == "\r\n"
        )


@pytest.mark.parametrize("ending", ["\n", ""])
def test_rows_keep_their_order_with_several_threads(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, ending: str
) -> None:
    file = tmp_path / "x.csv"
    count = 900_000
    rows = "\n".join(f"{number},abcdefghijklmnop" for number in range(2, count + 2))
    file.write_text(f"id,name\n{rows}{ending}")
    connection.execute("SET threads = 4")
    assert parse.parse(connection, OnDisk(file), CsvReadOptions(), tmp_path).rows == count
    wrong = "SELECT count(*) FROM incoming WHERE CAST(c0 AS BIGINT) <> line"
    assert connection.execute(wrong).fetchone() == (0,)


def test_progress_never_goes_back(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(b"id,name\n" + b'1,"a"\n' * 500_000 + b"2\n")
    told: list[tuple[int, int]] = []
    parse.parse(
        connection,
        OnDisk(file),
        CsvReadOptions(),
        tmp_path,
        lambda done, total: told.append((done, total)),
    )
    assert told == sorted(told)
    assert {total for _, total in told} == {file.stat().st_size}
    assert told[-1][0] <= file.stat().st_size


def test_no_scratch_file_stays(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(b'id,name\n1,"a"b\n2,a"b\n')
    parse.parse(connection, OnDisk(file), CsvReadOptions(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]


@pytest.mark.parametrize(
    ("columns", "characters", "reading", "loading"),
    [(2, 10, 4, 4), (12, 10, 4, 1), (12, 1_000, 1, 1), (33, 10, 1, 1)],
    ids=["few columns", "more columns", "long records", "many columns"],
)
def test_each_query_has_one_thread_where_vectors_are_large_or_several_run(
    tmp_path: Path, columns: int, characters: int, reading: int, loading: int
) -> None:
    file = tmp_path / "rows.csv"
    row = ",".join(["x" * characters] * columns)
    file.write_text(",".join(f"c{n}" for n in range(columns)) + f"\n{row}\n" * 3)
    threads = "SELECT current_setting('threads')"
    with duckdb.connect(config={"threads": 4}) as con:
        parse.parse(con, OnDisk(file), CsvReadOptions(), tmp_path)
        assert con.execute(threads).fetchone() == (reading,)
        share(con)
        assert con.execute(threads).fetchone() == (loading,)
