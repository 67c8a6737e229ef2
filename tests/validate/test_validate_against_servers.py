"""csvferry accepts a field exactly when a strict server takes it and gives it back as it was."""

import os
from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from validate_check import disagreements
from validate_fields import column, fields
from validate_judge import Judge

from csvferry.model.schema import Column
from csvferry.model.server import Server

# CSVFERRY_TEST_EXAMPLES=200 runs far more than a suite has time for.
EXAMPLES = int(os.environ.get("CSVFERRY_TEST_EXAMPLES", "2"))

NUMBERS = [
    *("tinyint", "tinyint unsigned", "smallint", "smallint unsigned", "mediumint"),
    *("mediumint unsigned", "int", "int unsigned", "bigint", "bigint unsigned", "tinyint(1)"),
    *("bit(1)", "bit(8)", "bit(63)", "bit(64)", "decimal(1,0)", "decimal(10,0)", "decimal(10,2)"),
    *("decimal(5,5)", "decimal(65,30)", "decimal(38,10) unsigned", "int(5) unsigned zerofill"),
    *("float", "float unsigned", "float(7,3)", "double", "double unsigned", "double(20,3)"),
]
MOMENTS = [
    *("date", "year", "time", "time(3)", "time(6)", "datetime", "datetime(1)", "datetime(6)"),
    *("timestamp", "timestamp(6)"),
]
LISTED = [
    *("enum('a','b','Red','it''s')", "enum('1','01','x y','é')", "enum('','a')"),
    *("set('a','b','c')", "set('1','2','4','é')", "set('','a')", "set('A b','it''s','z')"),
]
BYTES = ["binary(1)", "binary(3)", "varbinary(4)", "tinyblob", "blob"]
TEXTS = ["char(1)", "char(4)", "varchar(1)", "varchar(5)", "varchar(255)", "tinytext", "text"]
CHARSETS = [
    *("ascii", "latin1", "latin2", "utf8mb3", "ucs2", "utf16", "utf32", "cp1251", "sjis", "cp932"),
    *("gbk", "big5", "euckr", "ujis", "eucjpms", "koi8u", "swe7", "tis620", "greek"),
]
WIDTHS = ["latin1", "ucs2", "utf16", "utf32", "sjis", "gbk", "ujis", "eucjpms"]  # bytes a character
COLUMNS = [
    *(column(declaration) for declaration in (*NUMBERS, *MOMENTS, *BYTES, "json")),
    *(column(declaration, "utf8mb4") for declaration in (*LISTED, *TEXTS)),
    *(column("varchar(5)", charset) for charset in CHARSETS),
    *(column("tinytext", charset) for charset in WIDTHS),
    column("char(3)", "latin1"),
    column("varchar(3)", "gb18030"),
    column("tinytext", "gb18030"),
    column("uuid"),
]


@pytest.fixture(scope="module")
def mariadb(mariadb_url: str) -> Iterator[Judge]:
    judge = Judge(mariadb_url, Server.MARIADB)
    yield judge
    judge.connection.close()


@pytest.fixture(scope="module")
def mysql(mysql_url: str) -> Iterator[Judge]:
    judge = Judge(mysql_url, Server.MYSQL)
    yield judge
    judge.connection.close()


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


@pytest.mark.parametrize("of", COLUMNS, ids=lambda of: f"{of.type.name} {of.charset or ''}".strip())
def test_a_field_is_taken_exactly_when_the_server_gives_it_back(
    of: Column, con: duckdb.DuckDBPyConnection, mariadb: Judge, mysql: Judge
) -> None:
    alone = {"gb18030": [mysql], "uuid": [mariadb]}  # what one of them has
    judges = alone.get(of.charset or of.type.name, [mariadb, mysql])

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(fields(of), min_size=60, max_size=90))
    def agree(texts: list[str]) -> None:
        assert [wrong for judge in judges for wrong in disagreements(con, judge, of, texts)] == []

    agree()
