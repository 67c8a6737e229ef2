"""Duplicates of a first load: rows of a file whose unique values the file alone shows to be equal.

There is no row of the table in the way, so `merge` has no part in who wins; the rule is the same.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from csvferry.merge.conflicts.disputes import Disputes, Loss
from csvferry.merge.constraint_checks import Refusal
from csvferry.merge.merge import Merge
from csvferry.model.reject_codes import Code

if TYPE_CHECKING:
    from csvferry.databases.base import Database
    from csvferry.ingest.row_validation import RowValidator
    from csvferry.model.mapping import Target


def set_aside(validator: "RowValidator", sets: Iterable[Sequence[str]]) -> list[Sequence[str]]:
    """Put the losers into `rejects`; the sets of columns of which only the server can tell."""
    claims = [(names, validator.claims(names)) for names in sets]
    repeated = [(names[0], select) for names, select in claims if select]
    if repeated:
        disputes = Disputes(validator.con, first_wins=validator.first_wins)
        for number, (_, select) in enumerate(repeated):
            disputes.claim_by(number, select)
        add(
            validator, (_refusal(loss, repeated[loss.unique or 0][0]) for loss in disputes.losses())
        )
    return [names for names, select in claims if select is None]


def reject_first(
    database: "Database", target: "Target", run: str, validator: "RowValidator"
) -> bool:
    """Make rejected rows of those duplicates that the table would not take in any case.

    A reject counts for the guard and a duplicate does not, so which it is may not depend on the way
    on which a row goes. False where the server must be asked about all rows.
    """
    rules = target.table.checks or target.table.foreign_keys
    if not rules or not (rows := validator.count(select := validator.lost_uniques())):
        return True
    if target.own_references:  # what a row refers to may be another of the file
        return False
    merge = Merge(database, target, run, judge_keys=False)
    try:
        merge.stage(validator.con, select, rows)
        with database.transaction(rows):
            validator.log.reject_instead(_entry(refusal) for refusal in merge.judge_rows())
    finally:
        merge.clear()
    return True


def add(validator: "RowValidator", refusals: Iterable[Refusal]) -> None:
    """Put refused rows into `rejects`."""
    validator.log.add(_entry(refusal) for refusal in refusals)


def _refusal(loss: Loss, column: str) -> Refusal:
    return Refusal(loss.line, Code.DUPLICATE_UNIQUE, column, loss.winner)


def _entry(refusal: Refusal) -> tuple[int, str | None, str, str, int | None]:
    return refusal.line, refusal.column, refusal.code.value, refusal.message, refusal.winner
