"""Each folder of `tests/cases` is a case: a file, a feed, and what the table is afterwards.

`feed.toml` has `[feed]` (options), `[before]` (SQL, and `files` synced first in turn, where `sql`
stands for what somebody else does), `[expect]` (status, strategy, rows, words that the message
says); `only` names the servers it is about. `expected.csv` is the table, sorted; `rejects.csv` the
reject entries (line, column, code) in order.
"""

import csv
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest

from csvferry.config.feed import make_feed
from csvferry.run.runner import Run, attempt
from csvferry.sources.source import find
from targets import Target

CASES = Path(__file__).parent / "cases"


def _case(name: str) -> Any:
    """A case, marked with the servers that it is about."""
    only = tomllib.loads((CASES / name / "feed.toml").read_text()).get("only")
    return pytest.param(name, id=name, marks=[pytest.mark.only(*only)] if only else [])


EACH = pytest.mark.parametrize("name", [_case(path.name) for path in sorted(CASES.iterdir())])


@EACH
def test_case(name: str, target: Target, tmp_path: Path) -> None:
    check_case(name, target, tmp_path)


def check_case(name: str, target: Target, tmp_path: Path) -> None:
    """Run a case on a database; what comes of it is what its folder says."""
    folder = CASES / name
    case = tomllib.loads((folder / "feed.toml").read_text())
    if target.kind not in case.get("only", [target.kind]):
        pytest.skip("the folder says whose behaviour it is about")
    before = case.get("before", {})
    target.run(*before.get("sql", []), *before.get(target.kind, []))
    for step in before.get("files", []):
        target.run(*step.pop("sql", []))
        if file := step.pop("file", None):
            wanted = step.pop("expect", {"status": "applied"})
            path = _laid(folder / file, tmp_path / step.pop("as", "people.csv"))
            _expect(_sync(path, target, {**case["feed"], **step}), wanted, target.kind)
    path = _laid(folder / case.get("input", "input.csv"), tmp_path / "people.csv")
    report = _sync(path, target, case["feed"])
    _expect(report, case["expect"], target.kind)
    assert _table(target, case) == _read(folder / "expected.csv")
    if (folder / "rejects.csv").exists():
        assert _rejects(target, report["run"]) == _read(folder / "rejects.csv")
    assert not [table for table in target.tables() if table.startswith("csvferry_stage_")]


def _laid(file: Path, place: Path) -> Path:
    """Each file is the next version of one source, unless the step names another."""
    return Path(shutil.copy(file, place))


def _sync(file: Path, target: Target, options: dict[str, Any]) -> dict[str, Any]:
    feed = make_feed(source=str(file), to=target.url, **{"table": "people", **options})
    (found,) = find(feed.source)
    report, _ = attempt(Run(feed, found))
    return report.to_dict()


def _expect(report: dict[str, Any], expected: dict[str, Any], kind: str) -> None:
    wanted = {**expected, **expected.get(kind, {})}
    for name in ("status", "strategy"):
        if name in wanted:
            assert report[name] == wanted[name], report["message"]
    for word in wanted.get("says", []):
        assert word in report["message"]
    if "rows" in wanted:
        rows = {name: count for name, count in report["rows"].items() if count}
        assert rows == wanted["rows"], report["message"]


def _table(target: Target, case: dict[str, Any]) -> list[list[str]]:
    if "people" not in target.tables():
        return []
    query = case.get("query", "SELECT * FROM people ORDER BY 1")
    return [[_told(value) for value in row] for row in target.rows(query)]


def _rejects(target: Target, run: str) -> list[list[str]]:
    query = "SELECT line, column_name, code FROM csvferry_rejects WHERE run = '%s' ORDER BY 1, 2, 3"
    return [[_told(value) for value in row] for row in target.rows(query % run)]


def _read(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))[1:]


def _told(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return "NULL" if value is None else str(value)
