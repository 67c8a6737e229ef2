"""Runs in a sharded keyspace: all shards or none, exact counts, and refusals before anything."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import csvferry
from cli.shell import Shell
from csvferry.errors import CsvFerryError, TargetError
from vitess.sharded import Sharded, emptied_shards

ROWS = 60_000  # more than one statement of a merge writes, and 10,000 on each of some shards
TABLE = "CREATE TABLE people (id BIGINT PRIMARY KEY, name VARCHAR(20), n INT)"


@pytest.fixture
def shards() -> Iterator[Sharded]:
    with emptied_shards() as keyspace:
        yield keyspace


def _file(folder: Path, rows: range, suffix: str = "") -> Path:
    file = folder / "people.csv"
    file.write_text("id,name,n\n" + "".join(f"{n},name {n}{suffix},{n % 7}\n" for n in rows))
    return file


def _sum(shards: Sharded) -> tuple[object, ...]:
    return shards.rows("SELECT COUNT(*), MIN(id), MAX(id) FROM people")[0]


def test_many_rows_come_change_and_go(shards: Sharded, tmp_path: Path) -> None:
    def sync(rows: range, suffix: str) -> tuple[int, ...]:
        file = _file(tmp_path, rows, suffix)
        report = csvferry.sync(file, to=shards.url, mode="mirror", max_deletes="100%")
        found = report.rows
        return found.inserted, found.updated, found.deleted, found.unchanged

    shards.run(TABLE)
    half = ROWS // 2
    assert sync(range(-half, half), "") == (ROWS, 0, 0, 0)
    assert sync(range(-half, half), "x") == (0, ROWS, 0, 0)
    assert shards.rows("SELECT COUNT(*) FROM people WHERE name LIKE '%x'") == [(ROWS,)]
    assert sync(range(half), "x") == (0, 0, half, half)
    assert _sum(shards) == (half, 0, half - 1)
    parts = [len(shards.on(shard, "SELECT id FROM people LIMIT 10")) for shard in shards.shards()]
    assert parts == [10] * len(parts)  # none lies empty
    by_key = shards.rows("SELECT id FROM people WHERE id IN (1, 2, 3, 4, 5, 6)")
    assert sorted(by_key) == [(n,) for n in range(1, 7)]  # each where the gate looks for it


def test_the_report_names_the_promises_that_shards_lessen(shards: Sharded, tmp_path: Path) -> None:
    shards.run(TABLE)
    found = csvferry.sync(_file(tmp_path, range(9)), to=shards.url).guarantees or {}
    lessened = {name for name, words in found.items() if words != "kept"}
    assert lessened == {"every_row_accounted", "all_or_nothing"}


@pytest.mark.parametrize("kind", ["hash", "xxhash"])
def test_a_key_lies_where_the_gate_looks_however_the_file_writes_it(
    kind: str, shards: Sharded, tmp_path: Path
) -> None:
    place = f"ALTER VSCHEMA ON {shards.name}.numbers ADD VINDEX csvferry_{kind}(n) USING {kind}"
    shards.run("CREATE TABLE numbers (v INT, n bigint PRIMARY KEY)", place)
    file = tmp_path / "numbers.csv"
    keys = [*range(-20, 20), 2**63 - 1, -(2**63)]
    written = [f"{n:+}" if n % 3 == 1 else f"{n:05}" if n % 3 else f"{n}" for n in keys]
    file.write_text("n,v\n" + "".join(f"{n},1\n" for n in written))
    report = csvferry.sync(file, to=shards.url, mode="upsert", key="n", max_rejects="0")
    assert report.rows.inserted == len(keys)
    for key in keys:
        assert shards.rows(f"SELECT n FROM numbers WHERE n = {key}") == [(key,)]


def test_drift_over_shards_is_found_and_repaired(
    shards: Sharded, tmp_path: Path, shell: Shell
) -> None:
    shards.run(TABLE)
    words = (str(_file(tmp_path, range(12_000))), "--to", shards.url, "--mode", "mirror")

    def found(command: str, *options: str, status: int) -> tuple[int, ...]:
        done = shell.run(command, *words, *options, "--json")
        assert done.status == status, done.err
        rows = json.loads(done.out)["rows"]
        return rows["inserted"], rows["updated"], rows["deleted"]

    assert found("sync", status=0) == (12_000, 0, 0)
    assert found("verify", status=0) == (0, 0, 0)
    shards.run(
        "UPDATE people SET name = 'drifted' WHERE id < 4000",
        "DELETE FROM people WHERE id BETWEEN 5000 AND 5099",
        "INSERT INTO people (id, name, n) VALUES (-1, 'a', 1), (-2, 'b', 1), (-3, 'c', 1)",
    )
    assert found("verify", status=1) == (100, 4000, 3)
    assert found("verify", "--repair", status=0) == (100, 4000, 3)
    assert found("verify", status=0) == (0, 0, 0)


def test_plan_tells_it_and_leaves_nothing(shards: Sharded, tmp_path: Path) -> None:
    shards.run(TABLE, "INSERT INTO people (id, name, n) VALUES (1, 'a', 1), (4, 'b', 1)")
    plan = csvferry.plan(_file(tmp_path, range(6)), to=shards.url, mode="upsert")
    assert (plan.rows.inserted, plan.rows.updated) == (4, 2)
    assert sorted(shards.rows("SELECT id, name FROM people")) == [(1, "a"), (4, "b")]
    assert shards.tables() == {"people"}


def test_a_row_that_one_shard_refuses_leaves_no_trace_on_the_others(
    shards: Sharded, tmp_path: Path
) -> None:
    """Another writer holds a row of the last shard, so that all that came before is undone."""
    shards.run(TABLE)
    csvferry.sync(_file(tmp_path, range(100)), to=shards.url, mode="upsert")
    (held,) = shards.on(shards.shards()[-1], "SELECT id FROM people ORDER BY id LIMIT 1")[0]
    with closing(shards.connect()) as other:
        other.begin()
        other.cursor().execute(f"UPDATE people SET n = 99 WHERE id = {held}")
        with pytest.raises(CsvFerryError, match="1205"):
            csvferry.sync(_file(tmp_path, range(100), "x"), to=shards.url, mode="upsert")
        assert shards.rows("SELECT COUNT(*) FROM people WHERE name LIKE '%x'") == [(0,)]
        other.rollback()
    report = csvferry.sync(_file(tmp_path, range(100), "x"), to=shards.url, mode="upsert")
    assert report.rows.updated == 100
    assert len(shards.rows("SELECT run FROM csvferry_runs")) == 2


# What is refused: the statements that make the table, options, words of the refusal.
KEY = "id BIGINT PRIMARY KEY"
REFUSED = [
    ([], {}, "no table people, and csvferry makes none in a sharded keyspace"),
    (["CREATE TABLE people (id VARCHAR(9) PRIMARY KEY, v INT)"], {}, "no vindex of the sharded"),
    ([f"CREATE TABLE people ({KEY}, v INT UNIQUE)"], {}, "further unique key"),
    (["CREATE TABLE people (id BIGINT AUTO_INCREMENT PRIMARY KEY, v INT)"], {}, "AUTO_INCREMENT"),
    (
        [f"CREATE TABLE p ({KEY})", f"CREATE TABLE people ({KEY}, v BIGINT REFERENCES p (id))"],
        {},
        "foreign keys",
    ),
    ([f"CREATE TABLE people ({KEY}, v INT)"], {"key": "v"}, "by id, which --key lacks"),
    ([f"CREATE TABLE people ({KEY}, v INT)"], {"unique": "v"}, "--unique"),
    (
        [
            "CREATE TABLE people (id VARCHAR(9) PRIMARY KEY, v INT)",
            "ALTER VSCHEMA ON {keyspace}.people ADD VINDEX csvferry_bytes(id) USING xxhash",
        ],
        {},
        "by xxhash, which may take two keys that are equal for different ones",
    ),
]


@pytest.mark.parametrize(("statements", "options", "says"), REFUSED)
def test_what_shards_would_not_keep_is_refused_before_anything_is_made(
    statements: list[str],
    options: dict[str, str],
    says: str,
    shards: Sharded,
    tmp_path: Path,
) -> None:
    shards.run(*(statement.format(keyspace=shards.name) for statement in statements))
    before = shards.tables()
    file = tmp_path / "people.csv"
    file.write_text("id,v\n1,1\n2,2\n")
    for run in (csvferry.sync, csvferry.plan):
        with pytest.raises(TargetError, match=says):
            run(file, to=shards.url, mode="upsert", **options)
    assert shards.tables() == before
    assert shards.ledger is not None
    assert shards.ledger.tables() == set()


def test_small_files_are_merged_together(shards: Sharded, tmp_path: Path, shell: Shell) -> None:
    shards.run(TABLE, "INSERT INTO people (id, name, n) VALUES (1, 'a', 1)")
    folder = tmp_path / "files"
    folder.mkdir()
    for number in range(5):
        (folder / f"{number}.csv").write_text(f"id,name,n\n{number + 10},b,2\n{number + 20},c,3\n")
    words = (f"{folder}/", "--to", shards.url, "--table", "people", "--mode", "upsert", "--json")
    done = shell.run("sync", *words)
    assert done.status == 0, done.err
    assert shards.rows("SELECT COUNT(*) FROM people") == [(11,)]
    assert shards.rows("SELECT COUNT(*), SUM(rows_inserted) FROM csvferry_runs") == [(5, 10)]
    assert shards.tables() == {"people"}
