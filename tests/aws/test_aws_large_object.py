"""A 200 MB object within a function of 512 MB: its first version, then one with a changed row."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from people import KEY, PEOPLE
from rig import Rig

ROWS = 1_000_000
PROGRAM = """
import json, re
from pathlib import Path
from csvferry.aws.handler import handler

class Context:
    aws_request_id = "large"
    def get_remaining_time_in_millis(self): return 300_000

reports = handler({"feed": "people"}, Context())["reports"]
peak = int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024
print("RESULT " + json.dumps({"report": reports[0], "peak": peak}))
"""


def _large(changed: str = "") -> bytes:
    row = b"%d,%s" + b"x" * 180 + b"@in.example\n"
    rows = [row % (n, changed.encode() if n == ROWS // 2 else b"") for n in range(1, ROWS + 1)]
    return b"id,email\n" + b"".join(rows)


def _invoke(rig: Rig) -> dict[str, Any]:
    """One invocation in a process of its own."""
    source = str(Path(__file__).parents[2] / "src")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512", "PYTHONPATH": source},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-500:]
    rig.printed.text.write(done.stdout + done.stderr)
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    result: dict[str, Any] = json.loads(line.removeprefix("RESULT "))
    return result


def test_a_large_object_fits_into_a_small_function(rig: Rig) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, _large())
    first = _invoke(rig)
    assert first["report"]["rows"]["inserted"] == ROWS
    assert first["report"]["source"]["bytes"] > 195_000_000
    assert first["peak"] < 512 * 1024 * 1024
    rig.put(KEY, _large(changed="other"))
    second = _invoke(rig)
    assert second["report"]["rows"]["updated"] == 1
    assert second["report"]["strategy"] == "delta"
    assert second["peak"] < 512 * 1024 * 1024
