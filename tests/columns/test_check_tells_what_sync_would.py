"""`check --to` ends as `sync` does, with its counts and reasons, and changes nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from csvferry.commands.reports import reports
from csvferry.config.feed import make_feed
from csvferry.errors import CsvFerryError
from csvferry.model.phases import ProgressListener
from csvferry.model.report import Report
from targets import Target

PARENT = "CREATE TABLE parent (id INT PRIMARY KEY)"
PEOPLE = (
    "CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(5) NOT NULL, n INT UNIQUE,"
    " parent INT, CHECK (n <> 13), FOREIGN KEY (parent) REFERENCES parent (id))"
)
ROWS = ("INSERT INTO parent VALUES (1)", "INSERT INTO people VALUES (1, 'Ann', 1, 1)")
FILES: list[tuple[str, dict[str, Any]]] = [
    ("id,name,n,parent\n1,Ann,1,1\n2,Bob,2,1\n", {}),
    ("name,n\nAnn,1\n", {}),
    ("id,name,more\n2,Bob,x\n", {}),
    ("Report\n\nid,name\n2,Bob\n3,Cid\n", {}),
    ("id,name\n2,Bob\n2,Bob\n3,Cid,x\n4,toolong\nx,Dan\n5,\n", {}),
    ("id,name\n2,Bob\n2,Bob\n3,Cid,x\n4,toolong\nx,Dan\n5,\n", {"max_rejects": "100%"}),
    ("id,name,n\n2,Bob,1\n3,Cid,13\n4,Dan,4\n5,Eve,4\n", {"max_rejects": "100%"}),
    ("id,name,n\n2,Bob,1\n3,Cid,13\n4,Dan,4\n5,Eve,4\n", {}),
    ("id,name,parent\n2,Bob,7\n3,Cid,1\n", {"max_rejects": "100%"}),
    ("id,name,parent\n2,Bob,7\n3,Cid,1\n", {}),
    ("id,n\n2,5\n", {"max_rejects": "100%"}),
    ("id,name\n", {}),
    ("", {}),
    ("id,id\n1,2\n", {}),
    ("id,name\n2,\\N\n", {}),
    ('id\tname\n2\t"Bob\n3\tCid"\n', {}),
    ("id,name\n2,Bob\n", {"mode": "mirror"}),
    ("id,name\n2,Bob\n", {"mode": "mirror", "max_deletes": "100%"}),
    ("id,name\n1,Bob\n", {"mode": "upsert", "max_changes": "0"}),
    ("id,name\n2,Bob\n", {"min_rows": "2"}),
    ("id,name\n2,Bob\n", {"key": ["name", "nothing"]}),
    ("id,name\n2,Bob\n", {"rename": {"name": "id"}}),
]


@contextmanager
def _unheard(_: str) -> Iterator[ProgressListener]:
    yield lambda *_: None


def _run(kind: str, path: Path, target: Target, options: dict[str, Any]) -> Any:
    feed = make_feed(source=str(path), to=target.url, **{"table": "people", **options})
    ((report, error),) = reports(kind, feed, _unheard)
    return _outcome(report, error)


def _outcome(report: Report, error: CsvFerryError | None) -> Any:
    """What both must tell alike; a guard tells a plan what it would do as well."""
    if error:
        return type(error), error.exit, str(error).replace("would be", "are")
    return report.rows, report.message


@pytest.mark.one_server
@pytest.mark.parametrize("new", [False, True])
@pytest.mark.parametrize(("text", "options"), FILES)
def test_check_of_a_target_ends_as_sync_does(
    text: str, options: dict[str, Any], new: bool, target: Target, tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    path.write_text(text)
    if not new:
        target.run(PARENT, PEOPLE, *ROWS)
    checked = _run("check", path, target, options)
    assert ("people" in target.tables()) is not new
    if not new:
        assert target.rows("SELECT id, name, n, parent FROM people") == [(1, "Ann", 1, 1)]
    assert checked == _run("sync", path, target, options)
