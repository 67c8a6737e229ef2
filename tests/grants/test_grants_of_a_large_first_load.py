"""A first load that could go through a shadow table: without the rights it takes one connection."""

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

import pytest
from grants_job import Account

from csvferry.commands.grants import Grant, needs
from csvferry.config.feed import make_feed
from csvferry.model.phases import Controls, Phase
from csvferry.run.runner import Run, go
from csvferry.sources.source import find
from targets import Target

MORE = ("ALTER", "LOCK TABLES", "TRIGGER")
ALL = [*needs([]), Grant(MORE)]
Making = Callable[..., Account]


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("csvferry.load.strategy"), "PARALLEL_ROWS", 1)


@pytest.fixture
def table(server_target: Target) -> Target:
    server_target.run("CREATE TABLE people (id BIGINT PRIMARY KEY, email VARCHAR(100))")
    return server_target


def swaps(user: Account, target: Target, folder: Path) -> bool:
    """Whether the load went through a shadow table; either way it was done, and nothing is left."""
    file = folder / "people.csv"
    file.write_text("id,email\n" + "".join(f"{n},{n}@x\n" for n in range(500)))
    seen = []
    feed = make_feed(source=str(file), to=user.url, table="people")
    run = Run(feed, find(feed.source)[0], controls=Controls(fault=seen.append))
    report = go(run)
    assert (report.status, report.strategy, report.rows.inserted) == ("applied", "direct", 500)
    assert target.rows("SELECT COUNT(*), SUM(id) FROM people") == [(500, 499 * 250)]
    assert not [name for name in target.tables() if name.startswith("csvferry_stage_")]
    assert target.rows("SELECT status FROM csvferry_runs") == [("applied",)]
    return Phase.SWAPPED in seen


def test_with_all_of_them_it_goes_through_a_shadow_table(
    account: Making, table: Target, tmp_path: Path
) -> None:
    assert swaps(account(ALL), table, tmp_path)


@pytest.mark.parametrize("less", MORE)
def test_without_one_of_them_it_takes_one_connection(
    account: Making, table: Target, tmp_path: Path, less: str
) -> None:
    assert not swaps(account(ALL, Grant((less,))), table, tmp_path)


@pytest.mark.parametrize("grants", [needs([]), needs(["people"])], ids=["database", "table"])
def test_with_the_least_grants_it_takes_one_connection(
    account: Making, table: Target, tmp_path: Path, grants: Sequence[Grant]
) -> None:
    assert not swaps(account(grants), table, tmp_path)
