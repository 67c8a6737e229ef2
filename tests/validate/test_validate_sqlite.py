"""In SQLite a field is taken as MySQL takes it, if the column's affinity leaves it as it is."""

import os
import sqlite3
from contextlib import closing
from decimal import Decimal, InvalidOperation
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from validate_check import decide
from validate_fields import column, fields
from validate_same import document, instant, number, span

import csvferry
from csvferry.commands.verify import verify_object
from csvferry.config.feed import make_feed
from csvferry.model.schema import Column, Kind
from csvferry.model.server import Server
from csvferry.run.runner import Run
from csvferry.sources.source import LocalFile
from csvferry.validation.sqlite_affinity import given as given_to_sqlite

EXAMPLES = int(os.environ.get("CSVFERRY_TEST_EXAMPLES", "2"))
DECLARED = [
    *("INTEGER", "INT", "BIGINT", "BIGINT UNSIGNED", "TINYINT(1)", "BOOLEAN", "BIT(64)", "NUMERIC"),
    *("DECIMAL(10,2)", "DECIMAL(38,10)", "DECIMAL TEXT(38,10)", "REAL", "FLOAT", "DOUBLE"),
    *("DATE", "DATETIME(3)", "TIMESTAMP", "TIME(1)", "YEAR", "TEXT", "VARCHAR(5)", "CHAR(3)", ""),
    *("BLOB", "BINARY(2)", "VARBINARY(3)", "JSON", "ENUM('1','01','a')", "ENUM('POINT','1e0')"),
    *("SET('1','2','1.0')",),
]
NUMBERS = (Kind.INTEGER, Kind.BOOLEAN, Kind.DECIMAL, Kind.FLOAT, Kind.DOUBLE, Kind.BIT)


@pytest.mark.parametrize("of", [column(name) for name in DECLARED], ids=lambda of: of.type.name)
def test_a_field_is_taken_exactly_when_mysql_would_and_sqlite_keeps_it(of: Column) -> None:
    texts_of = fields(of) | st.sampled_from(
        ["123456789012345678901.5", "0.12345678901234567", "2.7245320862556123e-306"]
    )

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(texts_of, min_size=60, max_size=90))
    def agree(texts: list[str]) -> None:
        with duckdb.connect() as con:
            here = decide(con, of, Server.SQLITE, texts)
            there = decide(con, of, Server.MYSQL, texts)
        kept = _kept(of, [decision.staged for decision in here])
        for text, ours, mysqls, back in zip(texts, here, there, kept, strict=True):
            if not ours.codes:
                assert not mysqls.codes, text
                assert _same(of, text, back), (text, back)
            elif not mysqls.codes:
                assert _digits(text) > 15 or not _same(of, text, back), (text, ours)

    agree()


def _kept(of: Column, texts: list[str]) -> list[object]:
    name = f'"{of.type.name}"' if "'" in of.type.name else of.type.name
    with sqlite3.connect(":memory:") as db:
        db.execute(f"CREATE TABLE kept (n INTEGER PRIMARY KEY, v {name})")
        rows = [
            row
            for text in texts
            for row in (
                [(text,)] if number(text) is None else given_to_sqlite([of], iter([(text,)]))
            )
        ]
        db.executemany("INSERT INTO kept (v) VALUES (?)", rows)
        return [value for (value,) in db.execute("SELECT v FROM kept ORDER BY n")]


def test_a_number_of_17_digits_is_the_nearest_that_there_is(tmp_path: Path) -> None:
    file, text = tmp_path / "sizes.csv", "2.7245320862556123e-306"
    file.write_text(f"id,size\n1,{text}\n2,\n3,0.1\n")
    with closing(sqlite3.connect(tmp_path / "x.db")) as db:
        db.execute("CREATE TABLE sizes (id INTEGER PRIMARY KEY, size DOUBLE)")
        csvferry.sync(file, to=f"sqlite:///{tmp_path}/x.db")
        found = db.execute("SELECT size FROM sizes ORDER BY id").fetchall()
    assert found == [(float(text),), (None,), (0.1,)]
    report, error = verify_object(
        Run(make_feed(source=str(file), to=f"sqlite:///{tmp_path}/x.db"), LocalFile(file))
    )
    assert (report.status, error) == ("unchanged", None)


def _same(of: Column, text: str, back: object) -> bool:
    kind = of.type.kind
    if kind in NUMBERS:
        word = {"true": "1", "false": "0"}.get(text.lower(), text)
        return number(word) is not None and number(word) == number(str(back))
    if kind in (Kind.DATE, Kind.DATETIME, Kind.TIMESTAMP):
        return instant(text) == instant(str(back))
    if kind is Kind.TIME:
        return span(text) == span(str(back))
    if kind is Kind.YEAR:
        return int(text) == int(str(back))
    if kind is Kind.JSON:
        return document(text) == document(str(back))
    return text == str(back)


def _digits(text: str) -> int:
    try:
        return len(Decimal(text.strip()).normalize().as_tuple().digits)
    except InvalidOperation:
        return 0
