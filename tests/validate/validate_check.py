"""csvferry's own decision on texts, and its comparison with a real server's."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
from validate_judge import Judge
from validate_same import same

from csvferry import validation as validate
from csvferry.model.schema import Column
from csvferry.model.server import Server


@dataclass(frozen=True)
class Decision:
    """What csvferry says of a field."""

    codes: tuple[str, ...]
    faulty: bool
    staged: str


def decide(
    con: duckdb.DuckDBPyConnection, column: Column, server: Server, texts: Sequence[str]
) -> list[Decision]:
    """The decision on each text."""
    faults = validate.faults(column, "c0", server)
    asked = [fault.predicate for fault in faults]
    asked += [validate.faulty(column, "c0", server), validate.staged(column, "c0")]
    con.execute("CREATE OR REPLACE TEMP TABLE incoming (line BIGINT, c0 VARCHAR)")
    con.execute(
        "INSERT INTO incoming SELECT unnest(range(len($t))), unnest($t)", {"t": list(texts)}
    )
    rows = con.execute(f"SELECT {', '.join(asked)} FROM incoming ORDER BY line").fetchall()
    return [
        Decision(
            tuple(fault.code.value for fault, fired in zip(faults, row, strict=False) if fired),
            row[-2],
            row[-1],
        )
        for row in rows
    ]


def disagreements(
    con: duckdb.DuckDBPyConnection, judge: Judge, column: Column, texts: Sequence[str]
) -> list[str]:
    """Where csvferry and the server differ: nothing may be bent, nothing refused that is good."""
    judge.make(column)
    decisions = decide(con, column, judge.server, texts)
    staged = judge.judge(column, [decision.staged for decision in decisions])
    plain = judge.judge(column, list(texts))
    wrong = []
    for text, decision, given, raw in zip(texts, decisions, staged, plain, strict=True):
        told = f"{judge.server} {column.type.name} {column.charset} {text!r}: {decision}"
        if len(decision.codes) > 1 or bool(decision.codes) is not decision.faulty:
            wrong.append(f"{told}, which is not one decision")
        if not decision.codes and given is None:
            wrong.append(f"{told}, but the server refuses or warns")
        elif not decision.codes and given and not same(column, text, given.value, judge.server):
            wrong.append(f"{told}, but the server gives back {given.value!r}")
        if decision.codes and raw and same(column, text, raw.value, judge.server):
            wrong.append(f"{told}, but the server takes it and gives back {raw.value!r}")
    return wrong
