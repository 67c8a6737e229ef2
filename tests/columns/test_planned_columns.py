"""A plan shows the columns that `--extra-columns add` would give the table, and counts by them."""

from pathlib import Path

import pytest

import csvferry
from targets import Target


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text("age,name,id,note\n5,Ann,1,x\n6,Bob,2,\n,Cid,3,\n8,Dan,4,y\n")
    return path


@pytest.mark.parametrize("mode", ["insert", "upsert"])
def test_a_plan_counts_as_the_run_does_and_shows_the_values(
    file: Path, target: Target, mode: str
) -> None:
    target.run(
        "CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(10))",
        "INSERT INTO people VALUES (1, 'Ann'), (2, 'Rob'), (3, 'Cid')",
    )
    plan = csvferry.plan(file, to=target.url, table="people", mode=mode, extra_columns="add")
    assert "would add the columns age BIGINT, note TEXT" in (plan.message or "")
    sample = plan.sample
    assert sample
    assert sample.columns[-2:] == ("age", "note")
    assert [tuple(map(_told, row)) for row in sample.inserted] == [("5", "Dan", "4", "8", "y")]
    if mode == "upsert":
        assert [tuple(map(_told, new)) for _, new in sample.updated] == [
            ("3", "Bob", "2", "6", "None"),
            ("2", "Ann", "1", "5", "x"),
        ]
        assert {old[-2:] for old, _ in sample.updated} == {(None, None)}
    assert len(target.rows("SELECT * FROM people")[0]) == 2
    done = csvferry.sync(file, to=target.url, table="people", mode=mode, extra_columns="add")
    assert plan.rows == done.rows


def test_a_plan_into_an_empty_table_shows_them_too(file: Path, target: Target) -> None:
    target.run("CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(10))")
    plan = csvferry.plan(file, to=target.url, table="people", extra_columns="add")
    assert plan.sample
    assert [tuple(map(_told, row[-2:])) for row in plan.sample.inserted] == [
        ("5", "x"),
        ("6", "None"),
        ("None", "None"),
        ("8", "y"),
    ]


def _told(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
