#!/usr/bin/env python3
"""Lock what the function runs on: requirements.txt, with a hash of every file that may be taken.

    lock.py           resolve anew, keeping versions that still fit pyproject.toml
    lock.py --upgrade take the newest versions that fit
    lock.py --check   say whether requirements.txt still belongs to pyproject.toml; no network

It holds csvferry[aws] without boto3 and what only boto3 needs: the function's runtime has those.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROVIDED = {"boto3"}
MARK = "# locked for pyproject.toml "
HEADER = """# What the function runs on. Made by `make lock`; do not edit.
"""


def wanted(project: dict[str, Any]) -> list[Requirement]:
    """The direct dependencies of csvferry[aws] that the runtime does not provide."""
    texts = [*project["dependencies"], *project["optional-dependencies"]["aws"]]
    found = [Requirement(text) for text in texts]
    return sorted((r for r in found if canonicalize_name(r.name) not in PROVIDED), key=str)


def digest(project: dict[str, Any]) -> str:
    """What a lock belongs to: the dependencies and the range of Python."""
    told = [str(requirement) for requirement in wanted(project)]
    shape = json.dumps([project["requires-python"], *told])
    return hashlib.sha256(shape.encode()).hexdigest()[:16]


def pinned(text: str) -> dict[str, str]:
    """Name and version of each locked package."""
    lines = [line.split(";")[0].strip(" \\") for line in text.splitlines() if "==" in line]
    pairs = [line.partition("==") for line in lines if not line.startswith(("#", "-"))]
    return {canonicalize_name(name): version for name, _, version in pairs}


def faults(project: dict[str, Any], text: str) -> list[str]:
    """Why a lock does not belong to the project; empty when it does."""
    if f"{MARK}{digest(project)}" not in text.splitlines():
        return ["pyproject.toml's dependencies changed since requirements.txt was made"]
    versions = pinned(text)
    return [
        f"{requirement} is not what requirements.txt has"
        for requirement in wanted(project)
        if not requirement.specifier.contains(versions.get(canonicalize_name(requirement.name), ""))
    ]


def lock(project: dict[str, Any], target: Path, *, upgrade: bool) -> None:
    """Resolve for every platform and Python of the project and write the file."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "-", "--quiet", "--universal"]
    command += ["--generate-hashes", "--no-header", "--annotation-style=line"]
    command += ["--no-emit-index-url", "--no-emit-find-links", "--no-annotate"]
    command += ["--python-version", least_python(project), "--output-file", str(target)]
    if upgrade:
        command.append("--upgrade")
    told = "\n".join(str(requirement) for requirement in wanted(project))
    subprocess.run(command, input=told, text=True, check=True, stdout=subprocess.DEVNULL)
    target.write_text(f"{HEADER}{MARK}{digest(project)}\n{target.read_text()}")


def least_python(project: dict[str, Any]) -> str:
    """`>=3.11,<3.15` gives 3.11."""
    specifiers = str(project["requires-python"]).split(",")
    return next(s.strip()[2:] for s in specifiers if s.strip().startswith(">="))


def main() -> int:
    """Do what the words say."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--upgrade", action="store_true")
    words = parser.parse_args()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    target = ROOT / "requirements.txt"
    if not words.check:
        lock(project, target, upgrade=words.upgrade)
    found = faults(project, target.read_text())
    for fault in found:
        print(f"lock: {fault}; run `make lock`", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
