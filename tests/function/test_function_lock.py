"""requirements.txt belongs to pyproject.toml, and has a hash for every file that may be taken."""

import re
import tomllib
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from function_scripts import ROOT, load_script

lock = load_script("lock")
TEXT = (ROOT / "requirements.txt").read_text()
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_the_lock_is_not_stale() -> None:
    assert lock.faults(PROJECT, TEXT) == []


@pytest.mark.parametrize("change", ["added", "removed", "range", "python"])
def test_a_changed_project_makes_it_stale(change: str) -> None:
    project = deepcopy(PROJECT)
    if change == "added":
        project["dependencies"].append("idna>=3")
    elif change == "removed":
        project["dependencies"].pop()
    elif change == "range":
        project["dependencies"][0] += ",!=99"
    else:
        project["requires-python"] = ">=3.12"
    assert lock.faults(project, TEXT)


def test_a_pin_out_of_range_makes_it_stale() -> None:
    changed = re.sub(r"(?m)^duckdb==\S+", "duckdb==1.0.0", TEXT)
    assert len(lock.faults(PROJECT, changed)) == 1


def test_each_package_is_pinned_with_hashes_and_no_address() -> None:
    blocks = re.split(r"(?m)^(?=[a-z])", TEXT)[1:]
    assert all(re.match(r"[\w.-]+==\S+", b) and "--hash=sha256:" in b for b in blocks)
    assert "://" not in TEXT
    assert "--index" not in TEXT


def test_what_the_runtime_has_is_not_locked() -> None:
    assert not {"boto3", "botocore", "s3transfer", "urllib3"} & set(lock.pinned(TEXT))


def test_the_script_is_where_the_makefile_says() -> None:
    makefile = (ROOT / "make" / "function.mk").read_text()
    assert all(Path(ROOT / found).is_file() for found in re.findall(r"scripts/\w+\.py", makefile))
