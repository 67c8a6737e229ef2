"""DuckDB's MySQL extension: ATTACH, then INSERT INTO ... SELECT from the file."""

from __future__ import annotations

import subprocess
import sys
from functools import cache

from benchmarks.job import Job, Peer
from benchmarks.peer import main, python
from benchmarks.scenarios import FIRST

_TYPES = {
    "int": "BIGINT",
    "float": "DOUBLE",
    "decimal": "DECIMAL(12,2)",
    "date": "DATE",
    "datetime": "TIMESTAMP",
}


def extension() -> str:
    """The statement that loads it: from the Python package that carries it, else DuckDB's."""
    from importlib.util import find_spec
    from pathlib import Path

    found = find_spec("duckdb_extension_mysql_scanner")
    for folder in found.submodule_search_locations or () if found else ():
        for file in Path(folder).rglob("mysql_scanner.duckdb_extension"):
            return f"LOAD '{file}'"
    return "INSTALL mysql; LOAD mysql"


def run(job: Job) -> None:
    """Types are given."""
    import duckdb

    s = job.server
    columns = ", ".join(f"'{c.name}': '{_TYPES.get(c.kind, 'VARCHAR')}'" for c in job.columns)
    secret = f"password={s.password} " if s.password else ""
    con = duckdb.connect()
    con.execute(extension())
    con.execute(
        f"ATTACH 'host={s.host} port={s.port} user={s.user} {secret}"
        f"database={job.database}' AS target (TYPE mysql)"
    )
    con.execute(
        f"INSERT INTO target.{job.table} "
        f"SELECT * FROM read_csv('{job.file}', header = true, columns = {{{columns}}})"
    )


@cache
def missing() -> str | None:
    """Why the extension can't be loaded, or None."""
    code = f"import duckdb; duckdb.connect().execute({extension()!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return done.stderr.strip().splitlines()[-1][:200] if done.returncode else None


PEER = Peer(
    key="duckdb",
    title="DuckDB's MySQL extension",
    command=python("duckdb_mysql"),
    scenarios=FIRST,
    missing=missing,
)

if __name__ == "__main__":
    main(run)
