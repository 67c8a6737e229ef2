"""The types of a new table, from every row."""

from collections.abc import Mapping, Sequence

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from validate_fields import fields

from csvferry import validation as validate
from csvferry.errors import TargetError, UsageError
from csvferry.ingest.type_inference import infer
from csvferry.model.schema import Column, Kind, Type, parse_type
from csvferry.model.server import Server

ONE_COLUMN = {
    "BIGINT": [["1", "-5", "0"], ["9223372036854775807", "-9223372036854775808"], ["1", None]],
    "DECIMAL(20,2)": [["1.50", "2"], ["-0.25", "123456789012345678"]],
    "DECIMAL(21,2)": [["1234567890123456789", "0.25"]],
    "DATE": [["2024-01-05", "2024-02-29"]],
    "DATETIME": [["2024-01-05 10:11:12", "2024-01-05T00:00:00"]],
    "DATETIME(3)": [["2024-01-05 10:11:12.5", "2024-01-05T00:00:00.123"]],
    "TIME": [["10:11:12", "838:59:59", "-00:00:01"]],
    "TIME(1)": [["10:11:12.5", "10:11:12"]],
    "TINYINT(1)": [["true", "FALSE"], ["True"]],
    "TEXT": [
        *(["007", "1"], ["+7"], ["1e3"], [".5"], ["5."], ["1_0"], [" 1"], ["1,5"], ["", "1"]),
        *([None, None], [], ["9223372036854775808"], ["1", "true"], ["1", "2024-01-05"]),
        *(["2024-02-30"], ["0000-00-00"], ["2024-1-5"], ["2024-01-05 10:11:12Z"], ["10:11"]),
        *(["2024-01-05 24:00:00"], ["10:11:60"], ["839:00:00"], ["0000-02-29 00:00:00"]),
        *(["10:11:12.1234567"], ["0." + "1" * 31], ["1" * 36 + "." + "1" * 30], ["yes", "no"]),
        *(["00.5"], ["nan"], ["é"], ["2024-01-05", "2024-01-05 10:11:12"], ["x" * 16_383]),
        *(["infinity"], ["-infinity"], ["0001-01-01 (BC)"], ["12024-01-05"], ["1" * 70]),
    ],
    "LONGTEXT": [["x" * 16_384], ["1", "é" * 16_384]],
}


def infer_from(  # the columns of a file with these rows
    rows: Sequence[Sequence[str | None]],
    names: Sequence[str],
    key: Sequence[str] = (),
    unique: Sequence[Sequence[str]] = (),
    server: Server = Server.MYSQL,
    types: Mapping[str, Type] | None = None,
) -> tuple[Column, ...]:
    with duckdb.connect() as con:
        columns = ", ".join(f"c{at} VARCHAR" for at in range(len(names)))
        con.execute(f"CREATE TABLE incoming (line BIGINT, {columns})")
        texts = [[row[at] for row in rows] for at in range(len(names))]
        lists = ", ".join(["unnest(?::VARCHAR[])"] * len(names))
        con.execute(f"INSERT INTO incoming SELECT unnest(range({len(rows)})), {lists}", texts)
        return infer(con, names, key, unique, server, types or {})


@pytest.mark.parametrize(
    ("expected", "fields"),
    [(expected, fields) for expected, columns in ONE_COLUMN.items() for fields in columns],
    ids=lambda value: str(value)[:40],
)
def test_a_column_gets_the_narrowest_type_of_all_its_fields(
    expected: str, fields: list[str | None]
) -> None:
    (column,) = infer_from([[field] for field in fields], ["v"])
    assert column.type == parse_type(expected)
    assert column.nullable


def test_the_last_row_counts() -> None:
    (column,) = infer_from([*([str(n)] for n in range(5000)), ["x"]], ["v"])
    assert column.type == parse_type("TEXT")


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(["int", "decimal(9,3)", "date", "datetime(6)", "time(6)", "tinyint(1)"]),
    server=st.sampled_from(list(Server)),
    data=st.data(),
)
def test_the_type_takes_every_field_it_was_made_from(
    kind: str, server: Server, data: st.DataObject
) -> None:
    near = fields(Column("v", parse_type(kind)))
    texts = data.draw(st.lists(near, min_size=1, max_size=4))
    (column,) = infer_from([[text] for text in texts], ["v"], server=server)
    faulty = validate.faulty(column, "c0", server)
    with duckdb.connect() as con:
        asked = f"SELECT c0 FROM (SELECT unnest($1) AS c0) WHERE {faulty}"
        assert con.execute(asked, [texts]).fetchall() == []


@pytest.mark.parametrize(
    ("server", "charset", "collation"),
    [
        (Server.MYSQL, "utf8mb4", "utf8mb4_0900_bin"),
        (Server.MARIADB, "utf8mb4", "utf8mb4_nopad_bin"),
        (Server.SQLITE, None, "BINARY"),
    ],
)
def test_a_text_key_is_short_and_compares_byte_by_byte(
    server: Server, charset: str | None, collation: str
) -> None:
    rows = [["a", "b@example.com", "c"]]
    id_, email, other = infer_from(rows, ["id", "Email", "o"], ["ID"], [["email"]], server)
    key = parse_type("VARCHAR(255)")
    assert id_ == Column("id", key, nullable=False, charset=charset, collation=collation)
    assert email == Column("Email", key, charset=charset, collation=collation)
    assert other == Column("o", parse_type("TEXT"), charset=charset, collation=collation)
    assert validate.exact_key(id_, "c0", server) == "c0"


@pytest.mark.parametrize(
    ("characters", "columns", "expected"),
    [(255, 1, 255), (256, 1, 768), (768, 1, 768), (10, 2, 255), (256, 2, 384), (10, 4, 192)],
)
def test_a_text_key_is_as_wide_as_an_index_allows(
    characters: int, columns: int, expected: int
) -> None:
    names = [f"k{at}" for at in range(columns)]
    for column in infer_from([["é" * characters] * columns], names, names):
        assert column.type == parse_type(f"VARCHAR({expected})")


@pytest.mark.parametrize(("characters", "columns"), [(769, 1), (385, 2)])
def test_a_longer_text_key_is_refused_by_name(characters: int, columns: int) -> None:
    names = [f"k{at}" for at in range(columns)]
    with pytest.raises(TargetError, match="k0"):
        infer_from([["x" * characters] * columns], names, names)


def test_the_users_types_come_first() -> None:
    types = {"V": parse_type("VARCHAR(20)"), "d": parse_type("DECIMAL(9,2)")}
    v, d = infer_from([["1", "1"]], ["v", "d"], ["v"], types=types)
    assert (v.type, d.type) == (types["V"], types["d"])
    assert v.collation == "utf8mb4_0900_bin"
    assert (d.charset, d.collation) == (None, None)


@pytest.mark.parametrize(
    "wrong", [{"types": {"x": parse_type("INT")}}, {"key": ["x"]}, {"unique": [["v", "x"]]}]
)
def test_an_unknown_column_is_named(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="no column x"):
        infer_from([["1"]], ["v"], **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("12.5", "DECIMAL(19,1)"),
        ("1234567890123.25", "DECIMAL(20,2)"),
        ("12345678901234.25", "DECIMAL TEXT(20,2)"),
        ("0.1234567890123456", "DECIMAL TEXT(34,16)"),
    ],
)
def test_sqlite_keeps_long_decimals_exact_as_text(field: str, expected: str) -> None:
    (column,) = infer_from([[field]], ["v"], server=Server.SQLITE)
    assert column.type == parse_type(expected)
    assert column.type.kind is Kind.DECIMAL


def test_two_thousand_columns() -> None:
    names = [f"n{at}" for at in range(2000)]
    rows = [["1" if at % 2 else "x" for at in range(2000)]]
    kinds = [column.type.kind for column in infer_from(rows, names)]
    assert kinds == [Kind.TEXT, Kind.INTEGER] * 1000
