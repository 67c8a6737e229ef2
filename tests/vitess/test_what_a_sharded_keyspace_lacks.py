"""Why shards are written past the gate: what it answers to statements that a run needs.

`docs/servers.md` has the same list. Where an answer changes, it can be looked at anew.
"""

import os
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pymysql
import pytest

from targets import connect

SHARDED = os.environ.get("CSVFERRY_TEST_VITESS_SHARDED", "")
PAGE = Path(__file__).parents[2] / "docs" / "servers.md"
UNPLACED = 1815  # the error of a table that lies on no shard by rule
UNKNOWN, PATIENCE = 1105, 30  # that of a table which the gate was not told of yet; seconds
ROWS, SLICE = 24_000, 4_000  # more than 10,000 on each of two shards
# Statement, number of the error, words of it.
REFUSED = [
    (
        "CREATE TEMPORARY TABLE stage (id BIGINT PRIMARY KEY)",
        1235,
        "Temporary table not supported in sharded database",
    ),
    (
        "LOAD DATA LOCAL INFILE 'people.csv' INTO TABLE people",
        1235,
        "LOAD is not supported on sharded keyspace",
    ),
    (
        "REPLACE INTO people (id, name) VALUES (1, 'a')",
        1235,
        "unsupported: REPLACE INTO with sharded keyspace",
    ),
    (
        "UPDATE people SET id = 2 WHERE id = 1",
        1235,
        "unsupported: you cannot UPDATE primary vindex columns",
    ),
    (
        "SELECT BIT_XOR(id) FROM people",
        1235,
        "unsupported: in scatter query: aggregation function 'bit_xor(id)'",
    ),
    (
        "SELECT ROW_NUMBER() OVER (ORDER BY id) FROM people",
        1235,
        "unsupported: window functions are only supported for single-shard queries",
    ),
    (
        "INSERT INTO unlisted (id) VALUES (1)",
        1173,
        "table 'unlisted' does not have a primary vindex",
    ),
    ("INSERT INTO numbered (n) VALUES (1)", 1105, "could not map [NULL] to a keyspace id"),
    (
        "INSERT INTO people (id, name) SELECT id + 100000, name FROM staged",
        1317,
        "Row count exceeded 10000",
    ),
    (
        "UPDATE people AS t JOIN staged AS s ON t.id = s.id SET t.name = s.name",
        1317,
        "Row count exceeded 10000",
    ),
    ("DELETE FROM people", 1317, "row count exceeded 10000"),
]
TABLES = {
    "people": "id BIGINT PRIMARY KEY, name VARCHAR(20) UNIQUE",
    "staged": "id BIGINT PRIMARY KEY, name VARCHAR(20)",
    "numbered": "id BIGINT AUTO_INCREMENT PRIMARY KEY, n INT",
    "words": "word VARCHAR(20) PRIMARY KEY",
    "unlisted": "id BIGINT PRIMARY KEY",
}


@pytest.fixture(scope="module")
def gate() -> Iterator[Any]:
    """A cursor of the gate, and tables of which all but one have a vindex."""
    if not SHARDED:
        pytest.skip("CSVFERRY_TEST_VITESS_SHARDED is not set")
    with closing(connect(SHARDED, autocommit=True, init_command=None)) as connection:
        cursor = connection.cursor()
        for name, columns in TABLES.items():
            cursor.execute(f"DROP TABLE IF EXISTS {name}")
            cursor.execute(f"CREATE TABLE {name} ({columns})")
        for name, column, kind in [
            *((name, "id", "hash") for name in ("people", "staged", "numbered")),
            ("words", "word", "xxhash"),
        ]:
            _place(cursor, name, column, kind)
        for name in ("people", "staged"):
            _fill(cursor, name)
        _await(cursor, "unlisted")
        yield cursor
        for name in TABLES:
            cursor.execute(f"DROP TABLE {name}")
            if name != "unlisted":
                cursor.execute(f"ALTER VSCHEMA DROP TABLE {name}")


def _await(cursor: Any, table: str) -> None:
    """Wait until tablets told the gate of a table without a vindex: until then it knows none."""
    last = time.monotonic() + PATIENCE
    while (
        time.monotonic() < last
        and _number(cursor, f"INSERT INTO {table} (id) VALUES (1)") == UNKNOWN
    ):
        time.sleep(0.1)


def _number(cursor: Any, statement: str) -> int:
    with pytest.raises(pymysql.Error) as caught:
        cursor.execute(statement)
    return int(caught.value.args[0])


def _place(cursor: Any, table: str, column: str, kind: str) -> None:
    """Say by which column, hashed how, rows of a table lie on shards."""
    keyspace = SHARDED.rpartition("/")[2]
    try:
        cursor.execute(f"ALTER VSCHEMA DROP TABLE {table}")
    except pymysql.OperationalError as error:
        if error.args[0] != UNPLACED:
            raise
    cursor.execute(
        f"ALTER VSCHEMA ON {keyspace}.{table} ADD VINDEX csvferry_{kind}({column}) USING {kind}"
    )


def _fill(cursor: Any, table: str) -> None:
    for start in range(0, ROWS, SLICE):
        values = ", ".join(f"({n}, 'name {n}')" for n in range(start, start + SLICE))
        cursor.execute(f"INSERT INTO {table} (id, name) VALUES {values}")


@pytest.mark.parametrize(("statement", "number", "words"), REFUSED)
def test_a_statement_is_refused(statement: str, number: int, words: str, gate: Any) -> None:
    with pytest.raises(pymysql.Error) as caught:
        gate.execute(statement)
    assert caught.value.args[0] == number
    assert words in caught.value.args[1]


@pytest.mark.parametrize(("statement", "number", "words"), REFUSED)
def test_the_page_has_it(statement: str, number: int, words: str) -> None:
    assert f"| `{statement}` | `{number}: " in PAGE.read_text()
    assert words in PAGE.read_text()


def test_a_unique_value_is_unique_within_a_shard_alone(gate: Any) -> None:
    gate.execute("UPDATE people SET name = 'one' WHERE id IN (1, 4)")  # by hash on -80 and 80-
    gate.execute("SELECT COUNT(*) FROM people WHERE name = 'one'")
    assert gate.fetchone() == (2,)


def test_keys_that_the_collation_holds_for_one_lie_on_two_shards(gate: Any) -> None:
    """`xxhash` hashes the bytes; MySQL's default collation takes `a` and `A` for one key."""
    letters = "abcdefghijklmnopqrst"
    taken = 0
    for letter in letters:
        try:
            gate.execute(f"INSERT INTO words (word) VALUES ('{letter}'), ('{letter.upper()}')")
        except pymysql.IntegrityError:
            continue
        taken += 1
    assert 0 < taken < len(letters)
