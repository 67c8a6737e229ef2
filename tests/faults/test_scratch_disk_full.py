"""Scratch space runs out: a clear error, everything as it was, and nothing left behind."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from faults.driver import Order, report, run
from small_disk import small_disk
from targets import Target

MEMORY = "64MB"
ROWS = 120_000


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MB."""
    with small_disk(tmp_path / "tiny", 8) as folder:
        yield folder


@pytest.fixture
def wide(tmp_path: Path) -> Path:
    """A file of 10 MB, of which not even a piece fits there."""
    file = tmp_path / "wide.csv"
    with file.open("w") as out:
        out.write("id,name,note\n")
        out.writelines(f"{n},name {n},{n * 7919 % 1000003:x}{'x' * 50}\n" for n in range(ROWS))
    return file


def _order(folder: Path, file: Path, target: Target, scratch: Path) -> Order:
    options = {"source": str(file), "to": target.url, "table": "wide", "memory": MEMORY}
    return Order(options, folder, environment={"TMPDIR": str(scratch)})


def test_a_full_scratch_disk_is_told_and_changes_nothing(
    target: Target, tmp_path: Path, tiny: Path, wide: Path
) -> None:
    packed = tmp_path / "wide.csv.gz"
    packed.write_bytes(gzip.compress(wide.read_bytes(), 1))
    order = _order(tmp_path, packed, target, tiny)
    run(order)
    told = report(order)
    assert (told["status"], told["error"]) == ("failed", "SpaceError"), told["message"]
    assert "TMPDIR" in told["message"]
    assert "wide" not in target.tables()
    assert list(tiny.iterdir()) == []
    order = _order(tmp_path, packed, target, tmp_path / "scratch")
    run(order)
    assert report(order)["status"] == "applied"
    assert target.rows("SELECT COUNT(*) FROM wide") == [(ROWS,)]
