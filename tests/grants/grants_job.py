"""All that a run may do, as one job: new table, upsert, mirror, rejects, a run killed half-way."""

import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from csvferry import api
from csvferry.databases.connect import open_database
from csvferry.errors import CsvFerryError
from csvferry.ledger import entries as ledger


@dataclass(frozen=True)
class Account:
    """A user's name, and the address of the database as that user."""

    name: str
    url: str


_KILLED = """
import os, sys
from csvferry.config.feed import make_feed
from csvferry.sources.source import find
from csvferry.model.phases import Controls, Phase
from csvferry.run.runner import Run, go
feed = make_feed(source=sys.argv[1], to=sys.argv[2], table="people")
def die(step, done, total):
    if step is Phase.MERGED:
        os._exit(9)
go(Run(feed, find(feed.source)[0], controls=Controls(progress=die)))
"""


def do_job(url: str, folder: Path, *, new: bool = True) -> list[tuple[Any, ...]]:
    """The whole of it; the table's rows at the end. Raises CsvFerryError for a missing right."""
    file = folder / "people.csv"
    file.write_text("id,email\n1,a@x\n2,b@x\n")
    if new:
        _be_killed(file, url)
    api.sync(str(file), to=url, table="people")
    file.write_text("id,email\n1,a@x\n2,B@x\n3,c@x\nfour,d@x\n")
    api.sync(str(file), to=url, table="people", mode="upsert", max_rejects="50%")
    api.plan(str(file), to=url, table="people", mode="mirror", max_rejects="50%")
    file.write_text("id,email\n2,B@x\n3,c@x\n")
    api.sync(str(file), to=url, table="people", mode="mirror", max_deletes="50%")
    with closing(open_database(url)) as database:
        entry = ledger.latest_with_rejects(database, None)
        assert entry
        assert [row[1] for row in ledger.rejects(database, entry.run)] == [5]
        assert len(ledger.history(database, 9)) == 3
        return database.query("SELECT id, email FROM people ORDER BY id")


def _be_killed(file: Path, url: str) -> None:
    """A run that ends just before its commit; one that is refused ends otherwise."""
    command = [sys.executable, "-c", _KILLED, str(file), url]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 9:
        raise CsvFerryError(done.stderr[-300:])
