"""The merge that a careful engineer writes: stage the file, then insert, update and delete."""

from __future__ import annotations

from benchmarks.job import Job, Peer
from benchmarks.peer import client
from benchmarks.peers.load_data import statement
from benchmarks.scenarios import CHANGES


def script(job: Job) -> str:
    """Staging outside the transaction (its DDL would commit), the three merges within."""
    key, table, stage = job.key, job.table, f"{job.table}_stage"
    others = [c.name for c in job.columns if c.name != key]
    names = ", ".join(f"`{c.name}`" for c in job.columns)
    picked = ", ".join(f"s.`{c.name}`" for c in job.columns)
    differs = " OR ".join(f"NOT (t.`{c}` <=> s.`{c}`)" for c in others)
    sets = ", ".join(f"t.`{c}` = s.`{c}`" for c in others)
    insert = (
        f"INSERT INTO `{table}` ({names}) SELECT {picked} FROM `{stage}` s "
        f"LEFT JOIN `{table}` t ON t.`{key}` = s.`{key}` WHERE t.`{key}` IS NULL"
    )
    update = (
        f"UPDATE `{table}` t JOIN `{stage}` s ON t.`{key}` = s.`{key}` SET {sets} WHERE {differs}"
    )
    delete = (
        f"DELETE t FROM `{table}` t LEFT JOIN `{stage}` s ON t.`{key}` = s.`{key}` "
        f"WHERE s.`{key}` IS NULL"
    )
    lines = [
        f"DROP TABLE IF EXISTS `{stage}`",
        f"CREATE TABLE `{stage}` LIKE `{table}`",
        statement(job, stage),
        "START TRANSACTION",
        update if job.mode != "insert" else "DO 0",
        delete if job.mode == "mirror" else "DO 0",
        insert,
        "COMMIT",
        f"DROP TABLE `{stage}`",
    ]
    return ";\n".join(lines) + ";\n"


PEER = Peer(
    key="merge_sql",
    title="hand-written staging merge in SQL",
    command=client,
    stdin=script,
    scenarios=CHANGES | {"again", "tail"},
    note="not validated; `LOAD DATA LOCAL` into a staging table, three joins, one transaction",
)
