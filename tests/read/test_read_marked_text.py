"""Records as one text with marks say what the model of reading says, or nothing."""

import io

import pytest
import read_model as model
from hypothesis import example, given
from hypothesis import strategies as st
from test_read_property_bytes import ANYTHING, RELAXED

from csvferry.commands.row_comparison.marked_text import Marks, Unmarked
from csvferry.databases.sql_dialect import EMPTY, FIELD, RECORD

COMMA = Marks(b",", b'"', b"\n")


@given(data=ANYTHING)
@example(data=b'a"",b\n')
@example(data=b'a"""",b\n')
@example(data=b'"","""a",""""\n')
@example(data=b'a,"\n')
@example(data=b'""\'')
@RELAXED
def test_a_text_has_the_fields_that_the_model_reads(data: bytes) -> None:
    data += b"\n"
    try:
        text = COMMA.text(data)
    except Unmarked:
        return
    assert text.endswith(RECORD)
    found = [record.split(FIELD) for record in text.removesuffix(RECORD).split(RECORD)]
    read = list(model.events(data, b",", b'"', 2))
    assert not {kind for _, _, kind, _, _ in read} & {"bad_quote", "bad_encoding", "nul_byte"}
    told = [[EMPTY if quoted and not field else field for quoted, field in e[4]] for e in read]
    assert found == told


@given(data=ANYTHING, size=st.sampled_from([1, 3, 1000]))
@RELAXED
def test_a_text_does_not_depend_on_the_blocks_that_are_read(data: bytes, size: int) -> None:
    try:
        whole = COMMA.text(data if data.endswith(b"\n") or not data else data + b"\n")
    except Unmarked:
        with pytest.raises(Unmarked):
            list(COMMA.records(io.BytesIO(data), size))
        return
    pieces = list(COMMA.records(io.BytesIO(data), size))
    assert b"".join(piece.text for piece in pieces) == whole
    assert sum(piece.number for piece in pieces) == whole.count(RECORD)
