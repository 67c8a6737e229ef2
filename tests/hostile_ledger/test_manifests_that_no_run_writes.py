"""A manifest of whatever form costs the run a comparison with the table, and nothing else."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import csvferry
from csvferry.snapshot.manifest import LARGEST
from csvferry.snapshot.store import open_state
from targets import Target

OPTIONS: dict[str, Any] = {"table": "people", "mode": "upsert"}
Damage = Callable[[dict[str, Any]], object]


def _with(**fields: object) -> Damage:
    return lambda manifest: {**manifest, **fields}


DAMAGES: dict[str, Damage] = {
    "no JSON": lambda _: "{",
    "no object": lambda _: [1],
    "nested without end": lambda _: "[" * 100_000,
    "another format": _with(format=99),
    "a run that is none": _with(run="x' OR '1'='1"),
    "a part that leads elsewhere": _with(parts={"rows": "../../etc/passwd", "blocks": "b"}),
    "a part of no such kind": _with(parts={"more": "a.parquet"}),
    "a digest that is none": _with(digests={"rows": "\x1b[31m"}),
    "a cut that is none": _with(cut="1:zz"),
    "parts of no text": _with(parts={"rows": 7}),
    "a file too large": lambda manifest: {**manifest, "more": " " * LARGEST},
}


def _manifest(folder: Path) -> Path:
    (found,) = (folder / "state" / "csvferry").glob("*.json")
    return found


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_the_run_compares_with_the_table(
    damage: Damage, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    target = Target("sqlite", f"sqlite:///{tmp_path}/target.db")
    file = tmp_path / "people.csv"
    file.write_text("id,name\n1,Ann\n2,Bob\n")
    csvferry.sync(file, to=target.url, **OPTIONS)
    path = _manifest(tmp_path)
    damaged = damage(json.loads(path.read_text()))
    path.write_text(damaged if isinstance(damaged, str) else json.dumps(damaged))
    assert open_state(None).remembered(path.stem) is None
    file.write_text("id,name\n1,Ann\n2,Bea\n")
    report = csvferry.sync(file, to=target.url, **OPTIONS)
    assert (report.status, report.rows.updated) == ("applied", 1)
    assert target.rows("SELECT id, name FROM people ORDER BY id") == [(1, "Ann"), (2, "Bea")]
    assert all(record.getMessage().isprintable() for record in caplog.records)


def test_a_manifest_as_a_run_writes_it_is_read(tmp_path: Path) -> None:
    """So that what is refused above is refused for its form."""
    target = Target("sqlite", f"sqlite:///{tmp_path}/target.db")
    file = tmp_path / "people.csv"
    file.write_text("id,name\n1,Ann\n2,Bob\n")
    csvferry.sync(file, to=target.url, **OPTIONS)
    state = open_state(None)
    assert state.remembered(_manifest(tmp_path).stem) is not None
    file.write_text("id,name\n1,Ann\n2,Bea\n")
    assert csvferry.sync(file, to=target.url, **OPTIONS).strategy == "delta"
