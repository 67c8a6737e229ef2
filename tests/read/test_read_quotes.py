"""What quotes enclose, what they don't, and what broken quoting costs."""

from typing import Any

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


@pytest.mark.parametrize("way", [{}, {"careful": True}, {"streamed": 3}])
@pytest.mark.parametrize("field", ['"', '"start', '"a" b', 'end"'])
@pytest.mark.parametrize("delimiter", ["\t", "|", "^", "\x01"])
def test_quotes_that_only_break_records_are_text(
    read: Read, delimiter: str, field: str, way: dict[str, Any]
) -> None:
    rows = [["id", "name"], ["1", '6" pipe'], ["2", field]]
    outcome = read(("\n".join(map(delimiter.join, rows)) + "\n").encode(), **way)
    assert outcome.fields == [("1", '6" pipe'), ("2", field)]
    assert outcome.rejects == []


@pytest.mark.parametrize("way", [{}, {"careful": True}, {"streamed": 7}])
@pytest.mark.parametrize("first", ['1\t"Ann"\n', "1\tAnn\n" * 1100])
def test_quotes_that_break_some_records_and_enclose_others_are_in_doubt(
    read: Read, first: str, way: dict[str, Any]
) -> None:
    text = f'id\tname\n{first}2\t"Bob" x\n3\tCid\n'
    with pytest.raises(DoubtfulDialectError, match="a quote there breaks what is a whole record"):
        read(text.encode(), **way)
    assert read(text.encode(), quote="").fields[-2:] == [("2", '"Bob" x'), ("3", "Cid")]
    assert read(text.encode(), quote='"').codes == [(text.count("\n") - 1, "bad_quote")]


@pytest.mark.parametrize("way", [{}, {"careful": True}, {"streamed": 7}])
@pytest.mark.parametrize("word", ['"word"', '""'])
@pytest.mark.parametrize("delimiter", ["\t", "|", "\x01"])
def test_quotes_around_some_fields_and_bare_ones_in_others_are_in_doubt(
    read: Read, delimiter: str, word: str, way: dict[str, Any]
) -> None:
    rows = [["id", "name"], ["1", '6" pipe'], ["2", word], ["3", "x"]]
    text = "\n".join(map(delimiter.join, rows)) + "\n"
    with pytest.raises(DoubtfulDialectError, match="line 3: the quotes there may be text"):
        read(text.encode(), **way)


@pytest.mark.parametrize(
    "text",
    [
        '"id"\tname\n1\t"Bob" x\n',
        'id\tname\n1\t"a\tb"\n2\t"Bob" x\n',
        'id\tname\n1\t"Ann"\n2\t"Bob"\n3\t"Cid" x\n4\t"Dan"\n',
        'id,name\n1,"Bob" x\n',
        'id;name\n1;"Bob" x\n',
    ],
)
def test_quotes_that_clearly_enclose_fields_may_be_broken(read: Read, text: str) -> None:
    assert [code for _, code in read(text.encode()).codes] == ["bad_quote"]


WAYS = pytest.mark.parametrize("way", [{}, {"careful": True}, {"streamed": 7}, {"sliced": True}])


@WAYS
@pytest.mark.parametrize("delimiter", ["\t", "|", "\x01"])
@pytest.mark.parametrize(
    "fields",
    [
        ['"Heroes"'],
        ["Low", '"Heroes"', "Lodger"],
        ['"Heroes"', "", '"Low"', "Lodger", "a", "b"],
        ['"Hello, Goodbye"', "I, Me, Mine"],
        ['"Hello, Goodbye!"', "Help!", '"Yes, it is"'],
        ['"Straße"', "naïve"],
        ['"big house"', "old house"],
    ],
)
def test_quotes_without_a_reason_are_in_doubt(
    read: Read, fields: list[str], delimiter: str, way: dict[str, Any]
) -> None:
    rows = ["id\tname", *(f"{number}\t{field}" for number, field in enumerate(fields))]
    if '"Yes, it is"' in fields:
        rows.append("9\tno, it is not")
    text = "\n".join(rows).replace("\t", delimiter) + "\n"
    with pytest.raises(DoubtfulDialectError, match="nothing in the file shows") as stopped:
        read(text.encode(), **way)
    assert "--quote '' if quotes are text" in str(stopped.value.hint)
    named = read(text.encode(), **way, quote="")
    assert [row[1] or "" for row in named.fields][: len(fields)] == fields


REASONS = {
    "empty text": ['""', "a", ""],
    "each field with a comma (Excel)": ['"Smith, John"', "Ann", "Bob"],
    "each field with a space (SQLite's shell)": ['"big house"', "house", '"an old one"'],
    "a blank at an end (Commons CSV)": ['" a"', "b c"],
    "a sign of comments": ['"#a"', "a#b"],
    "text that looks like NULL": ['"NULL"', "a"],
    "text beyond ASCII": ['"é"', "e"],
    "a formula": ['"=1+1"', "1=1+1"],
}


@WAYS
@pytest.mark.parametrize("fields", REASONS.values(), ids=REASONS)
def test_quotes_with_a_reason_are_taken_off_and_told(
    read: Read, fields: list[str], way: dict[str, Any]
) -> None:
    text = "id\tname\n" + "".join(f"{n}\t{field}\n" for n, field in enumerate(fields))
    outcome = read(text.encode(), **way)
    values = [field.strip('"') if field else None for field in fields]
    assert [row[1] for row in outcome.fields] == values
    assert outcome.parsed.notes == (
        "line 2: quotes enclose a field that needs none and are no part of its value"
        " (--quote '' if they are)",
    )


@WAYS
@pytest.mark.parametrize(
    "rows",
    [
        ['id\t"name"', '1\t"Ann"', "2\tBob"],
        ["id\tname", '1\t"Ann"', "2\tBob", '3\t"a\tb"'],
        ["id\tname", '1\t"Ann"', "2\tBob", '3\t"a\nb"', '4\t"""c"" d"'],
        ["id\tname", '1\t"Ann"', "2\tBob", '3\t"a ""b"" c"'],
        ["id\tname", '1\t"Ann"', '2\t"Bob"', "3\tNULL"],
        ["id,name", '1,"Ann"', "2,Bob"],
        ["id;name", '1;"Ann"', "2;Bob"],
    ],
)
def test_quotes_that_the_file_proves_are_taken_off_without_a_word(
    read: Read, rows: list[str], way: dict[str, Any]
) -> None:
    outcome = read(("\n".join(rows) + "\n").encode(), **way, null=("NULL",))
    assert outcome.fields[0] == ("1", "Ann")
    assert outcome.parsed.notes == ()


DOUBTFUL = [
    ("id\tn\n1\ta\\nb\n", r"\\n there may be an escape"),
    ("id\tn\n1\ta\n2\ta\\\tb\n", "a backslash before a delimiter may escape it"),
    ('id|n\n1|say "hi"\n2|a\\tb\n', r"\\t there may be an escape"),
    ('id,n\n1,a\n2,say \\"hi\\"\n', "in an unquoted field may be an escaped quote"),
    ('id,n\n1,\\"\n2,"a, b"\n', "in an unquoted field may be an escaped quote"),
    ("id,n\n1,a\\,b\n", "a backslash before a delimiter may escape it"),
]


@pytest.mark.parametrize("way", [{}, {"careful": True}, {"streamed": 3}])
@pytest.mark.parametrize(("text", "why"), DOUBTFUL)
def test_backslashes_that_may_be_escapes_are_in_doubt(
    read: Read, text: str, why: str, way: dict[str, Any]
) -> None:
    with pytest.raises(DoubtfulDialectError, match=why) as stopped:
        read(text.encode(), **way)
    assert "--escape none if backslashes are text" in str(stopped.value.hint)
    read(text.encode(), **way, escape="none")


@pytest.mark.parametrize("way", [{}, {"careful": True}, {"streamed": 3}])
@pytest.mark.parametrize(
    "text",
    [
        "id\tn\n1\tC:\\new\\table\n2\t\\\\server\\new\n",
        "id\tn\n1\tsee C:\\temp\n",
        "id\tn\n1\ta\\nb\n2\t\\d+\n",
        "id,n\n1,a\\nb\n",
        'id\tn\n1\t"a\\nb"\n2\t"x\ty"\n',
        'id,n\n1,say \\"hi\\"\n2,6" pipe\n',
        'id,n\n1,6\\" pipe\n2,\\d\n',
    ],
)
def test_backslashes_that_are_text(read: Read, text: str, way: dict[str, Any]) -> None:
    outcome = read(text.encode(), **way)
    assert outcome.fields == read(text.encode(), escape="none").fields
    assert outcome.rejects == []
