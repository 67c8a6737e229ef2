"""What a database keeps of the promises is in the report."""

from pathlib import Path

import csvferry
from targets import Target


def test_each_promise_is_kept(target: Target, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("id\n1\n")
    first, again = (csvferry.sync(file, to=target.url) for _ in range(2))
    assert set(first.to_dict()["guarantees"].values()) == {"kept"}
    assert "one_run_at_a_time" in first.to_dict()["guarantees"]
    assert again.to_dict()["guarantees"] == first.to_dict()["guarantees"]


def test_without_a_database_nobody_was_asked(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("id\n1\n")
    assert csvferry.check(file).to_dict()["guarantees"] is None
