"""Files that are applied together are in the table and in the ledger together, or none of them."""

from dataclasses import replace
from pathlib import Path

import pytest

from csvferry.config.feed import make_feed
from csvferry.load.context import Run
from csvferry.model.phases import Controls, Phase
from csvferry.run.batches.sequence import follow, over_one_connection
from csvferry.sources.source import LocalFile
from csvferry.sources.source_object import SourceObject
from targets import Target


class _KilledError(BaseException):
    """What ends a process at a point."""


def _files(folder: Path, number: int) -> list[LocalFile]:
    for n in range(number):
        (folder / f"{n}.csv").write_text(f"id,name\n{n},a\n{n + 100},b\n")
    return [LocalFile(folder / f"{n}.csv") for n in range(number)]


@pytest.mark.parametrize("point", [Phase.STAGED, Phase.MERGED, Phase.RECORDED])
def test_a_killed_batch_leaves_nothing_and_comes_whole(
    target: Target, tmp_path: Path, point: Phase
) -> None:
    feed = make_feed(source=f"{tmp_path}/*.csv", to=target.url, table="people")
    files = _files(tmp_path, 5)

    def kill(phase: Phase) -> None:
        if phase is point and "people" in target.tables() and target.rows("SELECT 1 FROM people"):
            raise _KilledError

    with over_one_connection(feed) as make:

        def killed(source: SourceObject) -> Run:
            return replace(make(source), controls=Controls(fault=kill))

        assert next(follow(files[:1], make))[0].status == "applied"
        with pytest.raises(_KilledError):
            list(follow(files, killed))
    assert target.rows("SELECT COUNT(*) FROM people") == [(2,)]
    assert target.rows("SELECT COUNT(*) FROM csvferry_runs") == [(1,)]
    with over_one_connection(feed) as make:
        found = [report.status for report, _ in follow(files, make)]
    assert found == ["unchanged", *["applied"] * 4]
    assert target.rows("SELECT COUNT(*) FROM people") == [(10,)]
    assert target.rows("SELECT COUNT(DISTINCT source) FROM csvferry_runs") == [(5,)]


def test_a_file_that_a_guard_stops_is_stopped_alone(target: Target, tmp_path: Path) -> None:
    feed = make_feed(source=f"{tmp_path}/*.csv", to=target.url, table="people", max_rejects="0")
    files = _files(tmp_path, 6)
    target.run("CREATE TABLE people (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(9))")
    (tmp_path / "3.csv").write_text("id,name\nthree,a\n")
    with over_one_connection(feed) as make:
        found = [report.status for report, _ in follow(files, make)]
    assert found == ["applied", "applied", "applied", "guarded", "applied", "applied"]
    assert target.rows("SELECT COUNT(*) FROM people") == [(10,)]
    assert target.rows("SELECT COUNT(*) FROM csvferry_runs") == [(5,)]
