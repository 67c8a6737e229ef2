"""What the database's own ledger says of a feed's objects, in one query for each of its tables."""

from collections.abc import Mapping, Sequence

from csvferry.aws.runs.listing import Found
from csvferry.config.feed import Feed
from csvferry.databases.base import Database
from csvferry.load.context import Run
from csvferry.load.strategy import Applied
from csvferry.run.batches.lookup import applied_among
from csvferry.sources.source_object import Identity


def confirmed(database: Database, feed: Feed, found: Sequence[Found]) -> Mapping[str, Applied]:
    """As `applied_among`, of the objects whose version could be told."""
    answers = [(one.source, one.identity) for one in found if isinstance(one.identity, Identity)]
    return applied_among(database, [(Run(feed, source), identity) for source, identity in answers])
