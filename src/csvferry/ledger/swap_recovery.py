"""The ledger and a table that was swapped, which no transaction holds together.

An entry is written as `swapping` before the swap and counts if and only if the table that gave way
is there under its new name: the swap itself, one atomic statement, makes it count. Then it is
settled: marked as applied, and the empty table that gave way is dropped. What a killed run left is
settled by the next one.
"""

from collections.abc import Callable
from contextlib import suppress
from enum import Enum, auto

from csvferry.databases.base import Database
from csvferry.databases.shadow_table import ShadowTable
from csvferry.errors import CsvFerryError, DatabaseError
from csvferry.ledger import entries as ledger
from csvferry.ledger.records import run_of
from csvferry.model import names
from csvferry.model.names import OLD, STAGE_PREFIX
from csvferry.printable import get_logger

log = get_logger(__name__)


class CutOver(Enum):
    """How a table swap ended."""

    DONE = auto()
    NOT_EMPTY = auto()  # the table has rows by now
    UNAVAILABLE = auto()  # the server would not


def cut_over(
    database: Database, shadow: ShadowTable, run: str, record: Callable[[], None]
) -> CutOver:
    """Let the filled shadow table take the table's place; `record` writes the entry, `swapping`.

    Where it is not DONE, nothing was done. Raises PassingDatabaseError where the server can't be
    asked whether it was done.
    """
    try:
        exchanged = shadow.cut_over(record)
    except DatabaseError as error:
        if not settle_run(database, run):
            log.info("the table could not be exchanged: %s", error.message)
            return CutOver.UNAVAILABLE
        exchanged = True
    except BaseException:
        with suppress(CsvFerryError):
            settle_run(database, run)
        raise
    if not exchanged:
        settle_run(database, run)
        return CutOver.NOT_EMPTY
    return CutOver.DONE


def settle(database: Database) -> None:
    """Settle what dead runs left; an entry whose swap did not take place goes, with its rejects."""
    if not ledger.exists(database):
        return
    swapping = f"SELECT run FROM {names.RUNS} WHERE status = '{ledger.SWAPPING}'"
    found = database.ledger.query(swapping)
    for (value,) in found:
        run = run_of(value)
        if run is None:
            log.warning("a row of %s has no run's id; it counts for nothing", names.RUNS)
        elif not database.shadows.is_running(run):
            settle_run(database, run)
    for name in database.loader.left_over():
        run = run_of(name.removeprefix(STAGE_PREFIX).removesuffix(OLD))
        if run and name.endswith(OLD) and not _is_swapping(database, run):
            drop_old(database, run)
    database.loader.drop_stages(())


def _is_swapping(database: Database, run: str) -> bool:
    return bool(database.query(f"SELECT 1 FROM {names.RUNS} WHERE {_swapping(database)}", (run,)))


def _swapping(database: Database) -> str:
    """SQL: the entry of a run, which is a parameter, whose tables are being swapped."""
    return f"run = {database.sql.mark} AND status = '{ledger.SWAPPING}'"


def settle_run(database: Database, run: str) -> bool:
    """Whether the run's entry counts; it is marked so, or taken back.

    Each change asks for the status again: another run may settle the same.
    """
    which = _swapping(database)
    if database.catalog.has(f"{STAGE_PREFIX}{run}{OLD}"):
        database.execute(f"UPDATE {names.RUNS} SET status = 'applied' WHERE {which}", (run,))
        return True
    with database.transaction():
        if database.execute(f"DELETE FROM {names.RUNS} WHERE {which}", (run,)):
            rejects = f"DELETE FROM {names.REJECTS} WHERE run = {database.sql.mark}"
            database.execute(rejects, (run,))
    return False


def drop_old(database: Database, run: str) -> None:
    """Drop the table that gave way, if it is as empty as it was; the next run does it otherwise."""
    name = database.sql.quote(f"{STAGE_PREFIX}{run}{OLD}")
    try:
        if database.query(f"SELECT 1 FROM {name} LIMIT 1"):
            log.warning("the table %s stays: somebody wrote rows into it", name)
        else:
            database.execute(f"DROP TABLE {name}")
    except DatabaseError as error:
        log.warning("the table %s stays for the next run: %s", name, error)
