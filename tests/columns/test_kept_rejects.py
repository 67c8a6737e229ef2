"""What is kept of rejected rows, and for how long."""

from pathlib import Path

from csvferry.config.feed import Feed, make_feed
from csvferry.load.context import Run
from csvferry.run.runner import attempt
from csvferry.sources.source import find
from targets import Target


def _feed(target: Target, path: Path, **options: object) -> Feed:
    given = {"table": "people", "mode": "upsert", "max_rejects": "100%", **options}
    return make_feed(source=str(path), to=target.url, **given)


def _sync(feed: Feed) -> str:
    (found,) = find(feed.source)
    report, error = attempt(Run(feed, found))
    assert error is None
    return report.run


def test_rejects_are_kept_without_the_raw_row(target: Target, tmp_path: Path) -> None:
    target.run("CREATE TABLE people (id INT PRIMARY KEY)")
    path = tmp_path / "people.csv"
    path.write_text("id\n1\nx\n2,3\n")
    _sync(_feed(target, path, keep_raw=False))
    found = target.rows("SELECT line, code, raw FROM csvferry_rejects ORDER BY 1")
    assert found == [(3, "bad_type", None), (4, "too_many_columns", None)]


def test_older_rejects_of_the_feed_go_with_its_next_run(target: Target, tmp_path: Path) -> None:
    target.run("CREATE TABLE people (id INT PRIMARY KEY)")
    path, other = tmp_path / "people.csv", tmp_path / "other.csv"
    for file in (path, other):
        file.write_text("id\n1\nx\n")
    feed = _feed(target, path, keep_rejects="30d")
    runs = [_sync(feed), _sync(_feed(target, other))]
    for run in runs:  # as if both were of another year
        old = "2020" + run[4:]
        target.run(
            f"UPDATE csvferry_rejects SET run = '{old}' WHERE run = '{run}'",
            f"UPDATE csvferry_runs SET run = '{old}' WHERE run = '{run}'",
        )
    path.write_text("id\n1\ny\n")
    last = _sync(feed)
    left = {str(run) for (run,) in target.rows("SELECT run FROM csvferry_rejects")}
    assert left == {"2020" + runs[1][4:], last}
