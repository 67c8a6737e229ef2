"""A run that made a table and died leaves it empty: `sync` makes it anew, `plan` lets it be."""

from contextlib import closing
from pathlib import Path

import csvferry
from csvferry.databases.connect import open_database
from csvferry.ledger.entries import new_run
from csvferry.model.schema import Column, Kind, Table, Type
from targets import Target


def _died(target: Target) -> None:
    table = Table("people", (Column("other", Type(Kind.INTEGER, "BIGINT", bits=64)),))
    with closing(open_database(target.url)) as database:
        database.catalog.create(table, new_run())


def test_plan_lets_it_be_and_sync_makes_it_anew(target: Target, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("id,name\n1,Ann\n2,Bo\n")
    _died(target)
    planned = csvferry.plan(file, to=target.url)
    assert planned.rows.inserted == 2
    assert target.rows("SELECT other FROM people") == []
    assert csvferry.sync(file, to=target.url).rows == planned.rows
    assert target.rows("SELECT id, name FROM people ORDER BY id") == [(1, "Ann"), (2, "Bo")]


def test_one_that_somebody_filled_since_is_a_table_like_any_other(
    target: Target, tmp_path: Path
) -> None:
    file = tmp_path / "people.csv"
    file.write_text("other\n1\n2\n")
    _died(target)
    target.run("INSERT INTO people VALUES (1)")
    assert csvferry.plan(file, to=target.url, key="other").rows.inserted == 1
    assert target.rows("SELECT other FROM people") == [(1,)]
