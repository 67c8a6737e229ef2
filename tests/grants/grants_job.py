"""All that a run may do, as one job: new table, upsert, mirror, rejects, a run killed half-way."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from csvferry import api
from csvferry.databases.connect import open_database
from csvferry.errors import CsvFerryError
from csvferry.ledger import entries as ledger
from csvferry.model.phases import Phase
from faults.driver import Order, run


@dataclass(frozen=True)
class Account:
    """A user's name, and the address of the database as that user."""

    name: str
    url: str


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
    order = Order({"source": str(file), "to": url, "table": "people"}, file.parent, Phase.MERGED)
    if found := run(order):
        raise CsvFerryError(found["message"])
