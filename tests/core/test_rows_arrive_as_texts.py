"""A query of one text a row gives the texts, however long they are and however they arrive."""

from collections.abc import Callable
from contextlib import closing
from itertools import count

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from csvferry.databases.connect import open_database
from csvferry.databases.mysql.session.wire import row_texts
from csvferry.databases.sql_dialect import END, RECORD
from csvferry.errors import DatabaseError
from targets import Target

# Around each change of the width of a length, and so that a length has the bytes of marks in it.
SHORT = (0, 1, 0xF8, 0xF9, 0xFA, 0xFB, 0xFC, 0xFD, 0xFE, 0xFF, 0x100)
LENGTHS = (*SHORT, 0xFAFA, 0xFFFE, 0xFFFF, 0x10000, 0xFAFAFA)
LAST = b"\xfe\x00\x00\x02\x00"


def _packet(number: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "little") + bytes((number % 256,)) + payload


def _row(text: bytes) -> bytes:
    size = len(text) + 1
    widths = {1: (251, b""), 2: (1 << 16, b"\xfc"), 3: (1 << 24, b"\xfd")}
    width, first = next((w, f) for w, (end, f) in widths.items() if size < end)
    return first + size.to_bytes(width, "little") + text + END


@given(
    lengths=st.lists(st.sampled_from(SHORT), max_size=5),
    start=st.integers(0, 255),
    cuts=st.lists(st.integers(1, 300), min_size=1),
)
@example(lengths=[], start=250, cuts=[283])  # the last packet's number is like END
@example(lengths=[256, 254], start=248, cuts=[21, 87, 276, 171, 3])
@settings(deadline=None)
def test_texts_do_not_depend_on_how_packets_arrive(
    lengths: list[int], start: int, cuts: list[int]
) -> None:
    rows = [b"x" * length for length in lengths]
    stream = b"".join(
        _packet(start + n, payload) for n, payload in enumerate([*map(_row, rows), LAST])
    )
    turns = count()
    at = 0

    def arrived() -> bytes:
        nonlocal at
        assert at < len(stream), "the last packet was not seen"
        start, at = at, at + cuts[next(turns) % len(cuts)]
        return stream[start:at]

    texts, last = _all(arrived)
    assert texts == b"".join(row + RECORD for row in rows)
    assert last == LAST


def _all(arrived: Callable[[], bytes]) -> tuple[bytes, bytes]:
    found, texts = [], row_texts(arrived)
    while True:
        try:
            found.append(next(texts))
        except StopIteration as end:
            return b"".join(found), end.value


def test_what_is_no_row_ends_the_texts() -> None:
    stream = _packet(1, _row(b"x")) + _packet(2, b"\xfb") * 1000
    assert _all(iter([stream]).__next__) == (b"x", b"")


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_a_server_gives_texts_of_any_length(server_target: Target, rows: int) -> None:
    texts = [bytes((97 + n,)) * size for n in range(rows) for size in LENGTHS]
    server_target.run("CREATE TABLE t (id INT PRIMARY KEY, v LONGBLOB)")
    for number, text in enumerate(texts):
        repeated = f"REPEAT('{text[:1].decode()}', {len(text)})"
        server_target.run(f"INSERT INTO t SELECT {number}, {repeated}")
    with closing(open_database(server_target.url)) as database:
        found = b"".join(database.texts("SELECT CONCAT(v, X'fa') FROM t ORDER BY id"))
    assert found == b"".join(text + RECORD for text in texts)


def test_any_number_of_rows_has_an_end(server_target: Target) -> None:
    """Packets are numbered from 0 to 255, and one of the numbers is like the mark behind a text."""
    numbers = " UNION ALL ".join(f"SELECT {n} AS n" for n in range(270))
    with closing(open_database(server_target.url)) as database:
        for rows in range(236, 264):
            asked = f"SELECT CONCAT('x', X'fa') FROM ({numbers}) AS t WHERE n < {rows}"
            assert b"".join(database.texts(asked)) == (b"x" + RECORD) * rows


def test_an_error_among_the_rows_is_raised(server_target: Target) -> None:
    server_target.run("CREATE TABLE t (id INT PRIMARY KEY)")
    server_target.run("INSERT INTO t VALUES (1), (2)")
    twice = "(SELECT id FROM t AS x WHERE x.id >= t.id)"  # two rows for the first of them
    with closing(open_database(server_target.url)) as database, pytest.raises(DatabaseError):
        list(database.texts(f"SELECT CONCAT({twice}, X'fa') FROM t ORDER BY id DESC"))
