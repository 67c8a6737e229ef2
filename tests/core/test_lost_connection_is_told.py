"""A connection that breaks in the middle is told as that, not as a number of the client library."""

import pymysql
import pytest

from csvferry.databases.mysql.session.connect import connect
from csvferry.databases.mysql.session.url import parse_mysql_url
from csvferry.databases.mysql.session.wire import translate_error
from csvferry.errors import PassingDatabaseError
from targets import Target


def test_the_server_ends_the_connection_during_a_statement(server_target: Target) -> None:
    wire = connect(parse_mysql_url(server_target.url))
    server_target.run(f"KILL {wire.thread_id()}")
    with pytest.raises(pymysql.Error) as caught, wire.cursor() as cursor:
        cursor.execute("SELECT 1")
    error = translate_error(caught.value)
    assert isinstance(error, PassingDatabaseError)
    assert error.message == "the connection to the database server was lost"
