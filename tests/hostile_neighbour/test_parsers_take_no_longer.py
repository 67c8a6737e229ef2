"""Twice the text is twice the work for what parses texts of others, beside its patterns."""

from collections.abc import Callable
from contextlib import suppress

import pytest

from csvferry.config.columns.date_format import parse_date_format
from csvferry.config.columns.rules import ColumnFields
from csvferry.config.feeds_file import parse_feeds
from csvferry.config.read_options import CsvReadOptions
from csvferry.databases.answers.expressions import (
    is_type_name,
    mysql_expression,
    sqlite_expression,
)
from csvferry.databases.mysql import catalog
from csvferry.databases.mysql.session.flavor import recognize
from csvferry.databases.mysql.session.url import check_found_url, parse_mysql_url
from csvferry.databases.sqlite import ddl_parser
from csvferry.errors import CsvFerryError
from csvferry.printable import json_line, printable
from csvferry.sources.cloud.address import parse_address
from csvferry.text.grammar import grammar
from csvferry.text.header import checked_names, header_names
from csvferry.text.prologue import prologue
from work import work_of

FEW, TWICE, MANY = 250, 500, 1000  # rounds; more than any limit of a name's length
LINEAR = 2.5  # 2; by the square it would be 4
PUMPS = [
    *("a", "a ", " ", "\n", "\r\n", "'", "''", '"', '""', "`", "``", "(", ")", "()", "[", "[]"),
    *("/*", "/**/", "--", "--\n", ",", "a,", "1,", "%", "%%", "%Y", "*", "?", "*a", "**/", "[!a]"),
    *("\\", "\\n", ":", "@", "=", "&a=b", "${A}", "#", ";", "\t", "\x1b", "CHECK (", "CHECK (a)"),
    *("GENERATED ALWAYS AS (", "AS (a)", "WHERE ", "DEFAULT ", "sep=,\n", "a.", "x'", "DECIMAL("),
]
PARSERS: dict[str, Callable[[str], object]] = {
    "expressions of MySQL": mysql_expression,
    "expressions of SQLite": sqlite_expression,
    "types": is_type_name,
    "types of MySQL for SQLite": ddl_parser.declared,
    "checks": lambda text: list(ddl_parser.checks(f"CREATE TABLE t ({text})")),
    "computed columns": lambda text: ddl_parser.computed(f"CREATE TABLE t ({text})"),
    "parts of indexes": lambda text: ddl_parser.parts(f"CREATE INDEX i ON t ({text})"),
    "conditions of indexes": lambda text: ddl_parser.condition(f"CREATE INDEX i ON t (a) {text}"),
    "words of a catalogue": catalog._words,
    "clauses of a catalogue": catalog._unescaped,
    "versions": lambda text: recognize(text, text),
    "addresses of databases": lambda text: parse_mysql_url(f"mysql://u@h/d?{text}"),
    "hosts": lambda text: parse_mysql_url(f"mysql://{text}"),
    "found addresses": lambda text: check_found_url(f"mysql://u@h/d?{text}"),
    "globs": lambda text: parse_address(f"s3://bucket/{text}")._glob,
    "buckets": lambda text: parse_address(f"s3://{text}"),
    "formats of dates": parse_date_format,
    "words on a terminal": printable,
    "words in JSON": json_line,
    "headers": lambda text: header_names(text.encode(), grammar(",", '"', 1)),
    "names of a header": lambda text: checked_names(tuple(text.split(","))),
    "lines above a header": lambda text: prologue(text.encode(), CsvReadOptions(comment="#")),
    "configurations": lambda text: parse_feeds(f'[[feeds]]\nsource = "{text}"\n', "it", {}),
    "columns of a configuration": lambda text: ColumnFields(rename={text: "b"}).column_rules,
}


def growth(parse: Callable[[str], object], pump: str) -> float:
    """The work for 500 more of it, in that for 250 more."""
    work = []
    for rounds in (FEW, TWICE, MANY):
        text = pump * rounds

        def call(text: str = text) -> None:
            with suppress(CsvFerryError, ValueError):
                parse(text)

        call()  # what is made once is made now
        work.append(work_of(call))
    few, twice, many = work
    return (many - twice) / max(twice - few, FEW)


@pytest.mark.parametrize("parser", PARSERS)
def test_a_parser_does_no_more_than_its_text_asks(parser: str) -> None:
    found = {pump: growth(PARSERS[parser], pump) for pump in PUMPS}
    assert {pump: round(much, 1) for pump, much in found.items() if much > LINEAR} == {}


def test_a_square_is_noticed() -> None:
    def square(text: str) -> list[str]:
        return [printable(text[at:]) for at in range(len(text))]

    assert growth(square, "a") > LINEAR
