"""pandas: read_csv in chunks, to_sql through SQLAlchemy and PyMySQL."""

from __future__ import annotations

from benchmarks.job import Job, Peer
from benchmarks.peer import main, python
from benchmarks.scenarios import FIRST

_TYPES = {"int": "Int64", "float": "float64", "decimal": "string", "text": "string"}


def run(job: Job) -> None:
    """Types are given, so that a number with NULLs stays whole and a code keeps its zeros."""
    import pandas as pd
    from sqlalchemy import create_engine

    engine = create_engine(job.url("mysql+pymysql") + "?charset=utf8mb4")
    types = {c.name: _TYPES.get(c.kind, "string") for c in job.columns}
    chunks = pd.read_csv(
        job.file, dtype=types, keep_default_na=False, na_values=[""], chunksize=100_000
    )
    with engine.begin() as connection:
        for chunk in chunks:
            chunk.to_sql(job.table, connection, if_exists="append", index=False)


PEER = Peer(
    key="pandas",
    title="pandas `to_sql`",
    command=python("pandas_sql"),
    scenarios=FIRST,
    pace="slow",
)

if __name__ == "__main__":
    main(run)
