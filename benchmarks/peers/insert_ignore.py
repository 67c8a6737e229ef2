"""The function that people copy: a row, an INSERT IGNORE, a commit, and so on."""

from __future__ import annotations

from benchmarks.job import Job, Peer
from benchmarks.peer import main, python


def run(job: Job) -> None:
    """Read with csv.DictReader, insert row by row."""
    import csv
    from pathlib import Path

    import pymysql

    server = job.server
    connection = pymysql.connect(
        host=server.host,
        port=server.port,
        user=server.user,
        password=server.password,
        database=job.database,
        charset="utf8mb4",
    )
    names = [c.name for c in job.columns]
    marks = ", ".join(["%s"] * len(names))
    sql = f"INSERT IGNORE INTO {job.table} ({', '.join(names)}) VALUES ({marks})"
    with connection, connection.cursor() as cursor, Path(job.file).open(newline="") as lines:
        for row in csv.DictReader(lines):
            cursor.execute(sql, [row[name] or None for name in names])
            connection.commit()


PEER = Peer(
    key="insert_ignore",
    title="row by row `INSERT IGNORE`, commit each",
    command=python("insert_ignore"),
    scenarios=frozenset({"first", "again", "repeats"}),
    pace="crawling",
    note="bends bad values silently",
)

if __name__ == "__main__":
    main(run)
