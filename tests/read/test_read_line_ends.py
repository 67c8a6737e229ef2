"""LF, CR LF, lone CR and mixes of them end a line; within quotes they stay as they are."""

import pytest
from read_outcome import Read


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("closed", [True, False])
def test_each_kind(read: Read, end: str, closed: bool) -> None:
    data = end.join(["id,name", "1,a", "2,"]) + (end if closed else "")
    outcome = read(data.encode())
    assert outcome.rows == [(2, "1", "a"), (3, "2", None)]
    assert outcome.parsed.newline == end


def test_all_in_one_file(read: Read) -> None:
    outcome = read(b"id,name\r\n1,a\n2,b\r3,c\r\n4,d")
    assert outcome.rows == [(2, "1", "a"), (3, "2", "b"), (4, "3", "c"), (5, "4", "d")]
    assert outcome.parsed.newline == "mixed"


def test_within_quotes_they_are_kept(read: Read) -> None:
    outcome = read(b'id,name\r\n1,"a\nb"\r\n2,"c\rd"\r\n3,"e\r\n\r\nf"\r\n')
    assert outcome.rows == [(2, "1", "a\nb"), (3, "2", "c\rd"), (4, "3", "e\r\n\r\nf")]
    assert outcome.parsed.rejected == 0


def test_an_empty_line_is_no_row_and_counts_as_a_line(read: Read) -> None:
    outcome = read(b"\n\nid,name\n\n1,a\n\r\n\r2,b\n\n")
    assert outcome.rows == [(5, "1", "a"), (8, "2", "b")]
    assert outcome.rejects == []


def test_an_empty_line_in_a_single_column_is_no_row_either(read: Read) -> None:
    outcome = read(b'name\na\n\n""\nb\n')
    assert outcome.rows == [(2, "a"), (4, ""), (5, "b")]


def test_a_line_of_spaces_is_a_row(read: Read) -> None:
    assert read(b"name\n  \n").rows == [(2, "  ")]
    assert read(b"a,b\n  \n").codes == [(2, "missing_columns")]


def test_other_unicode_line_ends_are_text(read: Read) -> None:
    text = "a\x0b\x0c\x1c\x85\u2028\u2029b"
    assert read(f"id,name\n1,{text}\n".encode()).fields == [("1", text)]


@pytest.mark.parametrize(("name", "size"), [("a", 1_000_000), ('"a"', 1 << 21)])
def test_a_line_end_cut_by_the_edge_of_what_is_read_at_once(
    read: Read, name: str, size: int
) -> None:
    for odd in (-1, 0, 1):
        head = f"id,{name}\r\n"
        row = "3," + "x" * (size // 2 - 20) + "\r\n"
        data = head + row + "3," + "x" * (size + odd - len(head + row) - 3) + "\r\n" + row
        outcome = read(data.encode())
        assert outcome.parsed.newline == "\r\n"
        assert outcome.parsed.rows == 3
