"""An unquoted field equal to a token is NULL, a quoted one never."""

import pytest
from read_outcome import Read

from csvferry.errors import UsageError

DATA = b'id,name\n1,\n2,""\n3,NULL\n4,"NULL"\n5,\\N\n6,"\\N"\n7, \n8,null\n'


@pytest.mark.parametrize("careful", [False, True])
@pytest.mark.parametrize(
    ("null", "lines"),
    [
        (("",), {2}),
        ((), {2}),
        (("NULL",), {4}),
        (("\\N",), {6}),
        (("", "\\N"), {2, 6}),
        (("NULL", "NULL", ""), {2, 4}),
        ((" ",), {8}),
    ],
)
def test_tokens(read: Read, null: tuple[str, ...], lines: set[int], careful: bool) -> None:
    outcome = read(DATA, careful=careful, null=null)
    assert {line for line, _, name in outcome.rows if name is None} == lines


def test_what_is_given_replaces_the_default(read: Read) -> None:
    assert read(b"id,name\n1,\n", null=("\\N",)).fields == [("1", "")]


@pytest.mark.parametrize("token", ["0", "00", "1", "2"])
def test_a_token_that_looks_like_a_number(read: Read, token: str) -> None:
    outcome = read(f'id,name\nx,"{token}"\ny,{token}\n\nz,a"b\n'.encode(), null=(token,))
    assert outcome.rows == [(2, "x", token), (3, "y", None), (5, "z", 'a"b')]


@pytest.mark.parametrize("token", ['"', '""', "a,b", "a\nb", "\r"])
def test_a_token_that_no_unquoted_field_can_be(read: Read, token: str) -> None:
    with pytest.raises(UsageError, match="NULL"):
        read(b"id,name\n1,a\n", null=(token,))


def test_every_field_null(read: Read) -> None:
    assert read(b"a,b\n,\n").fields == [(None, None)]
    assert read(b'a\n""\n').fields == [("",)]
