"""Beside many versions of a file, or many feeds, work grows with their number, not its square.

Twice the growth is twice the work, with a tenth for chance; by the square it would be four times.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

import csvferry
from csvferry.aws.feeds import read_feeds
from csvferry.databases.base import Database
from csvferry.databases.connect import open_database
from csvferry.ledger import entries
from csvferry.ledger.tables import COLUMNS
from csvferry.model.names import RUNS
from targets import Target
from work import work_of

FEW, TWICE, MANY = 100, 200, 400
LINEAR = 2.2


def growth(work: dict[int, int]) -> float:
    """The work for 200 more, in that for 100 more: what is done in any case is in neither."""
    return (work[MANY] - work[TWICE]) / (work[TWICE] - work[FEW])


@pytest.fixture
def ledger(target: Target, tmp_path: Path) -> Iterator[Database]:
    """A ledger in which a feed has applied a file once."""
    file = tmp_path / "people.csv"
    file.write_text("id\n1\n")
    csvferry.sync(str(file), to=target.url)
    with closing(open_database(target.url)) as database:
        yield database


def add_versions(ledger: Database, start: int, stop: int) -> None:
    """Entries like the one that is there, each of a version of its own."""
    columns = [name for name in COLUMNS[RUNS] if name != "position"]
    for number in range(start, stop):
        own = {"run": f"'{number:026x}'", "version": f"'{number:064x}'"}
        made = ", ".join(own.get(name, name) for name in columns)
        ledger.execute(
            f"INSERT INTO {RUNS} ({', '.join(columns)})"
            f" SELECT {made} FROM {RUNS} ORDER BY position LIMIT 1"
        )


LOOK_UPS: dict[str, Callable[[Database, str, str], int]] = {
    "of one source": lambda database, feed, uri: len(
        entries.applied_sources(database, feed, uri)[uri].versions
    ),
    "of all sources": lambda database, feed, uri: len(
        entries.applied_sources(database, feed)[uri].versions
    ),
    "of the last entry": lambda database, feed, uri: len(entries.last(database, feed, uri)[1]),
}


@pytest.mark.parametrize("look_up", LOOK_UPS)
def test_a_look_up_beside_many_versions(ledger: Database, look_up: str) -> None:
    ((feed, uri),) = ledger.query(f"SELECT feed, source FROM {RUNS}")
    work, there = {}, 1
    for number in (FEW, TWICE, MANY):
        add_versions(ledger, there, number)
        there = number
        assert LOOK_UPS[look_up](ledger, feed, uri) == number
        work[number] = work_of(lambda: LOOK_UPS[look_up](ledger, feed, uri))
    assert growth(work) < LINEAR


def test_names_of_many_feeds() -> None:
    work = {}
    for number in (FEW, TWICE, MANY):
        text = json.dumps(
            [{"name": f"feed-{n}", "source": f"s3://bucket/{n}/"} for n in range(number)]
        )
        assert len(read_feeds(text)) == number
        work[number] = work_of(lambda: read_feeds(text))  # noqa: B023  # called at once
    assert growth(work) < LINEAR
