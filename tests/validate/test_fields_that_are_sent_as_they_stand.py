"""What is sent to a server as the file has it is valid, and what would be made of it anyhow."""

from collections.abc import Iterator
from dataclasses import replace

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from test_validate_against_servers import COLUMNS
from validate_check import decide
from validate_fields import column, fields

from csvferry import validation as validate
from csvferry.model.schema import Column, Kind
from csvferry.model.server import Server

NEVER = (Kind.BINARY, Kind.BIT, Kind.UUID)  # their text is not the value, or has two spellings


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def stands(
    con: duckdb.DuckDBPyConnection, of: Column, server: Server, texts: list[str | None]
) -> list[object]:
    sql = validate.as_it_stands(of, "c0", server)
    assert sql is not None
    rows = con.execute(f"SELECT {sql} FROM (SELECT unnest(?::VARCHAR[]) AS c0)", [texts])
    return [found for (found,) in rows.fetchall()]


@pytest.mark.parametrize("server", [Server.MARIADB, Server.MYSQL])
@pytest.mark.parametrize("of", COLUMNS, ids=lambda of: f"{of.type.name} {of.charset or ''}".strip())
def test_a_field_that_stands_is_valid_and_as_it_would_be_staged(
    of: Column, server: Server, con: duckdb.DuckDBPyConnection
) -> None:
    if of.type.kind is Kind.UUID and Kind.UUID in server.traits.lacks:
        return
    if of.type.kind in NEVER or validate.as_it_stands(of, "c0", server) is None:
        assert of.type.kind in NEVER or of.type.precision
        return

    @given(st.lists(fields(of), min_size=20, max_size=60))
    @settings(
        max_examples=4,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],  # each text is told
    )
    def holds(texts: list[str]) -> None:
        for text, found, decision in zip(
            texts, stands(con, of, server, list(texts)), decide(con, of, server, texts), strict=True
        ):
            assert found in (True, False)
            if found:
                assert decision.codes == ()
                idle = of.type.kind is Kind.DECIMAL and "." in text
                spelt = text.rstrip("0").rstrip(".") if idle else text
                assert decision.staged == spelt, text
                assert text != "NULL"

    holds()


@pytest.mark.parametrize(
    ("declaration", "text"),
    [
        ("int", "-7"), ("tinyint(1)", "1"), ("decimal(9,2)", "-0.50"), ("double", "1.25"),
        ("date", "2026-01-02"), ("datetime", "2026-01-02 03:04:05"), ("time", "03:04:05"),
        ("year", "2026"), ("varchar(9)", "NULL "), ("enum('a','b')", "b"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("server", list(Server))
def test_most_fields_stand_and_null_where_it_may(
    declaration: str, text: str, server: Server, con: duckdb.DuckDBPyConnection
) -> None:
    of = column(declaration, "utf8mb4" if declaration.startswith(("varchar", "enum")) else None)
    if of.type.kind in server.traits.lacks:
        return
    assert stands(con, of, server, [text, None]) == [True, True]
    strict = replace(of, nullable=False)
    assert stands(con, strict, server, [text, None]) == [True, False]


@pytest.mark.parametrize(
    ("declaration", "text"),
    [
        ("varchar(9)", "NULL"), ("tinyint(1)", "true"), ("int", "+7"), ("decimal(9,2)", "1e1"),
        ("decimal(9,2)", "-0.0"),
        ("date", "2026-01-02 00:00:00"), ("datetime", "2026-01-02T03:04:05"),
        ("datetime", "2026-01-02 03:04:05+01:00"), ("char(3)", "a "),
    ],
)  # fmt: skip
def test_a_field_that_would_become_another_does_not_stand(
    declaration: str, text: str, con: duckdb.DuckDBPyConnection
) -> None:
    of = column(declaration, "utf8mb4" if "char" in declaration else None)
    assert stands(con, of, Server.MARIADB, [text]) == [False]
