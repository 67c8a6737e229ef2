"""The lines of rows that hold a unique value, where the file was not staged as a whole.

A row that lost against the table's names the line that won if the file has it as the table does: by
the key of the table's row its line is found among the fingerprints, whether it was read or not.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from csvferry.databases.answers.rows import Count, values_of
from csvferry.merge.constraint_checks import Refusal
from csvferry.merge.staging import Staging
from csvferry.model.mapping import Mode
from csvferry.model.reject_codes import Code
from csvferry.snapshot.diff import PARTS, Delta
from csvferry.snapshot.row_hashes import CHANGED, FRESH

_MOST = 10_000  # refusals whose winners are looked for


def named(refusals: Iterable[Refusal], staging: Staging, delta: Delta) -> Iterator[Refusal]:
    """The refusals, with the winners' lines where they are known.

    Of a row that is there already, insert does not know whether the file has it so.
    """
    if staging.target.mode is Mode.INSERT:
        yield from refusals
        return
    lines = dict(_lines(delta, list(_holders(staging))))
    for refusal in refusals:
        winner = lines.get(refusal.line)
        if winner and refusal.code is Code.DUPLICATE_UNIQUE and not refusal.winner:
            yield replace(refusal, winner=winner)
        else:
            yield refusal


def _holders(staging: Staging) -> Iterator[tuple[object, ...]]:
    """Lines that lost against the table, and the keys of the rows that hold their values there."""
    database, target = staging.database, staging.target
    for number, names in enumerate(target.uniques):
        rows = database.query(
            f"SELECT f.row_line, {database.sql.names(target.key, 'h')}"
            f" FROM {staging.quote(staging.faults)} AS f"
            f" JOIN {staging.quote(staging.holders)} AS h ON h.row_line = f.row_line"
            f" WHERE h.number = {number}"
            f" AND f.winner IS NULL AND f.code = '{Code.DUPLICATE_UNIQUE}'"
            f" AND f.label = {database.sql.literal(names[0])} LIMIT {_MOST}"
        )
        lines = values_of(Count, (row[:1] for row in rows))
        yield from ((line, *row[1:]) for line, row in zip(lines, rows, strict=True))


def _lines(delta: Delta, holders: list[tuple[object, ...]]) -> Iterator[tuple[int, int]]:
    """For each loser the line of the row that has the key, where the file has one."""
    prints, partly = delta.known.prints, delta.partly
    if not holders or not prints.certain:
        return
    losers, *keys = zip(*holders, strict=True)
    names = [f"unnest(?::VARCHAR[]) AS {name}" for name in prints.key_fields]
    prints.con.execute(
        f"CREATE OR REPLACE TABLE held AS SELECT loser, {prints.key_hash} AS q"
        f" FROM (SELECT unnest(?::BIGINT[]) AS loser, {', '.join(names)})",
        [list(losers), *([str(value) for value in key] for key in keys)],
    )
    run = prints.con.execute
    unchanged = f"line NOT IN (SELECT line FROM {CHANGED})"  # the others were staged
    yield from run(
        f"SELECT loser, line FROM held JOIN {FRESH} USING (q) WHERE {unchanged}"
    ).fetchall()
    if partly:
        for part, name in enumerate(PARTS):
            rows = run(f"SELECT loser, n FROM held JOIN {name}_keys USING (q)").fetchall()
            for loser, row in rows:
                if line := partly.line(part, row):
                    yield loser, line
