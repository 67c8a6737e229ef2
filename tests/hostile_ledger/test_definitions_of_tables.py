"""What stands in a table's definition stays within the expression that it is put into."""

from pathlib import Path

import pytest

import csvferry
from csvferry.databases.answers.expressions import is_type_name, mysql_expression, sqlite_expression
from csvferry.errors import TargetError
from targets import Target

CLOSED = (
    *("a > 0", "(a in (1,2))", "'it''s (' || b", '"odd "" name" > 0', "`a``b` <> ')'", "a - -b"),
    *("json_extract(`d`,'$.a[0]') / 2", "", "'a;b'"),
)
OPEN = ("a) OR (1", "(a", "'a", '"a', "`a", "a; DROP TABLE b", "a -- b", "a /* b", "a)", "')' )")


@pytest.mark.parametrize("sql", CLOSED)
def test_an_expression_that_ends_in_itself_is_taken(sql: str) -> None:
    assert (mysql_expression(sql), sqlite_expression(sql)) == (sql, sql)


@pytest.mark.parametrize("sql", OPEN)
def test_an_expression_that_does_not_end_in_itself_is_refused(sql: str) -> None:
    for expression in (mysql_expression, sqlite_expression):
        with pytest.raises(TargetError, match="does not end in itself"):
            expression(sql)


def test_servers_tell_texts_apart_by_their_own_escapes() -> None:
    assert mysql_expression(r"'a\') OR (1' = b") == r"'a\') OR (1' = b"
    assert sqlite_expression(r"'\' = [a)b] -- note" "\n") == r"'\' = [a)b] -- note" "\n"
    for refusing, sql in ((sqlite_expression, r"'a\') OR (1' = b"), (mysql_expression, r"'\' = a")):
        with pytest.raises(TargetError):
            refusing(sql)


@pytest.mark.parametrize("name", ["point", "varchar(3) binary", "vector(3)", "double precision"])
def test_names_of_types(name: str) -> None:
    assert is_type_name(name)


@pytest.mark.parametrize("name", ["", "a, b", "a'", "a(b)", 'a"', "a;b", "a(1"])
def test_what_is_no_name_of_a_type(name: str) -> None:
    assert not is_type_name(name)


def test_a_table_whose_names_are_statements_is_served(target: Target, tmp_path: Path) -> None:
    """Of an unknown hand: names of columns, of the index and of the constraint, and a type."""
    odd = "a'); DROP TABLE people; --"
    q = '"' if target.kind == "sqlite" else "`"
    kind = '"odd, (type" ' if target.kind == "sqlite" else "POINT "
    target.run(
        f"CREATE TABLE people (id INT PRIMARY KEY, {q}{odd}{q} VARCHAR(20), other {kind} NULL,"
        f" CONSTRAINT {q}{odd}{q} CHECK ({q}{odd}{q} <> ')'))",
        f"CREATE UNIQUE INDEX {q}{odd}i{q} ON people ({q}{odd}{q})",
    )
    file = tmp_path / "people.csv"
    for text in (f'id,"{odd}"\n1,a\n2,)\n3,a\n', f'id,"{odd}"\n1,b\n4,c\n'):
        file.write_text(text)
        csvferry.sync(file, to=target.url, mode="upsert", max_rejects="100%")
    assert target.rows(f"SELECT id, {q}{odd}{q} FROM people ORDER BY id") == [
        (1, "b"),
        (3, "a"),
        (4, "c"),
    ]
