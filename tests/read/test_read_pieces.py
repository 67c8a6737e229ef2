"""Records that are copied as they stand, until a fault or a blank line moves their numbers."""

import pytest
from read_outcome import Read

MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"


@pytest.mark.parametrize("sliced", [False, True])
def test_a_byte_order_mark_in_front_of_the_first_row_is_text(read: Read, sliced: bool) -> None:
    data = f'id,name\n{MARK}1,"a"\n2,"b"\n'.encode()
    outcome = read(data, careful=True, sliced=sliced)
    assert outcome.rows == [(2, f"{MARK}1", "a"), (3, "2", "b")]


@pytest.mark.parametrize("sliced", [False, True])
@pytest.mark.parametrize("gap", ["\n", "x\n", 'x,"y"z\n', "\n\n,,\n"])
def test_each_gap_moves_the_numbers_of_the_lines_behind_it(
    read: Read, sliced: bool, gap: str
) -> None:
    rows = [f'{n},"a\n{n}"\n' for n in range(9)]
    data = "id,name\n" + gap + gap.join(rows)
    outcome = read(data.encode(), sliced=sliced)
    step = 1 + gap.count("\n")
    assert outcome.rows == [(2 + step * n + step - 1, f"{n}", f"a\n{n}") for n in range(9)]


@pytest.mark.parametrize("sliced", [False, True])
def test_other_line_ends_within_quotes_are_kept(read: Read, sliced: bool) -> None:
    data = b'id,name\r\n1,"a\rb"\r\n2,"c\r\nd"\r\n3,"e\nf"\r\n'
    outcome = read(data, careful=True, sliced=sliced)
    assert outcome.rows == [(2, "1", "a\rb"), (3, "2", "c\r\nd"), (4, "3", "e\nf")]
