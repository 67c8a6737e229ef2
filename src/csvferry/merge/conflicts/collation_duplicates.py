"""Rows of a first load that may be equal to others by rules which only the server knows.

It is asked about these alone: to stage and to judge all rows takes several times as long as to load
them (5M rows with a unique index: 128 s; so 17 s).
"""

from typing import TYPE_CHECKING

from csvferry.merge.conflicts import file_duplicates
from csvferry.merge.merge import Merge
from csvferry.model.reject_codes import Code

if TYPE_CHECKING:
    from csvferry.databases.base import Database
    from csvferry.ingest.row_validation import RowValidator
    from csvferry.model.mapping import Target

_MOST = 0.2  # of the rows: of more the server is asked about all
_EQUAL = (Code.DUPLICATE_KEY, Code.DUPLICATE_UNIQUE)


def reject(
    database: "Database", target: "Target", run: str, validator: "RowValidator", *, keys: bool
) -> bool:
    """Put those that are equal to another row, which wins, into `rejects`. `keys`: equal keys too.

    Does nothing where it is not known which rows may be equal. False where the server must be asked
    about all rows.
    """
    select = None
    if not (target.references or target.indexes):
        validator.log.forget_equals(
            keys=keys
        )  # who lost by one set of columns may not win by another
        select = validator.suspects((*((target.key,) if keys else ()), *target.uniques))
    if select is None:
        file_duplicates.set_aside(validator, target.uniques)
        # One that lost may stand for its key, whose other rows lost to it.
        return not (keys and validator.count(validator.lost_uniques()))
    rows = validator.count(select)
    if rows > _MOST * validator.count_ready():
        return False
    if not rows:
        return True
    merge = Merge(database, target, run, judge_keys=keys)
    try:
        merge.stage(validator.con, select, rows)
        with database.transaction(rows):
            refusals = list(merge.judge(validator.con))
    finally:
        merge.clear()
    if any(refusal.code not in _EQUAL for refusal in refusals):
        return False
    file_duplicates.add(validator, refusals)
    return True
