"""A bad byte in each row costs no more than its row."""

import codecs
from pathlib import Path

import pytest

import csvferry


@pytest.mark.parametrize("bad", [b"\xff", b"\xc3", b"\xe2\x82", b"\xed\xa0\x80"])
def test_what_is_decoded_grows_with_the_file_and_not_with_its_square(
    tmp_path: Path, bad: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes are counted: the error for a bad one copies all that was given to be decoded."""
    decode, given = codecs.utf_8_decode, 0

    def counted(data: memoryview, *rest: object) -> tuple[str, int]:
        nonlocal given
        given += len(data)
        return decode(data, *rest)

    monkeypatch.setattr(codecs, "utf_8_decode", counted)
    rows = 5000
    file = tmp_path / "people.csv"
    file.write_bytes(b"id,a\n" + b"".join(b"%d,x%sy\n" % (n, bad) for n in range(rows)))
    assert csvferry.check(file).rows.rejected == rows
    assert given < rows * 2500
