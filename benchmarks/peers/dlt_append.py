"""dlt: the file as Arrow batches, appended through its SQLAlchemy destination."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from benchmarks.job import Job, Peer
from benchmarks.peer import main, python
from benchmarks.scenarios import FIRST

EXTRA = "`_dlt_load_id` VARCHAR(128) NOT NULL, `_dlt_id` VARCHAR(128) NOT NULL"


def pipeline(job: Job, disposition: Literal["append", "merge"]) -> None:
    """Types are given; the pipeline keeps its state in the job's folder and in the database."""
    import dlt
    import pyarrow as pa
    from pyarrow import csv

    types = {"int": pa.int64(), "float": pa.float64(), "decimal": pa.decimal128(12, 2)}
    types |= {"date": pa.date32(), "datetime": pa.timestamp("s")}

    @dlt.resource(name=job.table, write_disposition=disposition, primary_key=job.key)
    def rows() -> Iterator[Any]:
        yield from csv.open_csv(
            job.file,
            parse_options=csv.ParseOptions(newlines_in_values=True),
            convert_options=csv.ConvertOptions(
                column_types={c.name: types.get(c.kind, pa.string()) for c in job.columns},
                null_values=[""],
                strings_can_be_null=True,
            ),
        )

    dlt.pipeline(
        pipeline_name="bench",
        pipelines_dir=f"{job.workdir}/dlt",
        destination=dlt.destinations.sqlalchemy(
            job.url("mysql+pymysql") + "?charset=utf8mb4", create_primary_keys=True
        ),
        dataset_name=job.database,
    ).run(rows)


PEER = Peer(
    key="dlt",
    title="dlt, append",
    command=python("dlt_append"),
    scenarios=FIRST,
    pace="slow",
    note="adds two columns of its own to the table",
)


def run(job: Job) -> None:
    """Append."""
    pipeline(job, "append")


if __name__ == "__main__":
    main(run)
