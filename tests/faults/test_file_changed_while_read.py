"""The file is changed, cut short or deleted while it is read: read anew, or nothing is done."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from csvferry.errors import SourceChangedError
from faults.inprocess import every, sync
from faults.scenario import Scenario
from targets import Target

STEPS = ("identified", "locked", "reading", "read", "merged")


@pytest.fixture
def one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scenario:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "other"))
    return Scenario(Target("sqlite", f"sqlite:///{tmp_path}/t.db"), tmp_path, "staged", "upsert")


def _longer(file: Path) -> None:
    with file.open("a") as out:
        out.write("7000,seven thousand,1\n")


def _shorter(file: Path) -> None:
    os.truncate(file, file.stat().st_size - file.stat().st_size // 3)


def _other_bytes(file: Path) -> None:
    data = file.read_bytes()
    with file.open("r+b") as out:
        out.write(data.replace(b"new name", b"old NAME"))


def _other_file(file: Path) -> None:
    fresh = file.with_suffix(".fresh")
    fresh.write_text("id,name,amount\n7000,seven thousand,1\n")
    fresh.replace(file)


def _no_csv(file: Path) -> None:
    file.write_bytes(b"\x00\xff" * 500)


CHANGES = (_longer, _shorter, _other_bytes, _other_file)


@pytest.mark.parametrize(
    ("step", "change"),
    [("reading", change) for change in (*CHANGES, _no_csv)]
    + [("identified", _longer), ("locked", _shorter)],
)
def test_a_file_that_changes_at_each_try_is_given_up(
    one: Scenario, step: str, change: Callable[[Path], None]
) -> None:
    tries = []
    original = one.file.read_bytes()

    def act() -> None:
        tries.append(1)
        one.file.write_bytes(original + b"5000,five,%d\n" % len(tries))
        change(one.file)

    report, error = every(one.options, lambda now, *_: act() if now == step else None)
    assert report.status == "failed"
    assert isinstance(error, SourceChangedError) or change is _no_csv
    assert one.verdict() == "before"
    one.file.write_bytes(original)
    assert one.finish() == []


@pytest.mark.parametrize("change", [_shorter, _other_file])
@pytest.mark.parametrize("step", STEPS)
def test_a_file_that_changes_once_is_applied_as_it_is_then(
    one: Scenario, step: str, change: Callable[[Path], None]
) -> None:
    original = one.file.read_bytes()
    report, _ = sync(one.options, **{step: lambda: change(one.file)})
    assert report.status == "applied"
    applied = one.now()
    one.target.run(f"DELETE FROM {one.table}")
    again = {**one.options, "full": True}
    if applied == one.after:  # it was read before the change
        one.file.write_bytes(original)
    sync(again)
    assert (one.now() or {}).items() <= (applied or {}).items()


@pytest.mark.parametrize("step", STEPS)
def test_a_file_deleted_while_it_is_read_changes_nothing_or_everything(
    one: Scenario, step: str
) -> None:
    original = one.file.read_bytes()
    report, _ = sync(one.options, **{step: one.file.unlink})
    assert one.verdict() == {"failed": "before", "applied": "after"}[report.status]
    one.file.write_bytes(original)
    assert one.finish() == []


def test_raw_rejects_of_a_file_that_changed_after_it_was_read_are_its_own(one: Scenario) -> None:
    """Rejected records are fetched from the file a second time, just before the commit."""
    report, error = sync(one.options, merged=lambda: _other_file(one.file))
    assert error is None
    raw = one.target.rows(f"SELECT raw FROM csvferry_rejects WHERE run = '{report.run}'")
    assert raw == []  # the new file, tried anew, has none


def test_a_packed_file_cut_off_is_refused(one: Scenario) -> None:
    import gzip

    packed = one.file.with_suffix(".csv.gz")
    data = gzip.compress(one.file.read_bytes())
    packed.write_bytes(data[: len(data) // 2])
    report, error = sync({**one.options, "source": str(packed)})
    assert report.status == "failed"
    assert "cut off or damaged" in str(error)
    assert one.verdict() == "before"
