"""How many rejects there are, by table, code and column: numbers and names, no rows."""

from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from csvferry.databases.base import Database
from csvferry.ledger.migrations import exists
from csvferry.ledger.records import Count, Name, Word
from csvferry.ledger.selection import Selection
from csvferry.model.names import REJECTS, RUNS
from csvferry.printable import get_logger

log = get_logger(__name__)


@dataclass(frozen=True)
class RejectCount:
    """Reject entries of one table with one code in one column; no column: of whole rows."""

    table: Name
    code: Word
    column: Name | None
    entries: Count


def reject_counts(database: Database, selection: Selection) -> list[RejectCount]:
    """Of the runs that are meant, most first; what no run wrote is left out."""
    database = database.ledger
    if not exists(database):
        return []
    where, parameters = selection.where(database)
    rows = database.query(
        "SELECT r.table_name, j.code, j.column_name, COUNT(*) AS entries"
        f" FROM {REJECTS} AS j JOIN (SELECT run, table_name FROM {RUNS} WHERE {where}) AS r"
        " ON r.run = j.run GROUP BY r.table_name, j.code, j.column_name"
        " ORDER BY entries DESC, r.table_name, j.code, j.column_name",
        parameters,
    )
    schema, found = TypeAdapter(RejectCount), list[RejectCount]()
    for table, code, column, entries in rows:
        given = {"table": table, "code": code, "column": column, "entries": entries}
        try:
            found.append(schema.validate_python(given))
        except ValidationError:
            log.warning("left out: a row of %s is not as csvferry writes it", REJECTS)
    return found
