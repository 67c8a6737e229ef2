"""A first load of more than six columns: each row is checked once, and sent from the file itself.

Rows with quotes, NULLs and line ends within quotes are, as long as all of them are as the server is
to be given them; with the first that is not, the file is read as any other.
"""

import csv
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from random import Random

import pytest

import csvferry
from csvferry.databases.bulk_load import Lines
from csvferry.databases.mysql.bulk_load import MysqlLoader
from csvferry.databases.mysql.session.null_words import empty_as_null
from targets import Target

COLUMNS = (
    "name VARCHAR(60), amount DECIMAL(12,2), rate DOUBLE, yes TINYINT(1), born DATE,"
    " at DATETIME, note TEXT"
)
TABLE = f"CREATE TABLE people (id BIGINT PRIMARY KEY, {COLUMNS})"
HEAD = "id,name,amount,rate,yes,born,at,note"
NOTES = ['""', "", '"a ""b"", c"', '"two\nlines"', '""""', "é 😀", "\\N", '"\\"', " x ", "-"]
VALUES = ["1.50", "", "1", "2026-01-02", "2026-01-02 03:04:05"]


def row(number: int, note: str) -> str:
    """Every other row has no value but its key and its note."""
    fields = [f'"n, {number}"', *VALUES] if number % 2 else [""] * 6
    return ",".join([str(number), *fields, note])


ROWS = [row(number, NOTES[number % len(NOTES)]) for number in range(2_600)]
PLAIN = "\n".join([HEAD, *ROWS, ""])


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few rows are enough for several connections and slices, and few bytes for a piece."""
    monkeypatch.setattr(import_module("csvferry.load.strategy"), "PARALLEL_ROWS", 1)
    monkeypatch.setattr(import_module("csvferry.load.file_ranges"), "_PIECE", 9_999)
    monkeypatch.setattr(import_module("csvferry.ingest.parquet_parts"), "_CELLS", 1)
    monkeypatch.setattr(import_module("csvferry.text.good_stretch"), "_MOST", 19_999)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Lines]:
    """What was sent from the file itself."""
    found: list[Lines] = []
    load: Callable[..., object] = MysqlLoader.load_lines

    def noted(
        self: MysqlLoader, table: str, columns: object, lines: Lines, *fixed: object
    ) -> object:
        if lines.empty:
            found.append(lines)
        return load(self, table, columns, lines, *fixed)

    monkeypatch.setattr(MysqlLoader, "load_lines", noted)
    return found


def expected(text: str) -> list[tuple[str, str | None]]:
    """Key and note of each row as Python's reader has them."""
    rows = list(csv.reader(text.splitlines(keepends=True)[1:]))
    return [(key, note) for key, *_, note in rows]


def notes_of(target: Target) -> list[tuple[object, ...]]:
    return target.rows("SELECT CAST(id AS CHAR), COALESCE(note, '') FROM people ORDER BY id")


def synced(target: Target, file: Path, text: str, **options: object) -> csvferry.Report:
    file.write_bytes(text.encode())
    named = {"escape": "none", "key": ["id"], "mode": "mirror", **options}
    return csvferry.sync(str(file), to=target.url, table="people", **named)  # type: ignore[arg-type]


@pytest.mark.parametrize("end", ["\n", ""])
def test_rows_with_quotes_and_nulls_are_sent_as_they_lie(
    server_target: Target, tmp_path: Path, sent: list[Lines], end: str
) -> None:
    server_target.run(TABLE)
    report = synced(server_target, tmp_path / "people.csv", PLAIN[:-1] + end)
    assert report.rows.inserted == len(ROWS)
    assert notes_of(server_target) == expected(PLAIN)
    nulls = server_target.rows("SELECT id FROM people WHERE note IS NULL ORDER BY id")
    assert nulls == [(n,) for n in range(len(ROWS)) if NOTES[n % len(NOTES)] == ""]
    bare = " AND ".join(f"{name} IS NULL" for name in ("name", "amount", "yes", "born", "at"))
    assert server_target.rows(f"SELECT COUNT(*) FROM people WHERE {bare}") == [(len(ROWS) // 2,)]
    odd = server_target.rows("SELECT name, amount, rate, yes, born, at FROM people WHERE id = 2599")
    assert [str(value) for value in odd[0]] == [
        "n, 2599", "1.50", "None", "1", "2026-01-02", "2026-01-02 03:04:05",
    ]  # fmt: skip
    starts, ends = sorted(one.start for one in sent), sorted(one.end for one in sent)
    assert len({*starts}) >= 3
    assert starts[1:] == ends[:-1]


def test_few_rows_are_sent_as_they_lie_in_one_transaction(
    server_target: Target, tmp_path: Path, sent: list[Lines], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("csvferry.load.strategy"), "PARALLEL_ROWS", 10_000)
    server_target.run(TABLE)
    report = synced(server_target, tmp_path / "people.csv", PLAIN)
    assert (report.load, report.rows.inserted) == ("transaction", len(ROWS))
    assert notes_of(server_target) == expected(PLAIN)
    assert len(sent) >= 3


def test_a_server_that_takes_no_file_is_given_the_same_rows(
    server_target: Target, tmp_path: Path, sent: list[Lines], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MysqlLoader, "may_load", False)
    server_target.run(TABLE)
    report = synced(server_target, tmp_path / "people.csv", PLAIN)
    assert (report.load, report.rows.inserted) == ("transaction", len(ROWS))
    assert notes_of(server_target) == expected(PLAIN)
    assert sent == []


def test_the_next_version_is_compared_with_what_was_kept_of_these_rows(
    target: Target, tmp_path: Path, sent: list[Lines]
) -> None:
    target.run(TABLE)
    synced(target, tmp_path / "people.csv", PLAIN)
    assert sent or target.kind == "sqlite"
    changed = [row(1, "changed"), *ROWS[2:], row(9_999, '"new"')]
    text = "\n".join([HEAD, *changed, ""])
    report = synced(target, tmp_path / "people.csv", text)
    assert report.strategy == "delta"
    counted = report.rows
    assert (counted.inserted, counted.updated, counted.deleted) == (1, 1, 1)
    assert notes_of(target) == expected(text)


@pytest.mark.parametrize(
    ("odd", "options"),
    [
        ('9000,NULL,,,,,,"x"', {}),
        ('9000,x,,,,,,"NULL"', {}),
        ("9000,x,+1,,,,,", {}),
        ("9000,x,1e1,,,,,", {}),
        ("9000,x,,,true,,,", {}),
        ("9000,x,,,,2026-01-02 00:00:00,,", {}),
        ("9000,x,,,,,2026-01-02T03:04:05,", {}),
        ('9000,x,,,,,,a"b', {}),
        ('\n9000,x,,,,,,"x"', {}),
        ("9000,x,,,,,,\\N", {"null": ["\\N", ""]}),
    ],
)
def test_one_field_that_is_otherwise_and_all_rows_arrive_another_way(
    server_target: Target, tmp_path: Path, sent: list[Lines], odd: str, options: dict[str, object]
) -> None:
    server_target.run(TABLE)
    text = "\n".join([HEAD, *ROWS, odd, ""])
    report = synced(server_target, tmp_path / "people.csv", text, **options)
    assert report.rows.inserted == len(ROWS) + 1
    told = notes_of(server_target)
    assert told[:2] == expected(PLAIN)[:2]
    assert len(told) == len(ROWS) + 1
    assert sent == []


@pytest.mark.parametrize(
    ("odd", "rejected", "duplicate"),
    [
        ("x,x,,,,,,", 1, 0),
        ("9000,x,x,,,,,", 1, 0),
        (f"9000,{'x' * 61},,,,,,", 1, 0),
        ('9000,"x"y,,,,,,', 1, 0),
        ("9000,x", 1, 0),
        (",x,,,,,,", 1, 0),
        ("1,twice,,,,,,", 0, 1),
    ],
)
def test_a_row_that_is_no_good_is_told_as_ever(
    target: Target,
    tmp_path: Path,
    sent: list[Lines],
    odd: str,
    rejected: int,
    duplicate: int,
) -> None:
    target.run(TABLE)
    text = "\n".join([HEAD, *ROWS, odd, ""])
    report = synced(target, tmp_path / "people.csv", text, mode="insert")
    counted = report.rows
    assert (counted.read, counted.inserted) == (len(ROWS) + 1, len(ROWS))
    assert (counted.rejected, counted.duplicate) == (rejected, duplicate)
    assert notes_of(target) == expected(PLAIN)
    lines = target.rows("SELECT DISTINCT line FROM csvferry_rejects")
    assert lines == [(len(ROWS) + 2,)]
    assert sent == []


@pytest.mark.parametrize("form", [lambda text: text.replace("\n", "\r\n"), lambda t: t + "\n\n"])
def test_other_line_ends_arrive_another_way(
    server_target: Target, tmp_path: Path, sent: list[Lines], form: Callable[[str], str]
) -> None:
    server_target.run(TABLE)
    report = synced(server_target, tmp_path / "people.csv", form(PLAIN))
    assert report.rows.inserted == len(ROWS)
    assert sent == []


def test_columns_in_another_order_arrive_another_way(
    server_target: Target, tmp_path: Path, sent: list[Lines]
) -> None:
    server_target.run(f"CREATE TABLE people ({COLUMNS}, id BIGINT PRIMARY KEY)")
    synced(server_target, tmp_path / "people.csv", PLAIN)
    assert notes_of(server_target) == expected(PLAIN)


@pytest.mark.parametrize(
    "key", ["VARBINARY(20)", "VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"]
)
def test_keys_that_are_no_numbers_are_kept_too(
    server_target: Target, tmp_path: Path, key: str
) -> None:
    server_target.run(f"CREATE TABLE people (id {key} PRIMARY KEY, {COLUMNS})")
    synced(server_target, tmp_path / "people.csv", PLAIN)
    report = synced(server_target, tmp_path / "people.csv", "\n".join([HEAD, *ROWS[1:], ""]))
    assert (report.strategy, report.rows.deleted) == ("delta", 1)
    assert server_target.rows("SELECT COUNT(*) FROM people") == [(len(ROWS) - 1,)]


def test_a_row_that_only_the_server_refuses_is_found(
    server_target: Target, tmp_path: Path, sent: list[Lines]
) -> None:
    server_target.run(f"CREATE TABLE people (id BIGINT PRIMARY KEY, {COLUMNS}, CHECK (id <> 77))")
    report = synced(server_target, tmp_path / "people.csv", PLAIN)
    assert (report.rows.inserted, report.rows.rejected) == (len(ROWS) - 1, 1)
    assert (77,) not in server_target.rows("SELECT id FROM people")


def test_a_plan_tells_what_such_a_load_would_do(target: Target, tmp_path: Path) -> None:
    target.run(TABLE)
    file = tmp_path / "people.csv"
    file.write_text(PLAIN)
    report = csvferry.plan(str(file), to=target.url, table="people", key=["id"], escape="none")
    assert report.rows.inserted == len(ROWS)
    assert report.sample is not None
    assert report.sample.inserted[0][:2] == (2, "0")


PARTS = ["a", "é", '"b, c"', '""', '"x ""y""\n"', "", "", ""]


@pytest.mark.parametrize("size", [1, 2, 7, 1_000])
@pytest.mark.parametrize("seed", range(8))
def test_empty_fields_become_the_word_null_wherever_bytes_are_cut(size: int, seed: int) -> None:
    chance = Random(seed)
    rows = [[chance.choice(PARTS) for _ in range(3)] for _ in range(40)]
    text = "\n".join(",".join(fields) for fields in rows).encode()
    parts = (text[at : at + size] for at in range(0, len(text), size))
    wanted = "".join(",".join(f or "NULL" for f in fields) + "\n" for fields in rows)
    given = b"".join(empty_as_null(b",")(parts)).decode()
    assert given.rstrip("\n") == wanted.rstrip("\n")
