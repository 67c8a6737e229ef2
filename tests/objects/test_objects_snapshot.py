"""A prefix of a bucket is one snapshot: Spark's and `mysqldump --tab`'s folders in the cloud."""

from pathlib import Path
from typing import Any

from csvferry.config.feed import make_feed
from csvferry.load.context import Run
from csvferry.model.report import Report
from csvferry.run.runner import attempt
from csvferry.sources.file_set import find_runs
from objects.conftest import Bucket
from targets import Target


def _sync(uri: str, target: Target, place: Path, **options: Any) -> Report:
    feed = make_feed(source=uri, to=target.url, table="people", state=f"{place}/state", **options)
    (found,) = find_runs(feed)
    report, error = attempt(Run(feed, found))
    assert error is None, report.message
    return report


def test_a_prefix_is_one_snapshot_in_mirror(bucket: Bucket, target: Target, tmp_path: Path) -> None:
    bucket.put("out/people/_SUCCESS", b"")
    bucket.put("out/people/part-0.csv", b"id,name\n1,a\n2,b\n")
    bucket.put("out/people/part-1.csv", b"id,name\n3,c\n")
    uri = f"s3://{bucket.name}/out/people/"
    first = _sync(uri, target, tmp_path, mode="mirror", max_deletes="100%")
    assert (first.rows.read, first.rows.inserted) == (3, 3)
    again = _sync(uri, target, tmp_path, mode="mirror", max_deletes="100%")
    assert again.status == "unchanged"
    bucket.put("out/people/part-1.csv", b"id,name\n4,d\n")
    other = _sync(uri, target, tmp_path, mode="mirror", max_deletes="100%")
    assert (other.rows.inserted, other.rows.deleted, other.rows.unchanged) == (1, 1, 2)
    assert target.rows("SELECT id, name FROM people ORDER BY 1") == [(1, "a"), (2, "b"), (4, "d")]


def test_a_dump_of_tab_files_is_one_snapshot(
    bucket: Bucket, target: Target, tmp_path: Path
) -> None:
    target.run("CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(20))")
    bucket.put("dump/people.sql", b"CREATE TABLE people (id INT)")
    bucket.put("dump/people1.txt", b"1\ta\\tb\n2\t\\N\n")
    bucket.put("dump/people2.txt", b"3\tC:\\\\d\n")
    uri = f"s3://{bucket.name}/dump/"
    report = _sync(uri, target, tmp_path, snapshot=True, dialect="mysql")
    assert report.rows.inserted == 3
    assert target.rows("SELECT id, name FROM people ORDER BY 1") == [
        (1, "a\tb"),
        (2, None),
        (3, "C:\\d"),
    ]
