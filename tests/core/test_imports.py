"""Which module may import what: drivers behind the seam, the object store at its door, boto3 in
`aws/`; and the light commands load nothing heavy."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import csvferry

HOME = Path(csvferry.__file__).parent
ALLOWED = {
    "pymysql": ("databases/mysql/",),
    "sqlite3": ("databases/sqlite/",),
    "obstore": ("sources/cloud/", "commands/doctor/source.py"),
    "boto3": ("aws/", "sources/cloud/stores.py"),  # its profiles, where it is installed
    "botocore": ("aws/",),
    "aws_lambda_powertools": ("aws/",),
    "typer": ("cli/",),
}


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_each_library_stays_behind_its_door() -> None:
    for path in HOME.rglob("*.py"):
        place = path.relative_to(HOME).as_posix()
        for name in _imports(path):
            doors = ALLOWED.get(name.split(".")[0], ("",))
            assert any(place.startswith(door) for door in doors), f"{place} imports {name}"


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import csvferry, sys; print([m for m in sys.modules if m.split('.')[0] in %r])"
    heavy = ("duckdb", "pymysql", "obstore", "boto3", "typer", "rich", "pydantic")
    done = subprocess.run(
        [sys.executable, "-c", code % (heavy,)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


# Modules that import something within a function, and why: docs/architecture.md has the same.
LATE = {
    "one command of many is run": ("__init__.py", "__main__.py", "api.py", "cli/", "aws/queries/"),
    "a run that is skipped needs no engine and no driver": (
        "aws/database_access.py",
        "aws/handler.py",
        "aws/runs/feed_run.py",
        "commands/reports.py",
        "config/feed.py",
        "databases/connect.py",
        "databases/mysql/session/time_zone.py",
        "run/batches/sequence.py",
        "run/pipeline.py",
        "run/runner.py",
        "scratch/workspace.py",
    ),
    "only some sources, secrets or stores need it": (
        "aws/credentials.py",
        "aws/feeds.py",
        "aws/runs/marker.py",
        "commands/doctor/source.py",
        "snapshot/crypto.py",
        "snapshot/store.py",
        "sources/",
    ),
}


def test_imports_stand_at_the_top_but_where_a_start_would_pay_for_them() -> None:
    allowed = tuple(place for places in LATE.values() for place in places)
    late = {
        path.relative_to(HOME).as_posix()
        for path in HOME.rglob("*.py")
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert {place for place in late if not place.startswith(allowed)} == set()
