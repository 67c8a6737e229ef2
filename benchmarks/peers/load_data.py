"""Raw LOAD DATA LOCAL INFILE by the server's own client: what the server itself can do.

LOCAL turns errors into warnings: rows whose key is there are passed over, bad values are bent.
Nothing is validated, counted or remembered.
"""

from __future__ import annotations

from benchmarks.job import Job, Peer
from benchmarks.peer import client
from benchmarks.scenarios import FIRST


def statement(job: Job, table: str) -> str:
    """LOAD DATA as written by hand: an empty field of a nullable number, date or text is NULL."""
    plain = all(c.kind in {"int", "text"} for c in job.columns) and len(job.columns) == 2
    names = ", ".join(f"@{c.name}" if c.null and not plain else f"`{c.name}`" for c in job.columns)
    sets = ", ".join(f"`{c.name}` = NULLIF(@{c.name}, '')" for c in job.columns if c.null)
    return (
        f"LOAD DATA LOCAL INFILE '{job.file}' INTO TABLE `{table}` CHARACTER SET utf8mb4 "
        "FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '\"' ESCAPED BY '' "
        f"LINES TERMINATED BY '\\n' IGNORE 1 LINES ({names})" + ("" if plain else f" SET {sets}")
    )


PEER = Peer(
    key="load_data",
    title="raw `LOAD DATA LOCAL`, server's client",
    command=client,
    stdin=lambda job: statement(job, job.table) + ";",
    scenarios=FIRST | {"again", "tail", "repeats", "small"},
    note="not validated; a whole second file is sent again and its known keys are passed over",
)
