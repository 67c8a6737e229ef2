"""UTF-8, UTF-16 and UTF-32 are found out by their mark; any other encoding goes by its name."""

import codecs

import pytest
from read_outcome import Read

from csvferry.errors import FileError, UsageError

TEXT = "id,näme\r\n1,é\r\n2,\r\n3,ßü\r\n"
ROWS = [(2, "1", "é"), (3, "2", None), (4, "3", "ßü")]


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
@pytest.mark.parametrize("careful", [False, True])
def test_found_out(read: Read, mark: bytes, encoding: str, careful: bool) -> None:
    data = mark + TEXT.encode(encoding)
    outcome = read(data, careful=careful)
    assert outcome.rows == ROWS
    assert outcome.parsed.encoding == encoding
    assert outcome.parsed.dialect.names == ("id", "näme")
    first = mark + "id,näme\r\n".encode(encoding)
    assert outcome.located[0] == (2, len(first), "1,é".encode(encoding))


@pytest.mark.parametrize(
    "encoding",
    ["latin-1", "cp1252", "ISO-8859-15", "mac_roman", "utf-16-le", "utf-16", "cp850", "gb18030"],
)
def test_by_name(read: Read, encoding: str) -> None:
    outcome = read(TEXT.encode(encoding), encoding=encoding)
    assert outcome.rows == ROWS
    last = outcome.located[-1]
    assert last[2] == "3,ßü".encode(outcome.parsed.encoding)
    assert TEXT.encode(encoding)[last[1] :].startswith(last[2])


def test_a_stateless_asian_encoding_whose_second_bytes_look_like_delimiters(read: Read) -> None:
    text = "id|名前\n1|ポ\n2|表\n"  # second bytes | and backslash in Shift-JIS
    outcome = read(text.encode("cp932"), encoding="cp932")
    assert outcome.fields == [("1", "ポ"), ("2", "表")]


@pytest.mark.parametrize(
    ("encoding", "bad"),
    [
        ("cp1252", b"1,\x81"),
        ("ascii", b"1,\xe9"),
        ("utf-16-le", "1,".encode("utf-16-le") + b"\x00\xd8"),
        ("utf-16-be", "1,".encode("utf-16-be") + b"\xdc\x00"),
        ("shift_jis", b"1,\xa0"),
    ],
)
def test_bad_bytes(read: Read, encoding: str, bad: bytes) -> None:
    head, tail = "id,name\n".encode(encoding), "\n2,b\n".encode(encoding)
    outcome = read(head + bad + tail, encoding=encoding)
    assert outcome.rows == [(3, "2", "b")]
    assert outcome.rejects == [(2, "bad_encoding", bad)]
    assert outcome.offsets == [len(head)]
    assert outcome.located == [
        (3, len(head + bad) + len("\n".encode(encoding)), "2,b".encode(encoding))
    ]


def test_utf_16_cut_off_in_a_character(read: Read) -> None:
    outcome = read("a,b\n1,c\n2,d".encode("utf-16-le")[:-1], encoding="utf-16-le")
    assert outcome.rows == [(2, "1", "c")]
    assert outcome.rejects == [(3, "bad_encoding", "2,d".encode("utf-16-le")[:-1])]


def test_offsets_of_many_rejects_in_another_encoding(read: Read) -> None:
    lines = [f"{number},é" + (",ü" if number % 3 else "") for number in range(2000)]
    text = "\n".join(["id,näme", *lines]) + "\n"
    data = text.encode("utf-16")
    outcome = read(data)
    assert len(outcome.rejects) == 1333
    for (_, _, raw), offset in zip(outcome.rejects, outcome.offsets, strict=True):
        assert data[offset : offset + len(raw)] == raw


@pytest.mark.parametrize("name", ["nope", " ", "rot13", "zlib", "hex", "idna", "undefined"])
def test_no_such_encoding(read: Read, name: str) -> None:
    with pytest.raises(UsageError, match="encoding"):
        read(b"a,b\n1,2\n", encoding=name)


def test_a_mark_that_says_otherwise(read: Read) -> None:
    with pytest.raises(FileError, match="byte order mark of utf-16-le"):
        read("a,b\n".encode("utf-16"), encoding="utf-8")


def test_utf_16_without_a_mark(read: Read) -> None:
    with pytest.raises(FileError, match="utf-16-le"):
        read("a,b\n1,2\n".encode("utf-16-le"))


@pytest.mark.parametrize("careful", [False, True])
@pytest.mark.parametrize("field", ["a", '"a"', '"a\n"', "\ufeffa"])
def test_a_mark_is_no_part_of_the_first_field(read: Read, field: str, careful: bool) -> None:
    data = codecs.BOM_UTF8 + f"{field},b\nc,d\n".encode()
    outcome = read(data, careful=careful, header=False)
    assert outcome.fields == [(field.strip('"'), "b"), ("c", "d")]
    assert outcome.located[0][0] == 1
    assert outcome.located[0][1] == 3


def test_a_long_row_in_an_encoding_of_four_bytes(read: Read) -> None:
    row = "x" * 1_500_000
    outcome = read(f"a,b\n{row}\n1,2\n".encode("utf-32"))
    assert outcome.rows == [(3, "1", "2")]
    assert outcome.rejects == [(2, "missing_columns", row.encode("utf-32-le")[:2_000_000])]


@pytest.mark.parametrize("shift", range(2))
def test_an_offset_far_down_in_another_encoding(read: Read, shift: int) -> None:
    for encoding in ("latin-1", "utf-16-le"):
        head = ("a,b\n" + "x" * shift + ",é\n" + f",{'é' * 990_000}\n" * 3).encode(encoding)
        bad = "ö".encode(encoding)
        assert read(head + bad, encoding=encoding).offsets == [len(head)]
