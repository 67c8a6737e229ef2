"""Polars: read_csv, write_database through SQLAlchemy and PyMySQL."""

from __future__ import annotations

from benchmarks.job import Job, Peer
from benchmarks.peer import main, python
from benchmarks.scenarios import FIRST


def run(job: Job) -> None:
    """Types are given; dates, times and decimals stay the text that the server reads itself."""
    import polars as pl

    types = {"int": pl.Int64, "float": pl.Float64}
    frame = pl.read_csv(
        job.file, schema_overrides={c.name: types.get(c.kind, pl.String) for c in job.columns}
    )
    frame.write_database(
        job.table,
        job.url("mysql+pymysql") + "?charset=utf8mb4",
        engine="sqlalchemy",
        if_table_exists="append",
    )


PEER = Peer(
    key="polars",
    title="Polars `write_database`",
    command=python("polars_sql"),
    scenarios=FIRST,
    pace="slow",
)

if __name__ == "__main__":
    main(run)
