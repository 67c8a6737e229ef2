"""Rows that can't be read are set aside: code, line, offset, the exact bytes; no value is told."""

import duckdb
from read_outcome import Read

from csvferry.text.scanner import KEPT, LIMIT


def test_too_many_and_too_few_fields(read: Read) -> None:
    outcome = read(b"id,name\n1,a,b\n2\n3,c\n4,d,\n")
    assert outcome.rows == [(4, "3", "c")]
    assert outcome.rejects == [
        (2, "too_many_columns", b"1,a,b"),
        (3, "missing_columns", b"2"),
        (5, "too_many_columns", b"4,d,"),
    ]
    assert outcome.messages[:2] == ["expected 2 columns, found 3", "expected 2 columns, found 1"]


def test_every_row_ragged(read: Read) -> None:
    outcome = read(b"id,name\n1\n2\n")
    assert outcome.rows == []
    assert outcome.codes == [(2, "missing_columns"), (3, "missing_columns")]


def test_too_many_in_one_row_and_too_few_in_another(read: Read) -> None:
    outcome = read(b"a,b,c\n1,2\n1,2,3,4\n")
    assert outcome.codes == [(2, "missing_columns"), (3, "too_many_columns")]


def test_bytes_that_are_no_utf_8(read: Read) -> None:
    outcome = read(b'id,name\n1,\xff\n2,\xc3\xa9\n3,"\xc3"\n4,\xed\xa0\x80\n5,\xc3\n')
    assert outcome.rows == [(3, "2", "é")]
    assert outcome.rejects == [
        (2, "bad_encoding", b"1,\xff"),
        (4, "bad_encoding", b'3,"\xc3"'),
        (5, "bad_encoding", b"4,\xed\xa0\x80"),
        (6, "bad_encoding", b"5,\xc3"),
    ]


def test_a_character_cut_off_at_the_end(read: Read) -> None:
    assert read(b"id,name\n1,\xc3").rejects == [(2, "bad_encoding", b"1,\xc3")]


def test_nul_bytes(read: Read) -> None:
    outcome = read(b'id,name\n1,a\0b\n2,b\n3,"\0"\n')
    assert outcome.rows == [(3, "2", "b")]
    assert outcome.rejects == [(2, "nul_byte", b"1,a\0b"), (4, "nul_byte", b'3,"\0"')]


def test_a_row_with_several_faults_is_one_reject(read: Read) -> None:
    assert read(b"id,name\n1,\0\xff,\xff\n").codes == [(2, "nul_byte")]


def test_a_line_longer_than_the_limit(read: Read) -> None:
    long = b"1," + b"x" * LIMIT
    outcome = read(b"id,name\n" + long + b"\n2,b\n")
    assert outcome.rows == [(3, "2", "b")]
    assert outcome.rejects == [(2, "line_too_long", long[:KEPT])]
    assert outcome.offsets == [8]


def test_a_line_much_longer_than_the_limit_at_the_end(read: Read) -> None:
    outcome = read(b'id,name\n2,b\n1,"' + b"x" * (4 * LIMIT))
    assert outcome.rows == [(2, "2", "b")]
    assert outcome.codes == [(3, "line_too_long")]


def test_a_record_just_as_long_as_the_limit(read: Read) -> None:
    text = "x" * (LIMIT - 3)
    outcome = read(f"id,name\n1,{text}\n2,{text}x\n3,c\n".encode())
    assert outcome.rows == [(2, "1", text), (4, "3", "c")]
    assert outcome.codes == [(3, "line_too_long")]
    assert read(f"id,name\n\n1,{text}\r2,{text}x\r3,c\r".encode()).codes == [(4, "line_too_long")]
    assert read(f"id,name\n\n1,{text}\r\n3,c\n".encode()).codes == [(3, "line_too_long")]
    quoted = "x" * (LIMIT - 5)
    assert read(f'id,name\n1,"{quoted}"\n'.encode()).fields == [("1", quoted)]
    doubled = '"' * (LIMIT // 2 - 10)
    written = doubled.replace('"', '""')
    assert read(f'id,name\n\n1,"{written}"\n'.encode()).fields == [("1", doubled)]


def test_the_column_is_named_where_one_is_to_blame(
    read: Read, connection: duckdb.DuckDBPyConnection
) -> None:
    read(b'id,"na,me"\n1,"a"b\n2\n')
    columns = connection.execute('SELECT "column" FROM rejects ORDER BY line').fetchall()
    assert columns == [("na,me",), (None,)]


def test_no_message_holds_a_value(read: Read) -> None:
    data = b'id,name\nsecret,a,b\nsecret\n"secret"secret,c\nsecret,\0\nsecret,\xff\n"secret\n'
    outcome = read(data)
    assert outcome.parsed.rejected == 6
    assert not any("secret" in message for message in outcome.messages)


def test_bytes_of_windows_usual_encoding_are_named(read: Read) -> None:
    outcome = read(b"id;name\r\n1;\xe9sa\r\n2;\x81\r\n3;ok\r\n")
    assert outcome.messages == [
        "bytes that are no text; they look like --encoding cp1252",
        "bytes that are no text",
    ]


def test_an_escaped_quote_is_named_where_backslashes_are_text(read: Read) -> None:
    outcome = read(b'id,name\n1,"a \\"b\\" c"\n2,d\n', escape="none")
    assert outcome.codes == [(2, "bad_quote")]
    assert outcome.messages[0].endswith('\\" looks like --escape quoted')
