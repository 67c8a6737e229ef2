"""Is the ledger there, and of a format that this csvferry knows?"""

from csvferry.commands.doctor.finding import Finding, wrong
from csvferry.databases.base import Database
from csvferry.errors import DatabaseError
from csvferry.ledger import entries as ledgers
from csvferry.ledger.migrations import lock_secret
from csvferry.ledger.records import format_of
from csvferry.ledger.tables import COLUMNS, without_rollback
from csvferry.ledger.tables import alterations as alterations_of
from csvferry.model.names import VERSION


def ledger(database: Database) -> Finding:
    """None yet is right: the first run makes it."""
    database = database.ledger
    try:
        if not ledgers.exists(database):
            return Finding("ledger", True, "none yet; the first run makes it")
        newest = database.query(f"SELECT MAX(version) FROM {ledgers.VERSION}")
        found = format_of(newest[0][0] or 0) or None
        missing = [table for table in COLUMNS if not database.catalog.has(table)]
    except DatabaseError as error:
        return wrong("ledger", error)
    if missing:
        detail = f"{', '.join(missing)} can't be seen"
        return Finding("ledger", False, detail, "grant rights on it, or restore it")
    if found is not None and found > ledgers.CURRENT:
        detail = f"its format is {found}; this csvferry knows {ledgers.CURRENT}"
        return Finding("ledger", False, detail, "update csvferry")
    if (unsound := _unsound(database)) is not None:
        return unsound
    if database.sql.ddl_commits and not lock_secret(database):
        return _without_secret()
    if found is not None and found < ledgers.CURRENT:
        detail = (
            f"format {found}; a run by a user with ALTER and INDEX on it makes {ledgers.CURRENT}"
        )
        return Finding("ledger", True, detail)
    return Finding("ledger", True, f"format {found}")


def _without_secret() -> Finding:
    """Of csvferry 0.2 and before, and without a run: a first run would have given it one."""
    detail = "it has no secret, so that any account of the server can hold its runs up"
    mend = f"ALTER TABLE {VERSION} COMMENT = 'ledger of csvferry <32 random hexadecimal digits>'"
    return Finding("ledger", None, detail, f"{mend}, while no run is under way")


def _unsound(database: Database) -> Finding | None:
    """What makes the tables otherwise than they are to be, with the statement that mends it."""
    engines, alterations = without_rollback(database), alterations_of(database)
    for table, engine in engines.items():
        detail = f"the engine of {table}, {engine}, can't undo what a run did"
        return Finding("ledger", False, detail, f"{alterations[table]};")
    for table, statement in alterations.items():
        detail = f"{table} lacks a stated character set, collation or key"
        mend = f"the next run by a user with ALTER on it does it, or: {statement};"
        return Finding("ledger", None, detail, mend)
    return None
