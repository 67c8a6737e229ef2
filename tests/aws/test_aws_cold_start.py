"""What the function imports before it knows what to do: nothing that takes long."""

import json
import os
import subprocess
import sys
from pathlib import Path

HEAVY = {"boto3", "duckdb", "obstore", "pymysql", "cryptography", "rich", "typer"}


def test_the_handlers_import_brings_nothing_heavy() -> None:
    code = "import csvferry.aws.handler, json, sys; print(json.dumps(list(sys.modules)))"
    source = str(Path(__file__).parents[2] / "src")
    shown = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": source},
        capture_output=True,
        text=True,
        check=True,
    )
    assert HEAVY.isdisjoint(json.loads(shown.stdout))
