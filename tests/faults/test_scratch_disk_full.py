"""Scratch space runs out: a clear error, everything as it was, and nothing left behind."""

import gzip
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from faults.driver import Order, report, run
from targets import Target

MEMORY = "64MB"
ROWS = 120_000


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MB."""
    if os.geteuid() != 0:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("only root can mount a small disk")
    folder = tmp_path / "tiny"
    folder.mkdir()
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)], check=True, text=True
    )
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def wide(tmp_path: Path) -> Path:
    """A file of 10 MB, which does not fit there."""
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
