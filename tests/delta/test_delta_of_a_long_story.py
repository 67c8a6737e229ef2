"""Versions that change little, one after the other: what was read before keeps its place."""

from pathlib import Path

import pytest

import csvferry
from csvferry.snapshot.chunks import chunk_index as blocks
from targets import Target

ROWS = 1_000


def _lines(version: int) -> list[str]:
    """Each version changes a row, and repeats another far from it or spoils it."""
    lines = [f"k{number:04},1,value {number}" for number in range(ROWS)]
    for past in range(1, version + 1):
        lines[97 * past] += f" of version {past}"
        lines.insert(61 * past, f"k{ROWS - 53 * past:04},1,again")
        lines.insert(ROWS - 41 * past, f"k{71 * past:04},none,bad")
    return lines


@pytest.mark.one_server
@pytest.mark.parametrize("mode", ["upsert", "mirror"])
@pytest.mark.parametrize("key", ["id", "n,id"])
def test_rows_that_were_not_applied_move_no_other(
    target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, mode: str
) -> None:
    monkeypatch.setattr(blocks, "LEAST", 64)
    target.run(
        f"CREATE TABLE people (id VARCHAR(20), n INT, note VARCHAR(40), PRIMARY KEY ({key}))"
    )
    file = tmp_path / "people.csv"
    for version in range(6):
        file.write_text("id,n,note\n" + "\n".join(_lines(version)) + "\n")
        report = csvferry.sync(file, to=target.url, mode=mode)
        assert report.strategy == ("delta" if version else "direct")
        good = [line.split(",") for line in _lines(version) if ",none," not in line]
        last = {row[0]: row[2] for row in good}
        assert dict(target.rows("SELECT id, note FROM people")) == last
        assert report.rows.deleted == 0


def test_a_key_of_a_table_that_csvferry_made_is_known_again(target: Target, tmp_path: Path) -> None:
    """The server spells its type otherwise than it was asked for."""
    for name, key in (("texts", "mail"), ("numbers", "n"), ("pairs", "n,mail,born,price")):
        file = tmp_path / f"{name}.csv"
        for note in "ab":
            file.write_text(f"n,mail,born,price,note\n1,ann@x,2024-01-02,1.50,{note}\n")
            report = csvferry.sync(file, to=target.url, key=key, mode="mirror")
        assert (report.strategy, report.rows.updated) == ("delta", 1)
