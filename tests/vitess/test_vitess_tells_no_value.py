"""Vitess puts the statement and its values into each error; csvferry repeats none of them."""

import logging
from collections.abc import Iterator
from contextlib import closing

import pymysql
import pytest

from csvferry.databases.connect import open_database
from csvferry.errors import CsvFerryError
from targets import Target
from vitess.keyspaces import ADDRESS, emptied_keyspace

SECRET = "Zaphod4711"
TABLE = (
    "CREATE TABLE people (id BIGINT PRIMARY KEY, name VARCHAR(20) UNIQUE, born DATE,"
    " towns BIGINT, CHECK (name <> 'nobody'))"
)
FAILING = {
    1062: f"INSERT INTO people (id, name) VALUES (2, '{SECRET}')",
    1105: f"INSERT INTO people (id, name) VALUES (2, '{SECRET}'",
    1292: f"INSERT INTO people (id, born) VALUES (2, '{SECRET}')",
    1366: f"INSERT INTO people (id, towns) VALUES (2, '{SECRET}')",
    1406: f"INSERT INTO people (id, name) VALUES (2, '{SECRET * 3}')",
    1054: f"INSERT INTO people (id, nope) VALUES (2, '{SECRET}')",
    3819: f"UPDATE people SET name = 'nobody' WHERE name = '{SECRET}'",
    1048: f"UPDATE people SET id = NULL WHERE name = '{SECRET}'",
    1690: f"SELECT CAST(-1 AS UNSIGNED) + LENGTH('{SECRET}') + ~0 FROM people",
}


@pytest.fixture
def people() -> Iterator[Target]:
    if not ADDRESS:
        pytest.skip("CSVFERRY_TEST_VITESS is not set")
    with emptied_keyspace() as target:
        target.run(TABLE, f"INSERT INTO people (id, name) VALUES (1, '{SECRET}')")
        yield target


@pytest.mark.parametrize("code", FAILING)
def test_a_statement_that_fails(
    code: int, people: Target, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        closing(open_database(people.url)) as database,
        caplog.at_level(logging.DEBUG),
        pytest.raises(CsvFerryError) as caught,
    ):
        database.execute(FAILING[code])
    error = caught.value
    assert f"{code}" in str(error) or "meanwhile" in str(error)
    said = (repr(error), str(error), caplog.text)
    assert not [words for words in said if SECRET in words]
    assert "BindVars" not in repr(error.__context__)  # the driver's own error, which nobody is told


def test_the_server_does_add_them(people: Target) -> None:
    """What the tests above would find, were it not cut."""
    with pytest.raises(pymysql.Error, match=rf"BindVars.*{SECRET}"):
        people.run(FAILING[1062])
