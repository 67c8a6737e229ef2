"""docs/security.md names a test for each promise, and the tests are there."""

import re
from pathlib import Path

HOME = Path(__file__).parents[2]
PAGE = HOME / "docs" / "security.md"


def test_each_promise_names_a_test_that_is_there() -> None:
    text = PAGE.read_text()
    tables = re.findall(
        r"^\| promise \| test \|\n\| --- \| --- \|\n((?:\|.*\n)+)", text, re.MULTILINE
    )
    promises = [row for table in tables for row in table.splitlines()]
    assert len(promises) > 20
    known = {path.name for path in (HOME / "tests").rglob("test_*.py")}
    for promise in promises:
        named = re.findall(r"`(?:[\w/]+/)?(test_\w+\.py)`", promise)
        assert named, promise
        assert set(named) <= known, promise
