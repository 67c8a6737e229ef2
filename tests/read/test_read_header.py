"""The header: names as they stand, or a clear refusal that shows no value of a row."""

import pytest
from read_outcome import Read

from csvferry.errors import EmptyFileError, FileError


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("id,e-mail", ("id", "e-mail")),
        (" id ,name", (" id ", "name")),
        ('"id","na""me"', ("id", 'na"me')),
        ('"a,b","c\nd"', ("a,b", "c\nd")),
        ("größe,名前", ("größe", "名前")),
        ("c0,c1", ("c0", "c1")),
        ("id", ("id",)),
        ("line,shift", ("line", "shift")),
        ('a"b,c', ('a"b', "c")),
        ("col 1,2nd,q1 2024,50%plan", ("col 1", "2nd", "q1 2024", "50%plan")),
    ],
)
def test_names(read: Read, header: str, names: tuple[str, ...]) -> None:
    row = ",".join("x" * len(names))
    parsed = read(f"{header}\n{row}\n".encode(), delimiter=",").parsed
    assert parsed.dialect.names == names
    assert parsed.dialect.header_raw == header.encode()
    assert parsed.rows == 1


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("id,,name", ("id", "2", "name")),
        (",id", ("1", "id")),
        ('"","id"', ("1", "id")),
        ("id, ", ("id", "2")),
    ],
)
def test_a_column_without_a_name_has_its_place(
    read: Read, header: str, names: tuple[str, ...]
) -> None:
    row = ",".join("x" * len(names))
    parsed = read(f"{header}\n{row}\n".encode(), delimiter=",").parsed
    assert parsed.dialect.names == names
    assert parsed.rows == 1


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\n\r\n\n", b"\xff\xfe", b"\xff\xfe\n\0"])
@pytest.mark.parametrize("header", [True, False])
def test_nothing_at_all(read: Read, data: bytes, header: bool) -> None:
    with pytest.raises(EmptyFileError):
        read(data, header=header)


@pytest.mark.parametrize("data", [b"id,name", b"id,name\n", b"id,name\r\n\r\n", b'"id","name"\n'])
def test_a_header_alone(read: Read, data: bytes) -> None:
    outcome = read(data)
    assert outcome.parsed.dialect.names == ("id", "name")
    assert outcome.rows == outcome.rejects == []


@pytest.mark.parametrize(
    ("field", "what"),
    [
        ("17", "a number"),
        ("-3.5", "a number"),
        ("1,234.50", "a number"),
        ("1e9", "a number"),
        (".5", "a number"),
        ("12 %", "a number"),
        ("ada@example.com", "an e-mail address"),
        ("2024-02-29", "a date"),
        ("2024-02-29T10:00:00Z", "a date"),
        ("31.12.2024", "a date"),
        ("12/31/24", "a date"),
        ("10:30", "a time"),
        ("https://example.com/x", "a web address"),
        ("123e4567-e89b-12d3-a456-426614174000", "a UUID"),
    ],
)
def test_a_header_that_is_none(read: Read, field: str, what: str) -> None:
    with pytest.raises(FileError, match=f"column 2 is {what}") as error:
        read(f"Lovelace|{field}\nx|y\n".encode())
    assert "--no-header" in str(error.value)
    assert field not in str(error.value)
    assert "Lovelace" not in str(error.value)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("id,name,id", "twice: id"),
        ("id,Name,name", "differ only in case: Name, name"),
        ("É,é", "differ only in case"),
        (" ,", "no column has a name"),
        ("id," + "x" * 65, "column 2 has 65 characters"),
        ('id,"name"x', "quoting of the header is broken"),
        ('id,"name', "quoting of the header is broken"),
    ],
)
def test_refused(read: Read, header: str, message: str) -> None:
    with pytest.raises(FileError, match=message):
        read(f"{header}\n1,2,3\n".encode(), delimiter=",", quote='"')


def test_a_name_of_64_characters_is_fine(read: Read) -> None:
    name = "é" * 64
    assert read(f"id,{name}\n1,2\n".encode()).parsed.dialect.names == ("id", name)


@pytest.mark.parametrize("data", [b"id,n\xff\n1,2\n", b"id,n\0\n1,2\n"])
def test_bytes_that_are_no_name(read: Read, data: bytes) -> None:
    with pytest.raises(FileError, match="header holds"):
        read(data)


def test_a_first_line_without_end(read: Read) -> None:
    with pytest.raises(FileError, match="longer than"):
        read(b"x" * 2_100_000)


def test_without_a_header_the_first_row_is_line_1(read: Read) -> None:
    outcome = read(b"1,ada@example.com\n2,b\n", header=False)
    assert outcome.rows == [(1, "1", "ada@example.com"), (2, "2", "b")]
    assert outcome.parsed.dialect.header_raw == b""


def test_too_many_columns_for_any_table(read: Read) -> None:
    header = ",".join(f"column_{number}" for number in range(4097))
    with pytest.raises(FileError, match="4097 columns"):
        read(f"{header}\n".encode())
