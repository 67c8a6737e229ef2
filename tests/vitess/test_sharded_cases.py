"""The golden cases in a sharded keyspace, of tables that it can serve: as on one server."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from test_cases import CASES, check_case
from vitess.sharded import Sharded, emptied_shards

_WHOLE = re.compile(
    r"\bid (\w*INT)\b[^,]*PRIMARY KEY|\bid (\w*INT)\b.*PRIMARY KEY \(id\)", re.DOTALL
)
_BEYOND = re.compile("UNIQUE|REFERENCES|AUTO_INCREMENT", re.IGNORECASE)
_NOT_HERE = re.compile("CREATE TRIGGER|CREATE VIEW|ALTER DATABASE")  # by the gate


def _case(name: str) -> dict[str, Any]:
    return tomllib.loads((CASES / name / "feed.toml").read_text())


def _sql(case: dict[str, Any]) -> list[str]:
    before = case.get("before", {})
    return [*before.get("sql", []), *before.get("mysql", [])]


def _made(case: dict[str, Any]) -> str:
    """The statement that makes the case's table, '' where none does."""
    made = [sql for sql in _sql(case) if re.match(r"CREATE TABLE people ?\(", sql)]
    return made[0] if made else ""


def _is_served(case: dict[str, Any]) -> bool:
    """Whether its table is one of which each shard can judge its own rows."""
    feed, made = case["feed"], _made(case)
    beside = [sql for sql in _sql(case) if "people" in sql]
    return bool(
        _WHOLE.search(made)
        and not any(map(_BEYOND.search, beside))
        and "unique" not in feed
        and feed.get("key", "id") in ("id", ["id"])
        and feed.get("table", "people") == "people"
    )


def _is_alike(name: str) -> bool:
    """Not of a first load into an empty table, which is staged here, nor of a table made anew."""
    text = (CASES / name / "feed.toml").read_text()
    return not re.search('"direct"|DROP TABLE|JOIN csvferry_runs', text)


ALL = {path.name: _case(path.name) for path in sorted(CASES.iterdir())}
HERE = {
    name: case
    for name, case in ALL.items()
    if "mysql" in case.get("only", ["mysql"]) and not any(map(_NOT_HERE.match, _sql(case)))
}
SERVED = [name for name, case in HERE.items() if _is_served(case) and _is_alike(name)]


@pytest.fixture
def shards() -> Iterator[Sharded]:
    with emptied_shards() as keyspace:
        yield keyspace


@pytest.mark.parametrize("name", SERVED)
def test_a_case(name: str, shards: Sharded, tmp_path: Path) -> None:
    check_case(name, shards, tmp_path)
