"""Which versions of many files the ledger has: one query for each of their tables."""

from collections.abc import Iterable, Mapping

from csvferry.databases.base import Database
from csvferry.ledger import entries as ledger
from csvferry.load.context import Run
from csvferry.load.strategy import Applied
from csvferry.run.runner import emptied
from csvferry.sources.source_object import Identity


def applied_among(
    database: Database, runs: Iterable[tuple[Run, Identity]]
) -> Mapping[str, Applied]:
    """How the version of each file of one feed stands that was applied, by the file's address.

    Not those of a table that is gone or has no rows any more; none while a run that was killed has
    left something behind, which the next run puts in order.
    """
    if database.loader.left_over():
        return {}
    tables: dict[str, list[tuple[Run, Identity]]] = {}
    for run, identity in runs:
        tables.setdefault(run.table, []).append((run, identity))
    answers: dict[str, Applied] = {}
    for table, mine in tables.items():
        feed_id = mine[0][0].feed_id
        sources = ledger.applied_sources(database, feed_id)
        last, _ = ledger.last(database, feed_id, "") if sources else (None, [])
        whole = last is not None and not emptied(last, table, database)
        for _, identity in mine:
            applied = sources.get(identity.uri)
            if applied is None or identity.version not in applied.versions:
                continue
            if applied.versions[-1] != identity.version:
                answers[identity.uri] = Applied.SUPERSEDED
            elif whole and not applied.gone:
                answers[identity.uri] = Applied.YES
    return answers
