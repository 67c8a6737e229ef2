"""Packed files: whole ones are unpacked, others told; a small one that holds much fills nothing."""

import bz2
import gzip
import io
import lzma
import zipfile
from pathlib import Path

import pytest
import zstandard

import csvferry
from csvferry.errors import SourceError
from faults.driver import Order, report, run

TEXT = b"id,name\n" + b"".join(b"%d,name %d\n" % (n, n * 7919 % 1009) for n in range(50_000))
PACKERS = {
    "gz": gzip.compress,
    "zst": zstandard.ZstdCompressor(write_checksum=True).compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
}
packed = pytest.mark.parametrize("kind", PACKERS)


def sync(folder: Path, kind: str, data: bytes) -> csvferry.Report:
    file = folder / f"people.csv.{kind}"
    file.write_bytes(data)
    return csvferry.sync(str(file), to=f"sqlite:///{folder}/packed.db", table="people")


@packed
def test_one_after_another_they_are_one_file(tmp_path: Path, kind: str) -> None:
    half = TEXT.index(b"\n", len(TEXT) // 2) + 1
    data = PACKERS[kind](TEXT[:half]) + PACKERS[kind](b"") + PACKERS[kind](TEXT[half:])
    assert sync(tmp_path, kind, data).rows.inserted == 50_000


def test_zeros_after_gzip_are_padding(tmp_path: Path) -> None:
    data = gzip.compress(TEXT) + bytes(10_000)
    assert sync(tmp_path, "gz", data).rows.inserted == 50_000


@packed
def test_other_bytes_after_it_are_told(tmp_path: Path, kind: str) -> None:
    with pytest.raises(SourceError, match="cut off or damaged"):
        sync(tmp_path, kind, PACKERS[kind](TEXT) + b"id,name\n")


@pytest.mark.timeout(20)
def test_a_gzip_header_without_an_end_is_told(tmp_path: Path) -> None:
    named = b"\x1f\x8b\x08\x08" + bytes(6)
    with pytest.raises(SourceError, match="cut off or damaged"):
        sync(tmp_path, "gz", named + b"x" * 200_000_000)


@packed
@pytest.mark.parametrize("left", [5, 2000, -1])
def test_one_that_is_cut_off_is_told(tmp_path: Path, kind: str, left: int) -> None:
    with pytest.raises(SourceError, match="cut off or damaged"):
        sync(tmp_path, kind, PACKERS[kind](TEXT)[:left])


@packed
def test_one_that_is_damaged_is_told(tmp_path: Path, kind: str) -> None:
    data = bytearray(PACKERS[kind](TEXT))
    data[len(data) // 2 :][:20] = bytes(20)
    data[2000:2100] = bytes(100)
    with pytest.raises(SourceError, match="cut off or damaged"):
        sync(tmp_path, kind, bytes(data))


@pytest.mark.parametrize("kind", ["gz", "zst"])  # bzip2 takes a minute for as much
def test_a_line_of_256_megabytes_in_a_small_file_is_one_reject(tmp_path: Path, kind: str) -> None:
    bomb = tmp_path / f"bomb.csv.{kind}"
    filler = PACKERS[kind](b"x" * (1 << 24))
    bomb.write_bytes(PACKERS[kind](b"id,name\n1,a\n") + filler * 16 + PACKERS[kind](b"\n2,b\n"))
    assert bomb.stat().st_size < 500_000
    options = {"source": str(bomb), "to": f"sqlite:///{tmp_path}/bomb.db", "max_rejects": 5}
    order = Order(options, tmp_path)
    run(order)
    found = report(order)
    assert (found["rows"]["inserted"], found["rows"]["rejected"]) == (2, 1), found["message"]
    assert found["peak"] < 400_000_000


def test_a_frame_to_be_passed_over_comes_first(tmp_path: Path) -> None:
    size = (4).to_bytes(4, "little")
    skipped = b"\x5e\x2a\x4d\x18" + size + b"pzst"
    frames = [PACKERS["zst"](TEXT[:9]), PACKERS["zst"](TEXT[9:])]
    data = b"".join(skipped + frame for frame in frames)
    assert sync(tmp_path, "zst", data).rows.inserted == 50_000


def test_a_long_window_is_unpacked(tmp_path: Path) -> None:
    parameters = zstandard.ZstdCompressionParameters.from_level(3, window_log=30)
    stream = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    data = stream.compress(TEXT) + stream.flush()
    assert sync(tmp_path, "zst", data).rows.inserted == 50_000


def zipped(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, TEXT)
    return out.getvalue()


@pytest.mark.parametrize(
    "names",
    [
        ["people.csv"],
        ["people.csv", "README.txt"],
        ["in/people.txt", "__MACOSX/._people.csv", "in/", "notes.pdf"],
    ],
)
def test_the_one_csv_file_of_a_zip_archive_is_read(tmp_path: Path, names: list[str]) -> None:
    assert sync(tmp_path, "zip", zipped(*names)).rows.inserted == 50_000


@pytest.mark.parametrize("names", [[], ["a.csv", "b.csv"], ["a", "b"]])
def test_a_zip_archive_of_several_files_is_told(tmp_path: Path, names: list[str]) -> None:
    with pytest.raises(SourceError, match=f"holds {len(names)} files, not one"):
        sync(tmp_path, "zip", zipped(*names) if names else _empty())


def _empty() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.mkdir("in")
    return out.getvalue()


def test_a_damaged_zip_archive_is_told(tmp_path: Path) -> None:
    data = bytearray(zipped("people.csv"))
    for cut in (bytes(data[:2000]), bytes(data[:5000]) + bytes(500) + bytes(data[5500:])):
        with pytest.raises(SourceError, match="cut off or damaged"):
            sync(tmp_path, "zip", cut)
