"""A batch's way through lock, ledger and transaction, and what is made of its failure."""

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum, auto

from csvferry.databases.base import Database
from csvferry.errors import CsvFerryError, PassingDatabaseError
from csvferry.ledger import entries as ledger
from csvferry.ledger.swap_recovery import settle
from csvferry.load.context import report
from csvferry.model.phases import Phase
from csvferry.model.report import Report
from csvferry.printable import get_logger
from csvferry.run.batches.batch import NotAlikeError, apply_batch, share
from csvferry.run.batches.lookup import applied_among
from csvferry.run.batches.reader import Member
from csvferry.run.commit_recovery import committed
from csvferry.run.runner import LOCK_WAIT
from csvferry.scratch.workspace import Workspace

log = get_logger(__name__)


class Setback(Enum):
    """Why a batch was not applied; everything is as it was."""

    ALONE = auto()  # its first file is to be run by itself
    NOT_ALIKE = auto()  # fewer files, or each alone, may go


def apply_together(batch: Sequence[Member], workspace: Workspace) -> Sequence[Report] | Setback:
    """Apply files that may go together; the report of each. Never raises CsvFerryError."""
    first = batch[0].run
    locked = False
    try:
        with first.connected() as database:
            database.catalog.check_served(first.table, first.feed.key, first.feed.unique)
            with ledger.table_lock(database, first.table, LOCK_WAIT):
                locked = True
                return _locked(batch, workspace, database)
    except PassingDatabaseError as error:
        return (locked and _committed(batch, error)) or Setback.NOT_ALIKE
    except CsvFerryError as error:  # each file's own run tells whose it is
        log.info("running the files one by one: %s", error.message)
        return Setback.NOT_ALIKE


def _locked(
    batch: Sequence[Member], workspace: Workspace, database: Database
) -> Sequence[Report] | Setback:
    first = batch[0].run
    first.controls.reached(Phase.LOCKED)
    settle(database)
    pairs = [(member.run, member.identity) for member in batch]
    if not first.feed.full and applied_among(database, pairs):  # by another run, meanwhile
        return Setback.ALONE
    if not _filled(first.table, database):
        return Setback.ALONE
    last, _ = ledger.last(database, first.feed_id, "")
    try:
        results = apply_batch(batch, last, workspace, database)
    except NotAlikeError:
        return Setback.NOT_ALIKE
    seconds = share(first, batch)
    return [
        replace(
            report(member.run, "applied", result, result.message),
            seconds=seconds,
            guarantees=database.guarantees,
        )
        for member, result in zip(batch, results, strict=True)
    ]


def _filled(table: str, database: Database) -> bool:
    """Whether the table has rows: the first file makes it, and its columns' types."""
    rows = f"SELECT 1 FROM {database.sql.quote(table)} LIMIT 1"
    return database.catalog.has(table) and bool(database.query(rows))


def _committed(batch: Sequence[Member], error: PassingDatabaseError) -> Sequence[Report]:
    """The reports of a batch that the server has although its answer was lost; else none."""
    reports = []
    for member in batch:  # one transaction: all of them, or not even the first
        if (one := committed(member.run, error, LOCK_WAIT)) is None:
            return []
        reports.append(one)
    return reports
