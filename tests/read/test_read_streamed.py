"""Bytes that come as a stream are read as the same bytes on disk are."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from read_outcome import Outcome, Read

from csvferry.errors import CsvFerryError

RELAXED = settings(
    max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)
PIECES = [
    '"',
    ",",
    "\n",
    "\r",
    "\r\n",
    "a",
    " ",
    "\0",
    "é",
    "€",
    '""',
    "1,2\n",
    '"x","y"\n',
    "\n\n",
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=30).map(
    lambda pieces: "id,name\n" + "".join(pieces)
)
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252", "utf-32-be", "gb18030"])


def outcome(read: Read, data: bytes, **options: object) -> Outcome | str:
    try:
        return read(data, **options)
    except CsvFerryError as error:
        return str(error)


@given(text=TEXTS, encoding=ENCODINGS, block=st.sampled_from([1, 3, 7, 1000]), cut=st.booleans())
@RELAXED
def test_rows_rejects_and_places_are_the_same(
    read: Read, text: str, encoding: str, block: int, cut: bool
) -> None:
    data = text.encode(encoding, "replace")
    data = data[:-1] + b"\xff" if cut else data
    named = {} if encoding in ("utf-8-sig", "utf-16") else {"encoding": encoding}
    assert outcome(read, data, streamed=block, **named) == outcome(
        read, data, careful=True, **named
    )


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_the_same_holds_over_many_pieces(read: Read, encoding: str) -> None:
    """Two pieces of the clean copy, with rejects and line ends in quotes on every side."""
    rows = [
        f'{n},"some ü {n}\n{"x" * 70}"' + (",too many" if n % 5000 == 3 else "")
        for n in range(200_000)
    ]
    data = ("id,name\n" + "\n".join(rows)).encode(encoding)
    streamed, there = (
        read(data, encoding=encoding, **way) for way in ({"streamed": 100_000}, {"careful": True})
    )
    assert streamed.parsed == there.parsed
    assert streamed.rows == there.rows
    assert (streamed.rejects, streamed.offsets) == (there.rejects, there.offsets)
    assert streamed.located == there.located
