"""What the database's own ledger says of a feed's objects, in one query for each of its tables."""

from collections.abc import Mapping, Sequence

from csvferry.aws.runs.listing import Found
from csvferry.config.feed import Feed
from csvferry.databases.base import Database
from csvferry.ledger import entries as ledger
from csvferry.load.context import Run
from csvferry.load.strategy import Applied
from csvferry.run.runner import emptied


def confirmed(database: Database, feed: Feed, found: Sequence[Found]) -> Mapping[str, Applied]:
    """How the version of each object that was applied stands, by the object's address.

    Not those of a table that is gone or has no rows any more; none while a run that was killed
    has left something behind, which the next run puts in order.
    """
    if database.loader.left_over():
        return {}
    told: dict[str, Applied] = {}
    for feed_id, (table, mine) in _by_table(feed, found).items():
        sources = ledger.applied_sources(database, feed_id)
        whole = not _emptied(database, feed_id, table)
        for one in mine:
            applied = sources.get(one.source.uri)
            if applied is None or one.version not in applied.versions:
                continue
            if applied.versions[-1] != one.version:
                told[one.source.uri] = Applied.SUPERSEDED
            elif whole and not applied.gone:
                told[one.source.uri] = Applied.YES
    return told


def _by_table(feed: Feed, found: Sequence[Found]) -> dict[str, tuple[str, list[Found]]]:
    tables: dict[str, tuple[str, list[Found]]] = {}
    for one in found:
        run = Run(feed, one.source)
        tables.setdefault(run.feed_id, (run.table, []))[1].append(one)
    return tables


def _emptied(database: Database, feed_id: str, table: str) -> bool:
    last, _ = ledger.last(database, feed_id, "")
    return last is None or emptied(last, table, database)
