"""What is in the zip, and that the same source gives the same bytes."""

import hashlib
import os
import platform
import shutil
import stat
import zipfile
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def names(function_zip: Path) -> set[str]:
    with zipfile.ZipFile(function_zip) as archive:
        return set(archive.namelist())


def test_two_builds_have_the_same_bytes(
    build: ModuleType, function_zip: Path, source: Path, tmp_path: Path
) -> None:
    """The second one under another umask, in another folder, from files of another time."""
    machine = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
    version = "{}.{}".format(*platform.python_version_tuple()[:2])
    before = os.umask(0o077)
    try:
        copy = shutil.copytree(source, tmp_path / "csvferry", copy_function=shutil.copyfile)
        build.build(machine, version, tmp_path / "again.zip", copy)
    finally:
        os.umask(before)
    digests = [_digest(file) for file in (function_zip, tmp_path / "again.zip")]
    assert digests[0] == digests[1]


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_entries_are_sorted_and_say_nothing_of_the_machine(function_zip: Path) -> None:
    with zipfile.ZipFile(function_zip) as archive:
        entries = archive.infolist()
    assert [e.filename for e in entries] == sorted(e.filename for e in entries)
    assert {e.date_time for e in entries} == {(1980, 1, 1, 0, 0, 0)}
    modes = {stat.S_IMODE(e.external_attr >> 16) for e in entries}
    assert modes == {0o644, 0o755}


def test_the_source_is_in_it_whole(names: set[str], source: Path) -> None:
    files = {p.relative_to(source.parent).as_posix() for p in source.rglob("*.py")}
    assert files <= names
    assert "csvferry/aws/rds-global-bundle.pem" in names


@pytest.mark.parametrize(
    "unwanted", ["boto3", "botocore", "s3transfer", "typer", "rich", "pygments", "bin"]
)
def test_what_the_function_does_not_need_is_not_in_it(names: set[str], unwanted: str) -> None:
    assert not [name for name in names if name.split("/")[0].startswith(unwanted)]


def test_no_byte_code_no_tests_and_nothing_of_an_installation(names: set[str]) -> None:
    assert not [name for name in names if name.endswith((".pyc", ".pyi", "/"))]
    assert not [name for name in names if {"tests", "__pycache__"} & {*name.split("/")}]
    told = {name.rsplit("/", 1)[-1] for name in names if ".dist-info/" in name}
    assert not told & {"RECORD", "INSTALLER", "direct_url.json", "WHEEL", "REQUESTED"}


def test_licences_go_along(names: set[str]) -> None:
    with_licence = {n.split("/")[0] for n in names if ".dist-info/" in n and "LICEN" in n.upper()}
    assert any(name.startswith("duckdb-") for name in with_licence)


def test_the_sizes_are_within_the_limits(build: ModuleType, function_zip: Path) -> None:
    with zipfile.ZipFile(function_zip) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
    assert not build.too_large(function_zip.stat().st_size, unpacked)


@pytest.mark.parametrize(("zipped", "unpacked"), [(70_000_001, 1), (1, 200_000_001)])
def test_a_zip_that_is_too_large_fails(
    build: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    zipped: int,
    unpacked: int,
) -> None:
    monkeypatch.setattr(build, "build", lambda *_: (zipped, unpacked))
    monkeypatch.setattr("sys.argv", ["build_function.py"])
    assert build.main() == 1
    assert "too large" in capsys.readouterr().err


def test_markers_are_judged_for_the_function(build: ModuleType) -> None:
    """Not by the Python that builds it."""
    lock = (
        "here==1 ; sys_platform == 'linux' \\\n    --hash=sha256:0a\n"
        "away==1 ; sys_platform == 'win32' \\\n    --hash=sha256:0b\n"
        "old==1 ; python_full_version < '3.13' \\\n    --hash=sha256:0c\n"
        "new==1 ; python_full_version >= '3.13' \\\n    --hash=sha256:0d\n"
        "typer==1 \\\n    --hash=sha256:0e\n"
    )
    assert build.chosen(lock, "arm64", "3.13") == (
        "here==1 \\\n    --hash=sha256:0a\nnew==1 \\\n    --hash=sha256:0d\n"
    )
    assert "old==1" in build.chosen(lock, "arm64", "3.12")


def test_programs_of_a_wheel_are_left_out_and_its_libraries_placed(build: ModuleType) -> None:
    assert build.placed("x-1.data/scripts/run") is None
    assert build.placed("x-1.data/purelib/x/__init__.py") == "x/__init__.py"
    assert build.placed("x/__init__.py") == "x/__init__.py"
