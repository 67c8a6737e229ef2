"""Is the ledger there, and of a format that this csvferry knows?"""

from csvferry.commands.doctor.finding import Finding, wrong
from csvferry.databases.base import Database
from csvferry.errors import DatabaseError
from csvferry.ledger import entries as ledgers


def ledger(database: Database) -> Finding:
    """None yet is right: the first run makes it."""
    try:
        if not ledgers.exists(database):
            return Finding("ledger", True, "none yet; the first run makes it")
        found = database.query(f"SELECT MAX(version) FROM {ledgers.VERSION}")[0][0]
        missing = [t for t in (ledgers.RUNS, ledgers.REJECTS) if not database.has(t)]
    except DatabaseError as error:
        return wrong("ledger", error)
    if missing:
        told = f"{', '.join(missing)} can't be seen"
        return Finding("ledger", False, told, "grant rights on it, or restore it")
    if found is not None and int(found) > ledgers.CURRENT:
        told = f"its format is {found}; this csvferry knows {ledgers.CURRENT}"
        return Finding("ledger", False, told, "update csvferry")
    if found is not None and int(found) < ledgers.CURRENT:
        told = f"format {found}; a run by a user with INDEX on it makes {ledgers.CURRENT}"
        return Finding("ledger", True, told)
    return Finding("ledger", True, f"format {found}")
