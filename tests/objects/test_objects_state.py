"""What is remembered in a bucket is only a short cut: without it a run is slower, and right."""

from pathlib import Path
from typing import Any

import pytest

import csvferry
from aws.stormy import Trouble, answering, cutting
from csvferry.errors import GuardError
from csvferry.snapshot.stopped_run import recall_all
from csvferry.snapshot.store import open_state
from csvferry.sources.cloud import prefix_store as folder
from csvferry.sources.cloud import ranges
from objects.conftest import Bucket


def people(rows: int) -> bytes:
    return b"id,name\n" + b"".join(b"%d,name %d\n" % (n, n) for n in range(rows))


def sync(bucket: Bucket, tmp_path: Path, rows: int) -> csvferry.Report:
    return csvferry.sync(
        bucket.put("in/people.csv", people(rows)),
        to=f"sqlite:///{tmp_path}/state.db",
        table="people",
        key="id",
        state=f"s3://{bucket.name}/memory/",
    )


def on_parts(bucket: Bucket, trouble: Trouble) -> Trouble:
    """The trouble, for the parts alone that the manifest names."""

    def answer(handler: Any) -> bool:
        bucket.storm.strike("GET", answer)
        there = "/memory/" in handler.path and ".json" not in handler.path
        return trouble(handler) if there else False

    return answer


def test_rejects_of_a_stopped_run_lie_in_the_bucket_until_a_run_is_applied(
    bucket: Bucket, tmp_path: Path
) -> None:
    options: dict[str, Any] = {
        "to": f"sqlite:///{tmp_path}/state.db",
        "table": "people",
        "key": "id",
        "state": f"s3://{bucket.name}/memory/",
    }
    source = bucket.put("in/people.csv", b"id,name\n1,Ann,x\n")
    with pytest.raises(GuardError):
        csvferry.sync(source, **options)
    (stopped,) = recall_all(open_state(options["state"]))
    assert [reject.raw for reject in stopped.rejects] == [b"1,Ann,x"]
    bucket.put("in/people.csv", b"id,name\n1,Ann\n")
    csvferry.sync(source, **options)
    assert recall_all(open_state(options["state"])) == []


def test_it_saves_the_work(bucket: Bucket, tmp_path: Path) -> None:
    assert sync(bucket, tmp_path, 50).strategy == "direct"
    assert sync(bucket, tmp_path, 51).strategy == "delta"


@pytest.mark.parametrize(
    "trouble",
    [answering(403, "AccessDenied", "No."), answering(404, "NoSuchKey", "No."), cutting(0)],
    ids=["denied", "gone", "cut off"],
)
def test_parts_that_cannot_be_had_cost_only_time(
    bucket: Bucket, tmp_path: Path, trouble: Trouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranges, "pause", lambda _: None)
    sync(bucket, tmp_path, 50)
    bucket.storm.strike("GET", on_parts(bucket, trouble))
    report = sync(bucket, tmp_path, 51)
    assert (report.strategy, report.rows.inserted) == ("staged", 1)


def test_parts_without_room_in_scratch_space_cost_only_time(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync(bucket, tmp_path, 50)
    monkeypatch.setattr(folder, "room", lambda _: 10)
    report = sync(bucket, tmp_path, 51)
    assert (report.strategy, report.rows.inserted) == ("staged", 1)
