"""Delimiter and quote are found out and told, unless the user says them."""

from typing import Any

import pytest
from read_outcome import Read

from csvferry.errors import DoubtfulDialectError, UsageError


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(read: Read, delimiter: str) -> None:
    rows = [["id", "name", "x"], ["1", "a", "b"], ["2", "c", ""]]
    outcome = read("\n".join(map(delimiter.join, rows)).encode())
    assert outcome.parsed.dialect.delimiter == delimiter
    assert outcome.fields == [("1", "a", "b"), ("2", "c", None)]


@pytest.mark.parametrize(
    ("text", "delimiter", "width"),
    [
        ("id;name\n1;a,b\n2;c,d\n", ";", 2),
        ("id;price, net\n1;2,5\n2;3,50\n", ";", 2),
        ("id,a;b\n1,2\n3,4\n", ",", 2),
        ('"a,b";c\n1;2\n', ";", 2),
        ("'a;b',c\n1,2\n", ",", 2),
        ("a,b\n1\n2\n", ",", 2),
        ("a|b,c|d\n1|2|3\n", "|", 3),
        ("a\tb c\n1\t2,3\n", "\t", 2),
        ("name\nhello; you\n", ",", 1),
        ("name\n", ",", 1),
        ("a;b\n", ";", 2),
        ("e-mail address\na@example.com\n", ",", 1),
        ("id^n\n1^a\n", "^", 2),
        ("id^^n\n1^^a^\n", "^^", 2),
        ("id~~n\r\n1~~a\r\n", "~~", 2),
        ("id::n\n1::a:b\n", "::", 2),
        ("id:n\n1:a\n", ":", 2),
        ("id\x1fn\n1\x1fa b\n", "\x1f", 2),
        ("id,a\x01n\n1,a\x01b\n", "\x01", 2),
        ("id\x01n\n1\x01a\n2\n3\x01b\n4\x01c\n", "\x01", 2),
        ('"id" "n"\n1 "a b"\n', " ", 2),
        ('id n\n1 "a b"\n2 c\n', " ", 2),
        ("full name\nAnn Smith\n", ",", 1),
        ("created at\n2025-01-01 12:00:00\n", ",", 1),
    ],
)
def test_headers_and_rows_decide(read: Read, text: str, delimiter: str, width: int) -> None:
    parsed = read(text.encode()).parsed
    assert (parsed.dialect.delimiter, parsed.dialect.width) == (delimiter, width)


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("id,name\n1,a\n", '"'),
        ('id,name\n1,"a"\n', '"'),
        ("id,name\n1,'a, b'\n2,'c'\n", "'"),
        ("'id','name'\n1,a\n", "'"),
        ("id,name\n1,'a'\n2,'b'\n", "'"),
        ("id,name\n1,'tis\n2,'twas'\n", '"'),
        ("id,name\n1,it's\n", '"'),
        ("id,name\n1,'a'\n2,\"b, c\"\n", '"'),
        ("id,name\n1,'a'b\n", '"'),
        ("id,name\n1,'\n2,'\n", '"'),
        ("id,name\n1,'a'\n2,b\n", '"'),
    ],
)
def test_quotes(read: Read, text: str, quote: str) -> None:
    assert read(text.encode()).parsed.dialect.quote == quote


def test_what_the_user_says_is_taken(read: Read) -> None:
    outcome = read(b"a;b,c\n1;2,3\n", delimiter=",")
    assert outcome.parsed.dialect.names == ("a;b", "c")
    assert outcome.fields == [("1;2", "3")]
    assert read(b"a,b\n1,'2'\n", quote='"').fields == [("1", "'2'")]


@pytest.mark.parametrize("delimiter", ["", ',"', "\n", "\r", '"', "'", "é", "a", "1", "\0"])
def test_delimiters_that_are_none(read: Read, delimiter: str) -> None:
    with pytest.raises(UsageError, match="delimiter"):
        read(b"a,b\n1,2\n", delimiter=delimiter)


@pytest.mark.parametrize("quote", ['""', "\n", "é", "a", "\0"])
def test_quotes_that_are_none(read: Read, quote: str) -> None:
    with pytest.raises(UsageError, match="quote"):
        read(b"a,b\n1,2\n", quote=quote)


def test_one_character_for_both(read: Read) -> None:
    with pytest.raises(UsageError, match="same"):
        read(b"a,b\n1,2\n", delimiter="|", quote="|")


def test_a_quote_that_is_the_delimiter_found_out(read: Read) -> None:
    with pytest.raises(UsageError, match="same"):
        read(b"a;b\n1;2\n", quote=";")


def test_without_a_header_the_common_width_counts(read: Read) -> None:
    outcome = read(b"1,2,3\n4,5\n6,7\n8,9\n", header=False)
    assert outcome.parsed.dialect.names is None
    assert outcome.parsed.dialect.width == 2
    assert outcome.rows == [(2, "4", "5"), (3, "6", "7"), (4, "8", "9")]
    assert outcome.codes == [(1, "too_many_columns")]


PLAIN = "1,O'Neil\n" * 300_000  # more than is looked at before reading


@pytest.mark.parametrize("way", [{}, {"careful": True}, {"sliced": True}])
@pytest.mark.parametrize("late", ["2,'x, y'\n", "2,'x'\n3,'it''s'\n"])
def test_a_quote_that_the_beginning_does_not_show(
    read: Read, way: dict[str, bool], late: str
) -> None:
    outcome = read(f"id,name\n{PLAIN}{late}".encode(), **way)
    assert outcome.parsed.dialect.quote == "'"
    assert outcome.rejects == []
    assert outcome.fields[0] == ("1", "O'Neil")
    assert outcome.fields[300_000][1] in ("x, y", "x")


@pytest.mark.parametrize("late", ["2,'tis\n", "2,\"a\"\n3,'x'\n", "2,rock 'n' roll\n"])
def test_an_apostrophe_far_on_is_text(read: Read, late: str) -> None:
    outcome = read(f"id,name\n{PLAIN}{late}".encode())
    assert outcome.parsed.dialect.quote == '"'
    assert outcome.rejects == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Report\n\nid,name,city\n1,Ann,Oslo\n2,Bob,Rome\n", "--skip-lines 2"),
        ("Report\nid;name\n1;Ann\n2;Bob\n", "--skip-lines 1"),
        ("\n# by x\nid,name\n1,Ann\n2,Bob\n", "--skip-lines 2, or --comment '#'"),
        ("A, B\nid\tname\tcity\n1\ta\tb\n2\tc\td\n", "--skip-lines 1"),
        ('id, name\n1, "Ann"\n', "--delimiter ', '"),
        ("id; name\n1; 2\n", "--delimiter '; '"),
        ("id name\n1 Ann\n", "--delimiter ' '"),
        ("id,name\n1,Carol Smi", "no line end"),
        ("id,name\n1,Ann\n\n", ""),
        ("id,name\n1,Ann\n\n2,Bob\n", ""),
        ("name\na\n\n\nb\n", "2 empty lines are no rows"),
        ("name\na\n\n", ""),
        ("id,name\n1, Ann\n2,Bob\n", ""),
        ("id,name\n1,a,b\n2,a\n3,a\n", ""),
        ("id,name\n", ""),
    ],
)
@pytest.mark.parametrize("way", [{}, {"careful": True}, {"streamed": 3}])
def test_a_shape_that_may_not_be_meant_is_told(
    read: Read, text: str, told: str, way: dict[str, Any]
) -> None:
    notes = "; ".join(read(text.encode(), **way).parsed.notes)
    assert told in notes
    assert bool(told) == bool(notes)


@pytest.mark.parametrize("way", [{}, {"streamed": 3}])
@pytest.mark.parametrize("delimiter", [", ", "; ", " , ", ",;|"])
def test_a_delimiter_may_hold_the_usual_ones(
    read: Read, delimiter: str, way: dict[str, Any]
) -> None:
    rows = [["id", "name", "x"], ["1", '"Smith, Mark"', "a,b;c|d"], ["2", '"l\n2"', ""]]
    text = "\n".join(map(delimiter.join, rows)) + "\n"
    outcome = read(text.encode(), delimiter=delimiter, **way)
    assert outcome.fields == [("1", "Smith, Mark", "a,b;c|d"), ("2", "l\n2", None)]


@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("text", ["id name\n1 Ann\n2 Bob\n", "a b c\n1 2 3\n4 5 6\n"])
def test_lines_with_as_many_spaces_are_in_doubt(read: Read, text: str, header: bool) -> None:
    with pytest.raises(DoubtfulDialectError, match=r"line \d: one column or") as stopped:
        read(text.encode(), header=header)
    assert "--delimiter ' '" in str(stopped.value.hint)
    assert read(text.encode(), header=header, delimiter=",").parsed.dialect.width == 1
    assert read(text.encode(), header=header, delimiter=" ").parsed.dialect.width > 1


@pytest.mark.parametrize(
    "text",
    [
        "name\nAnn Smith\nBob Jones\n",
        "full name\nAnn Smith\nBob\n",
        "created at\n2025-01-01 10:00:00\n2025-01-02 11:00:00\n",
        "a b,c d\n1 2,3 4\n",
    ],
)
def test_spaces_within_values_are_in_no_doubt(read: Read, text: str) -> None:
    assert read(text.encode()).parsed.dialect.delimiter == ","
