"""A 200 MB object within a function of 512 MB, and what a function that is too small is told."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from people import KEY, PEOPLE
from rig import Rig

from small_disk import small_disk

pytestmark = pytest.mark.long

ROWS = 1_000_000
PROGRAM = """
import json, re
from pathlib import Path
from csvferry.aws.handler import handler

class Context:
    aws_request_id = "large"
    def get_remaining_time_in_millis(self): return 300_000

try:
    reports = handler({"feed": "people"}, Context())["reports"]
except Exception as error:
    reports = [{"failed": str(error)}]
peak = int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024
print("RESULT " + json.dumps({"report": reports[0], "peak": peak}))
"""


def _large(changed: str = "", rows: int = ROWS) -> bytes:
    row = b"%d,%s" + b"x" * 180 + b"@in.example\n"
    lines = [row % (n, changed.encode() if n == ROWS // 2 else b"") for n in range(1, rows + 1)]
    return b"id,email\n" + b"".join(lines)


def _dense(rows: int) -> bytes:
    """As large, but nothing in it can be packed."""
    noise = random.Random(1).randbytes(90 * rows).hex().encode()
    lines = [b"%d,%b@in.example\n" % (n + 1, noise[180 * n : 180 * n + 180]) for n in range(rows)]
    return b"id,email\n" + b"".join(lines)


def _invoke(rig: Rig, memory: int = 512, scratch: Path | None = None) -> dict[str, Any]:
    """One invocation in a process of its own; `memory` in MB."""
    own = {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory)}
    if scratch:
        own["TMPDIR"] = str(scratch)
    source = str(Path(__file__).parents[2] / "src")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, **own, "PYTHONPATH": source},
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


def test_in_a_small_scratch_space_it_is_streamed_within_the_same_memory(
    rig: Rig, tmp_path: Path
) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, _large())
    with small_disk(tmp_path / "small", 512) as scratch:
        found = _invoke(rig, scratch=scratch)
    assert found["report"]["rows"]["inserted"] == ROWS, found
    assert found["peak"] < 512 * 1024 * 1024
    ranges = [path for method, path in rig.storm.requests if method == "GET" and KEY in path]
    assert len(ranges) > 200_000_000 / (4 << 20)


def test_one_that_is_too_small_for_a_file_says_how_much_it_needs(rig: Rig, tmp_path: Path) -> None:
    rig.feeds(PEOPLE)
    rig.put(KEY, _dense(rows=700_000))
    with small_disk(tmp_path / "small", 24) as scratch:
        told = _invoke(rig, memory=128, scratch=scratch)["report"]["failed"]
    assert "the file has 139 MB" in told
    assert "give it 256 MB of memory, or 48 MB of ephemeral storage" in told
    assert rig.tables() == []
