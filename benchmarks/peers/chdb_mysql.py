"""chDB (ClickHouse in the process): INSERT INTO FUNCTION mysql(...) SELECT from the file."""

from __future__ import annotations

from benchmarks.job import Job, Peer
from benchmarks.peer import main, python
from benchmarks.scenarios import FIRST

_TYPES = {"int": "Int64", "float": "Float64", "decimal": "Decimal(12, 2)"}


def run(job: Job) -> None:
    """Types are given; dates and times stay text."""
    import chdb

    def column(name: str, kind: str, null: bool) -> str:
        plain = _TYPES.get(kind, "String")
        return f"{name} {f'Nullable({plain})' if null else plain}"

    structure = ", ".join(column(c.name, c.kind, c.null) for c in job.columns)
    names = ", ".join(c.name for c in job.columns)
    s = job.server
    target = (
        f"mysql('{s.host}:{s.port}', '{job.database}', '{job.table}', '{s.user}', '{s.password}')"
    )
    chdb.query(
        f"INSERT INTO FUNCTION {target} ({names}) "
        f"SELECT {names} FROM file('{job.file}', 'CSVWithNames', '{structure}')"
    )


PEER = Peer(
    key="chdb",
    title="chDB `mysql()` table function",
    command=python("chdb_mysql"),
    scenarios=FIRST,
)

if __name__ == "__main__":
    main(run)
