"""The Dockerfile's own steps in a Debian root, and what they make on a root that is read-only."""

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from container.dockerfile import Image, build, instructions, run
from servers import absent

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    """Built once; only the base stays on the machine."""
    if os.geteuid() or subprocess.run(["unshare", "--mount", "true"], check=False).returncode:
        absent("the image's steps: need root, and mounts of their own (unshare)")
    laid = subprocess.run(
        [ROOT / "scripts" / "debian_python"], stdout=subprocess.PIPE, text=True, check=True
    )
    folder = tmp_path_factory.mktemp("image")
    try:
        yield build(ROOT / "Dockerfile", Path(laid.stdout.strip()), folder)
    finally:
        shutil.rmtree(folder)  # more than a gigabyte


@pytest.fixture
def volume(image: Image, tmp_path: Path) -> Path:
    """A folder of the image's user, as a volume at /state is."""
    path = tmp_path / "volume"
    path.mkdir()
    os.chown(path, int(image.user), -1)
    return path


def test_both_stages_are_of_one_small_python() -> None:
    bases = [rest.partition(" ")[0] for name, rest in _dockerfile() if name == "FROM"]
    assert bases == ["python:3.13-slim"] * 2


def test_without_words_it_shows_its_help(image: Image, volume: Path) -> None:
    done = run(image, volume)
    assert (done.returncode, done.stderr) == (0, "")
    assert "sync" in done.stdout


def test_a_file_is_synced_by_a_user_without_rights_on_a_root_that_is_read_only(
    image: Image, volume: Path
) -> None:
    (volume / "people.csv").write_text("id,email\n1,ann@example.com\n2,bob@example.com\n")
    words = ("sync", "/state/people.csv", "--to", "sqlite:////state/people.db", "--json")
    done = run(image, volume, words)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rows"]["inserted"] == 2
    with closing(sqlite3.connect(volume / "people.db")) as connection:
        assert connection.execute("SELECT COUNT(*) FROM people").fetchone() == (2,)
    assert (volume / "people.db").stat().st_uid == int(image.user)
    assert json.loads(run(image, volume, words).stdout)["status"] == "unchanged"  # /state is kept


def test_the_user_has_no_rights_and_nothing_but_two_folders_to_write_to(
    image: Image, volume: Path
) -> None:
    told = run(image, volume, program=("/bin/sh", "-c", "id -u; id -G; umask; pwd"))
    assert told.stdout.split()[0] == image.user != "0"
    assert "0" not in told.stdout.split()[1]
    assert told.stdout.split()[-1] == "/scratch"
    tried = "for place in / /usr /opt/csvferry /etc /tmp /var/tmp /scratch /state; do"
    tried += ' (: >"$place/tried") 2>/dev/null && echo "$place"; done'
    assert run(image, volume, program=("/bin/sh", "-c", tried)).stdout.split() == [
        "/scratch", "/state",
    ]  # fmt: skip


def test_a_task_of_fargate_can_start_in_it(image: Image, volume: Path) -> None:
    """Its command, as modules/task has it; here it lacks its settings, and says so."""
    done = run(image, volume, program=("python", "-m", "csvferry.aws.task", "tasks/people"))
    assert done.returncode not in (0, 126, 127)
    assert "Traceback" not in done.stderr + done.stdout
    assert "CSVFERRY_FEEDS" in done.stderr + done.stdout


def _dockerfile() -> list[tuple[str, str]]:
    return list(instructions((ROOT / "Dockerfile").read_text()))
