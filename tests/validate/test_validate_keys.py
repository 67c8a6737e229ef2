"""An exact key is equal where the server has it so and nowhere else; a coarse one there too."""

from itertools import combinations

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from validate_check import decide
from validate_fields import column, fields
from validate_judge import Judge

from csvferry import validation as validate
from csvferry.model.schema import Column
from csvferry.model.server import Server

COMMON = [
    *(column(declaration) for declaration in ("int", "bigint unsigned", "tinyint(1)", "bit(8)")),
    *(column(declaration) for declaration in ("decimal(5,2)", "date", "year", "time(3)")),
    *(column(declaration) for declaration in ("datetime(3)", "timestamp", "varbinary(3)")),
    column("binary(2)"),
    column("enum('a','b','A b')", "utf8mb4"),
    column("set('a','b','c')", "utf8mb4"),
    column("varchar(3)", "utf8mb4", "utf8mb4_bin"),
    column("char(2)", "utf8mb4", "utf8mb4_bin"),
    column("varchar(3)", "latin1", "latin1_bin"),
]
COLUMNS = {
    Server.MYSQL: [*COMMON, column("varchar(3)", "utf8mb4", "utf8mb4_0900_bin")],
    Server.MARIADB: [
        *(*COMMON, column("varchar(3)", "utf8mb4", "utf8mb4_nopad_bin"), column("uuid")),
    ],
}


@pytest.mark.parametrize(
    ("server", "of"),
    [(server, of) for server, columns in COLUMNS.items() for of in columns],
    ids=lambda value: value.type.name if isinstance(value, Column) else str(value),
)
def test_keys_are_equal_as_the_server_has_it(
    server: Server, of: Column, request: pytest.FixtureRequest
) -> None:
    judge = Judge(request.getfixturevalue(f"{server.value}_url"), server)
    near = st.sampled_from(["a", "a ", "a  ", "A", "á", "a\t", "", " ", "1", "01", "1.0", "1e0"])

    @settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(fields(of) | near, min_size=30, max_size=40, unique=True))
    def agree(texts: list[str]) -> None:
        with duckdb.connect() as con:
            good = _good(con, of, server, texts)
            assert _equal_here(con, of, server, good) == _equal_there(judge, of, good)

    agree()
    judge.connection.close()


FOLDING = {
    Server.MYSQL: [
        *("utf8mb4_0900_ai_ci", "utf8mb4_0900_as_cs", "utf8mb4_general_ci", "utf8mb4_unicode_ci"),
        *("utf8mb4_unicode_520_ci", "latin1_swedish_ci", "latin1_general_ci", "ascii_general_ci"),
    ],
    Server.MARIADB: [
        *("utf8mb4_uca1400_ai_ci", "utf8mb4_uca1400_nopad_as_cs", "utf8mb4_general_nopad_ci"),
        *("utf8mb4_general_ci", "utf8mb4_unicode_ci", "utf8mb4_unicode_520_nopad_ci"),
        *("latin1_swedish_ci", "latin1_general_ci", "ascii_general_ci"),
    ],
}


@pytest.mark.parametrize(
    ("server", "collation"), [(server, name) for server, names in FOLDING.items() for name in names]
)
def test_keys_that_the_server_has_as_equal_are_never_told_apart(
    server: Server, collation: str, request: pytest.FixtureRequest
) -> None:
    judge = Judge(request.getfixturevalue(f"{server.value}_url"), server)
    of = column("varchar(3)", collation.partition("_")[0], collation)
    one = st.text(st.characters(min_codepoint=32, max_codepoint=126) | st.sampled_from("áßÆÿ"))
    near = st.sampled_from(["a", "a ", "A", "ae", "AE", "ss", "SS", "v", "w", "[", "{", "^", "~"])

    @settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(one.map(lambda text: text[:2]) | near, min_size=60, max_size=90, unique=True))
    def agree(texts: list[str]) -> None:
        with duckdb.connect() as con:
            good = _good(con, of, server, texts)
            key = validate.coarse_key(of, "c0", server)
            told = {
                text: con.execute(f"SELECT {key} FROM (SELECT $1 AS c0)", [text]).fetchone()
                for text in good
            }
            for a, b in _equal_there(judge, of, good):
                assert told[a] == told[b] or (None,) in (told[a], told[b]), (a, b)

    agree()
    judge.connection.close()


def _good(
    con: duckdb.DuckDBPyConnection, of: Column, server: Server, texts: list[str]
) -> dict[str, str]:
    """The valid texts, and what is staged for them."""
    told = zip(texts, decide(con, of, server, texts), strict=True)
    return {text: decision.staged for text, decision in told if not decision.codes}


def _equal_here(
    con: duckdb.DuckDBPyConnection, of: Column, server: Server, good: dict[str, str]
) -> set[tuple[str, str]]:
    sql = validate.exact_key(of, "c0", server)
    keys = {
        text: con.execute(f"SELECT {sql} FROM (SELECT $1 AS c0)", [text]).fetchone()
        for text in good
    }
    return {(a, b) for a, b in combinations(good, 2) if keys[a] == keys[b]}


def _equal_there(judge: Judge, of: Column, good: dict[str, str]) -> set[tuple[str, str]]:
    judge.make(of)
    texts = list(good)
    value = "CAST(%s AS UNSIGNED)" if of.type.name.startswith("bit") else "%s"
    for n, text in enumerate(texts):
        judge.run(f"INSERT INTO judged VALUES ({n}, {value})", good[text])
    judge.run("DROP TEMPORARY TABLE IF EXISTS other")
    judge.run("CREATE TEMPORARY TABLE other AS SELECT * FROM judged")
    rows = judge.run("SELECT a.n, b.n FROM judged a JOIN other b ON a.v = b.v AND a.n < b.n")
    judge.connection.rollback()
    return {(texts[int(a or 0)], texts[int(b or 0)]) for a, b in rows}


@pytest.mark.parametrize(
    "of",
    [
        column("varchar(3)", "utf8mb4", "utf8mb4_0900_ai_ci"),
        column("varchar(3)", "utf8mb4", "utf8mb4_0900_as_cs"),
        column("varchar(3)", "utf8mb4"),
        column("float"),
        column("double"),
        column("json"),
    ],
    ids=lambda of: f"{of.type.name} {of.collation}",
)
def test_where_only_the_server_can_tell_there_is_no_exact_key(of: Column) -> None:
    assert validate.exact_key(of, "c0", Server.MYSQL) is None
