"""A gate of Vitess tells no warning of its MySQL, so its MySQL is asked past the gate."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from csvferry.databases.connect import open_database
from csvferry.databases.mysql.connection import MysqlConnection
from csvferry.errors import AccountError
from targets import Target
from vitess.keyspaces import ADDRESS, emptied_keyspace

BENDS = "INSERT IGNORE INTO people VALUES (1, 'too long'), (2, 'too long'), (3, 'fits')"


@pytest.fixture
def people() -> Iterator[Target]:
    if not ADDRESS:
        pytest.skip("CSVFERRY_TEST_VITESS is not set")
    with emptied_keyspace() as target:
        target.run("CREATE TABLE people (id BIGINT PRIMARY KEY, name VARCHAR(4))")
        yield target


def test_values_that_the_server_bends_are_counted(people: Target) -> None:
    with closing(open_database(people.url)) as database, database.transaction():
        assert isinstance(database, MysqlConnection)
        database.execute(BENDS)
        assert database.warnings() == {1265: 2}
        database.execute("INSERT INTO people VALUES (4, 'fits')")
        assert database.warnings() == {}


def test_a_merge_that_bends_a_value_is_undone(people: Target) -> None:
    with (
        closing(open_database(people.url)) as database,
        pytest.raises(AccountError, match="raised 2 warnings"),
        database.transaction(),
    ):
        database.change(BENDS)
    assert people.rows("SELECT * FROM people") == []


def test_values_bent_on_their_way_to_staging_are_counted(people: Target) -> None:
    with closing(open_database(people.url)) as database:
        assert isinstance(database, MysqlConnection)
        database.execute("CREATE TEMPORARY TABLE staged (id BIGINT PRIMARY KEY, name VARCHAR(4))")
        database.execute(BENDS.replace("people", "staged"))
        assert database.warnings() == {1265: 2}


def test_what_the_gate_itself_adds_is_no_warning_of_a_row(people: Target) -> None:
    """It puts a hint with the session's sql_mode into each SELECT; MySQL takes the first alone."""
    with closing(open_database(people.url)) as database, database.transaction():
        assert database.change("INSERT INTO people SELECT n, n FROM (SELECT 5 AS n) AS x") == 1


def test_the_gate_does_tell_none(people: Target) -> None:
    """What the tests above would miss, were the server not asked."""
    with closing(people.connect()) as connection, connection.cursor() as cursor:
        cursor.execute(BENDS)
        assert cursor.warning_count == 0
        cursor.execute("SHOW WARNINGS")
        assert cursor.fetchall() == ()
