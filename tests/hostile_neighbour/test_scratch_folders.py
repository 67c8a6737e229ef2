"""TMPDIR is shared: what others put there is neither removed nor waited for, and stops no run."""

import logging
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

import csvferry
from csvferry.scratch.folders import MARK, make_scratch_folder, remove_dead_runs

DEAD = 2**22 + 1  # above what Linux gives (proc(5), pid_max)
OLD = time.time() - 3600


@pytest.fixture
def tmpdir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A scratch root of the test's own."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def users(tmpdir: Path) -> Path:
    """The folder of this user's runs."""
    folder = tmpdir / f"csvferry-{os.geteuid()}"
    folder.mkdir(mode=0o700)
    return folder


def _left(folder: Path, name: str, *, marked: bool = True) -> Path:
    """A folder as a killed run leaves it."""
    path = folder / name
    path.mkdir()
    (path / "rows.csv").write_text("1,secret\n")
    if marked:
        (path / MARK).touch()
    os.utime(path, (OLD, OLD))
    return path


def _sync(folder: Path) -> csvferry.Report:
    file = folder / "people.csv"
    file.write_text("id,email\n1,a\n")
    return csvferry.sync(str(file), to=f"sqlite:///{folder}/t.db", state=str(folder / "state"))


def test_a_folder_of_the_users_with_a_similar_name_stays(tmpdir: Path, tmp_path: Path) -> None:
    names = ["csvferry-2026-11-backup", f"csvferry-{DEAD}-abcdefgh", "csvferry-1-x", "csvferry-"]
    kept = [_left(tmpdir, name) / "rows.csv" for name in names]
    assert _sync(tmp_path).status == "applied"
    assert [path.read_text() for path in kept] == ["1,secret\n"] * len(names)


def test_what_a_killed_run_left_goes(users: Path) -> None:
    left = _left(users, f"run-{DEAD}-abcd_123")
    remove_dead_runs(users.parent)
    assert not left.exists()


def test_what_a_run_holds_stays_whatever_its_process_number(users: Path) -> None:
    folder = make_scratch_folder()
    renamed = folder.path.rename(users / f"run-{DEAD}-abcd_123")
    os.utime(renamed, (OLD, OLD))
    remove_dead_runs(users.parent)
    assert (renamed / MARK).exists()


@pytest.mark.parametrize(
    ("name", "marked"),
    [
        (f"run-{DEAD}-abcd_123", False),
        (f"run-{DEAD}-abcd_1234", True),
        (f"run-{DEAD}-ABCD_123", True),
        (f"run-{DEAD}-abcd_123.old", True),
        ("run-november-12345678", True),
        ("backup", True),
    ],
)
def test_what_has_no_mark_or_another_name_stays(users: Path, name: str, marked: bool) -> None:
    left = _left(users, name, marked=marked)
    remove_dead_runs(users.parent)
    assert (left / "rows.csv").exists()


@pytest.mark.timeout(60)
def test_a_fifo_a_file_and_a_link_of_any_name_stop_nothing(
    tmpdir: Path, users: Path, tmp_path: Path
) -> None:
    precious = _left(tmp_path, "precious")
    for folder in (tmpdir, users):
        for number, make in enumerate((os.mkfifo, Path.touch, precious.__class__.symlink_to)):
            path = folder / f"run-{DEAD}-abcdefg{number}"
            make(path, precious) if make is Path.symlink_to else make(path)
            if folder is tmpdir:
                path.rename(folder / f"csvferry-{DEAD}-abcdefg{number}")
    assert _sync(tmp_path).status == "applied"
    assert (precious / "rows.csv").exists()
    assert (precious / MARK).exists()


@pytest.mark.parametrize("taken", ["file", "fifo", "link", "open to others"])
def test_a_run_goes_elsewhere_where_the_users_folder_is_not_the_users_alone(
    tmpdir: Path, tmp_path: Path, taken: str, caplog: pytest.LogCaptureFixture
) -> None:
    usual = tmpdir / f"csvferry-{os.geteuid()}"
    other = tmp_path / "other"
    other.mkdir(mode=0o700)
    match taken:
        case "file":
            usual.touch()
        case "fifo":
            os.mkfifo(usual)
        case "link":
            usual.symlink_to(other)
        case _:
            usual.mkdir()
            usual.chmod(0o777)
    with caplog.at_level(logging.WARNING):
        assert _sync(tmp_path).status == "applied"
    assert "not a folder of this user alone" in caplog.text
    assert list(other.iterdir()) == []
    assert [path.name for path in tmpdir.iterdir()] == [usual.name]


def test_what_was_left_elsewhere_goes_too(tmpdir: Path) -> None:
    elsewhere = tmpdir / f"csvferry-{os.geteuid()}-abcd_123"
    elsewhere.mkdir(mode=0o700)
    _left(elsewhere, f"run-{DEAD}-abcd_123")
    remove_dead_runs(tmpdir)
    assert not elsewhere.exists()


def test_another_users_folder_is_not_touched(tmpdir: Path) -> None:
    """One with the rights of a shared folder stands for one of another owner."""
    shared = tmpdir / f"csvferry-{os.geteuid()}-abcd_123"
    shared.mkdir()
    shared.chmod(0o755)
    left = _left(shared, f"run-{DEAD}-abcd_123")
    remove_dead_runs(tmpdir)
    assert left.exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_what_can_not_be_removed_is_a_line_in_the_log(
    users: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    left = _left(users, f"run-{DEAD}-abcd_123")
    left.chmod(0o500)
    try:
        with caplog.at_level(logging.WARNING):
            assert _sync(tmp_path).status == "applied"
    finally:
        left.chmod(0o700)
    assert "can't be removed" in caplog.text
    assert "secret" not in caplog.text


def test_only_the_user_may_look_into_it(tmpdir: Path) -> None:
    folder = make_scratch_folder()
    modes = [path.stat().st_mode & 0o777 for path in (folder.path.parent, folder.path)]
    assert modes == [0o700, 0o700]
    folder.remove()
    assert list(tmpdir.iterdir()) == []


def test_runs_that_begin_and_end_at_once_do_not_take_each_others_folder(tmpdir: Path) -> None:
    """Each removes the user's folder when it is empty, which another may be about to use."""
    code = (
        "from csvferry.scratch.folders import make_scratch_folder\n"
        "for _ in range(200):\n"
        "    folder = make_scratch_folder()\n"
        "    (folder.path / 'x').write_text('x')\n"
        "    folder.remove()\n"
    )
    environment = {**os.environ, "TMPDIR": str(tmpdir)}
    runs = [subprocess.Popen([sys.executable, "-c", code], env=environment) for _ in range(3)]
    assert [run.wait() for run in runs] == [0, 0, 0]
    assert list(tmpdir.iterdir()) == []
