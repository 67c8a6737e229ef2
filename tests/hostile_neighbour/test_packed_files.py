"""A small file that unpacks to a huge one is given up before it is unpacked."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

import csvferry
from csvferry.errors import SourceError
from csvferry.sources import compression

PACKERS: dict[str, Callable[[bytes], bytes]] = {"gz": gzip.compress, "zst": zstandard.compress}


@pytest.mark.parametrize("suffix", PACKERS)
def test_what_unpacks_to_hundreds_of_times_its_size_is_refused(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compression, "_SMALL", 1_000_000)
    packed = PACKERS[suffix](b"id,a\n" + bytes(20_000_000))
    file = tmp_path / f"people.csv.{suffix}"
    file.write_bytes(packed)
    assert compression.MOST_TIMES * len(packed) < 20_000_000
    with pytest.raises(SourceError, match="unpacks to more than 500 times its size"):
        csvferry.check(file)


@pytest.mark.parametrize("suffix", PACKERS)
def test_a_small_file_may_unpack_to_any_number_of_times_its_size(
    tmp_path: Path, suffix: str
) -> None:
    file = tmp_path / f"people.csv.{suffix}"
    file.write_bytes(PACKERS[suffix](b"id,a\n" + b"1," + b"a" * 1_000_000 + b"\n"))
    assert csvferry.check(file).rows.read == 1
