"""What csvferry makes is for its user alone; what another user planted leads it nowhere."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import csvferry
from cli.shell import Shell
from csvferry.scratch.private_files import is_planted

NOBODY = 65534

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files of another user")


@pytest.fixture(autouse=True)
def open_umask() -> Iterator[None]:
    """What a user may have who shares everything."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text("id,email\n1,a\n")
    return path


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_sqlite_file_is_its_owners_alone(people: Path, tmp_path: Path) -> None:
    csvferry.sync(str(people), to=f"sqlite:///{tmp_path}/t.db", state=str(tmp_path / "state"))
    assert _mode(tmp_path / "t.db") == 0o600


def test_a_sqlite_file_that_is_there_keeps_its_mode(people: Path, tmp_path: Path) -> None:
    target = tmp_path / "t.db"
    with closing(sqlite3.connect(target)) as connection:
        connection.execute("CREATE TABLE mine (id INTEGER)")
    target.chmod(0o640)
    csvferry.sync(str(people), to=f"sqlite:///{target}", state=str(tmp_path / "state"))
    assert _mode(target) == 0o640


def test_a_link_of_the_users_own_is_followed(people: Path, tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "real.db")
    csvferry.sync(str(people), to=f"sqlite:///{tmp_path}/link.db", state=str(tmp_path / "state"))
    assert _mode(tmp_path / "real.db") == 0o600


def test_what_is_remembered_is_the_owners_alone(people: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    csvferry.sync(str(people), to=f"sqlite:///{tmp_path}/t.db", state=str(state))
    modes = {path.is_dir(): _mode(path) for path in (state, *state.rglob("*"))}
    assert modes == {True: 0o700, False: 0o600}


def test_a_link_of_a_name_that_can_be_guessed_is_not_written_through(
    people: Path, tmp_path: Path
) -> None:
    """State files were once written under their name and the process number."""
    state, precious = tmp_path / "state", tmp_path / "precious"
    precious.write_text("mine")
    csvferry.sync(str(people), to=f"sqlite:///{tmp_path}/t.db", state=str(state))
    (manifest,) = state.glob("*.json")
    manifest.with_name(f"{manifest.name}.{os.getpid()}").symlink_to(precious)
    people.write_text("id,email\n1,a\n2,b\n")
    csvferry.sync(str(people), to=f"sqlite:///{tmp_path}/t.db", state=str(state))
    assert precious.read_text() == "mine"


@as_root
@pytest.mark.parametrize("kind", ["link", "file"])
def test_what_another_user_put_into_a_shared_folder_is_refused(
    people: Path, tmp_path: Path, kind: str
) -> None:
    shared, elsewhere = tmp_path / "shared", tmp_path / "elsewhere"
    shared.mkdir()
    shared.chmod(0o1777)
    planted = shared / "csvferry.db"
    planted.symlink_to(elsewhere) if kind == "link" else planted.touch()
    os.chown(planted, NOBODY, NOBODY, follow_symlinks=False)
    done = Shell(shared).run("sync", str(people))
    assert (done.status, "another user put" in done.err) == (1, True)
    assert not elsewhere.exists()


@as_root
def test_rejects_are_not_written_through_another_users_link(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell.write("people.csv", "id,email\n1,a\n2,b,c\n3,c\n")
    assert shell.run("sync", "people.csv", "--max-rejects", "1").status == 0
    precious = shell.write("precious", "mine")
    (tmp_path / "fix.csv").symlink_to(precious)
    os.chown(tmp_path / "fix.csv", NOBODY, NOBODY, follow_symlinks=False)
    done = shell.run("rejects", "--export", "fix.csv")
    assert (done.status, "another user put" in done.err) == (2, True)
    assert precious.read_text() == "mine"


@as_root
def test_in_a_folder_of_ones_own_another_users_file_is_no_plant(tmp_path: Path) -> None:
    file = tmp_path / "t.db"
    file.touch()
    os.chown(file, NOBODY, NOBODY)
    assert not is_planted(file)
