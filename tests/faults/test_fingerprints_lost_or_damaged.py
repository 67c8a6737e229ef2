"""What is remembered of the last version is lost, damaged or stale: slower, never wrong."""

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from faults.scenario import Scenario
from targets import Target


@pytest.fixture(params=["upsert", "mirror"])
def one(request: pytest.FixtureRequest, tmp_path: Path) -> Scenario:
    target = Target("sqlite", f"sqlite:///{tmp_path}/target.db")
    return Scenario(target, tmp_path / "one", "delta", request.param)


def _manifest(state: Path) -> Path:
    (found,) = state.glob("*.json")
    return found


def _parts(state: Path) -> list[Path]:
    return sorted(state.glob("*/*"))


def _lose_everything(state: Path) -> None:
    shutil.rmtree(state)


def _lose_a_part(state: Path) -> None:
    _parts(state)[-1].unlink()


def _cut_off(state: Path) -> None:
    for part in _parts(state):
        part.write_bytes(part.read_bytes()[: part.stat().st_size // 2])


def _empty(state: Path) -> None:
    for part in _parts(state):
        part.write_bytes(b"")


def _noise(state: Path) -> None:
    for part in _parts(state):
        part.write_bytes(random.Random(1).randbytes(part.stat().st_size))


def _bits_turned(state: Path) -> None:
    """Sound Parquet of which only the values are not what was written."""
    for part in _parts(state):
        data = bytearray(part.read_bytes())
        for at in range(8, len(data) * 3 // 4, 97):
            data[at] ^= 1
        part.write_bytes(bytes(data))


def _other_keys(state: Path) -> None:
    """Fingerprints of other keys, by which a row of equal key would be overlooked."""
    for part in state.glob("*/*.sealed"):
        data = bytearray(part.read_bytes())
        data[len(data) // 2] ^= 1
        part.write_bytes(bytes(data))


def _other_chunks(state: Path) -> None:
    """Chunks that would be taken for known, though other rows stand in them."""
    for part in state.glob("*/*-chunks"):
        data = bytearray(part.read_bytes())
        data[:16] = bytes(reversed(data[:16]))
        part.write_bytes(bytes(data))


def _another_table(state: Path) -> None:
    for part in _parts(state):
        part.unlink()
        duckdb.sql("SELECT 1 AS elsewhere").write_parquet(str(part))


def _no_json(state: Path) -> None:
    _manifest(state).write_text('{"run": ')


def _null(state: Path) -> None:
    _manifest(state).write_text("null")


def _of_other_types(state: Path) -> None:
    found = json.loads(_manifest(state).read_text())
    found |= {"parts": None, "versions": [1], "shape": 3}
    _manifest(state).write_text(json.dumps(found))


def _parts_elsewhere(state: Path) -> None:
    found = json.loads(_manifest(state).read_text())
    found["parts"] = dict.fromkeys(found["parts"], "../../people.csv")
    _manifest(state).write_text(json.dumps(found))


def _of_another_run(state: Path) -> None:
    found = json.loads(_manifest(state).read_text())
    _manifest(state).write_text(json.dumps({**found, "run": "20200101000000aaaaaaaaaaaa"}))


def _a_folder_in_the_way(state: Path) -> None:
    manifest = _manifest(state)
    manifest.unlink()
    manifest.mkdir()


def _unwritable(state: Path) -> None:
    shutil.rmtree(state)
    state.write_text("not a folder")


DAMAGES = (
    _lose_everything,
    _lose_a_part,
    _cut_off,
    _empty,
    _noise,
    _bits_turned,
    _other_chunks,
    _other_keys,
    _another_table,
    _no_json,
    _null,
    _of_other_types,
    _parts_elsewhere,
    _of_another_run,
    _a_folder_in_the_way,
    _unwritable,
)


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_costs_time_and_nothing_else(one: Scenario, damage: Callable[[Path], None]) -> None:
    damage(one.folder / "state" / "csvferry")
    report = one.sync()
    assert (report["status"], report["strategy"]) == ("applied", "staged")
    assert one.faults() == []


def test_a_manifest_that_names_other_files_removes_none_of_them(one: Scenario) -> None:
    state = one.folder / "state" / "csvferry"
    others = one.folder / "others.csv"
    others.write_text("somebody's")
    found = json.loads(_manifest(state).read_text())
    found["parts"] = dict.fromkeys(found["parts"], "../../../others.csv")
    _manifest(state).write_text(json.dumps(found))
    assert one.sync()["status"] == "applied"
    assert others.read_text() == "somebody's"


def test_sound_fingerprints_are_used(one: Scenario) -> None:
    assert one.sync()["strategy"] == "delta"
    assert one.faults() == []


def test_the_memory_of_another_feed_is_not_taken(one: Scenario) -> None:
    other = Scenario(one.target, one.folder.parent / "other", "delta", one.mode, "others")
    ours, theirs = (scenario.folder / "state" / "csvferry" for scenario in (one, other))
    _manifest(ours).write_bytes(_manifest(theirs).read_bytes())
    shutil.copytree(next(theirs.glob("*/")), next(ours.glob("*/")), dirs_exist_ok=True)
    assert one.sync()["strategy"] == "staged"
    assert one.faults() == []


def test_the_memory_of_an_older_version_is_not_taken(one: Scenario) -> None:
    state = one.folder / "state"
    shutil.copytree(state, one.folder / "older")
    second = one.file.read_bytes()
    one.file.write_text("id,name,amount\n" + "".join(f"{n},between,{n}\n" for n in range(400)))
    assert one.sync()["status"] == "applied"
    shutil.rmtree(state)
    shutil.copytree(one.folder / "older", state)
    one.file.write_bytes(second)
    assert one.sync()["strategy"] == "staged"
    now, after = one.now() or {}, one.after or {}
    assert now.keys() == after.keys()
    told_by_the_file = {n for n in after if n != 11 and n % 40 != 7}
    assert {n: now[n] for n in told_by_the_file} == {n: after[n] for n in told_by_the_file}


def test_a_row_that_somebody_deleted_and_the_file_lost_too(one: Scenario) -> None:
    """The fingerprints still have it: there is nothing left to delete."""
    one.target.run(f"DELETE FROM {one.table} WHERE id = 47")
    assert one.sync()["status"] == "applied"
    assert {key: row for key, row in (one.after or {}).items() if key != 47} == one.now()
