"""What quotes enclose, what they don't, and what broken quoting costs."""

import pytest
from read_outcome import Read

from csvferry.errors import DoubtfulDialectError


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ('"b"', "b"),
        ('"a ""b"" c"', 'a "b" c'),
        ('""""', '"'),
        ('""', ""),
        ('a"b', 'a"b'),
        ('a""b', 'a""b'),
        ('5" pipe', '5" pipe'),
        (' "b"', ' "b"'),
        ('  "b, ', None),
        ("'b'", "'b'"),
        ("\\", "\\"),
        ('"\\"', "\\"),
        (" b ", " b "),
        ('" b "', " b "),
        ("#b", "#b"),
    ],
)
@pytest.mark.parametrize("place", ["first", "last"])
def test_a_field(read: Read, field: str, value: str | None, place: str) -> None:
    pair = [field, "x"] if place == "first" else ["x", field]
    outcome = read(f"a,b\n{','.join(pair)}\n".encode(), delimiter=",", quote='"')
    if value is None:
        assert outcome.codes == [(2, "too_many_columns")]
    else:
        assert outcome.fields == [(value, "x") if place == "first" else ("x", value)]


def test_text_behind_a_closing_quote(read: Read) -> None:
    outcome = read(b'id,name\n1,"bad"quote\n2,b\n3,"c" \n4,d\n')
    assert outcome.rows == [(3, "2", "b"), (5, "4", "d")]
    assert outcome.rejects == [(2, "bad_quote", b'1,"bad"quote'), (4, "bad_quote", b'3,"c" ')]
    assert outcome.messages[0] == "text after the closing quote in column 2"


def test_each_line_that_an_open_quote_swallowed_is_rejected(read: Read) -> None:
    outcome = read(b'id,name\n1,a\n2,"b\n3,c\n\n4,"d"\n5,e\n')
    assert outcome.rows == [(2, "1", "a"), (7, "5", "e")]
    assert outcome.rejects == [
        (3, "bad_quote", b'2,"b'),
        (4, "bad_quote", b"3,c"),
        (6, "bad_quote", b'4,"d"'),
    ]
    assert outcome.messages[1] == "within the quotes that line 3 left open"


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\r"])
def test_a_quote_open_to_the_end(read: Read, end: str) -> None:
    outcome = read(f'id,name\n1,a\n2,"b\r\n3,c{end}'.encode())
    assert outcome.rows == [(2, "1", "a")]
    assert outcome.rejects == [(3, "bad_quote", b'2,"b'), (4, "bad_quote", b"3,c")]


def test_a_quote_open_for_longer_than_a_record_may_be(read: Read) -> None:
    lines = 41_000
    rows = b"".join(b"%07d,%b\n" % (number, b"x" * 41) for number in range(lines))
    outcome = read(b'id,name\n1,"open\n' + rows + b"2,b\n")
    swallowed = (2_000_000 - len(b'1,"open\n')) // 50
    assert outcome.codes == [(line, "bad_quote") for line in range(2, swallowed + 3)]
    assert outcome.parsed.rows == lines - swallowed + 1
    assert outcome.rows[-1] == (lines + 3, "2", "b")


def test_single_quotes_when_said(read: Read) -> None:
    outcome = read(b"id,name\n1,'it''s, a'\n2,\"b\"\n", quote="'")
    assert outcome.fields == [("1", "it's, a"), ("2", '"b"')]


def test_no_quoting_when_said(read: Read) -> None:
    outcome = read(b'id,name\n1,"b"\n2,"c\n"3,d\n', quote="")
    assert outcome.fields == [("1", '"b"'), ("2", '"c'), ('"3', "d")]
    assert outcome.rejects == []


@pytest.mark.parametrize(
    ("text", "presets"),
    [
        ('id\tn\tm\n3\t"a\t1\n4\tb"\t2\n', "mysql, mysql-batch, postgres-text, clickhouse-tsv"),
        ('id,n\n1,"a \\" b"\n', "mysql-csv, spark"),
        ('"id","n"\n1,"a"\n2,NA\n', "r"),
        ('id,n\n1,"a""b"\n2,"N\n', "mysql-rfc"),
    ],
)
def test_doubt_names_the_programs_that_write_so(read: Read, text: str, presets: str) -> None:
    with pytest.raises(DoubtfulDialectError) as stopped:
        read(text.encode())
    assert stopped.value.hint
    assert stopped.value.hint.endswith(f"--dialect names the program that wrote it: {presets}")
