"""csvferry's function: a cold process, the object in S3, its state there too."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

from benchmarks import store
from benchmarks.job import Job, Server
from benchmarks.servers import query

MEMORY_MB = 1024  # as environment.hcl has it
PROCESS = Path(__file__).with_name("function_process.py")
FOLDER = Path(__file__).resolve().parents[1] / "build" / "bench" / "store"
SECRET, USER = "bench", "bench_function"  # a user of the benchmark's own server, and its password


def _python(command: list[str]) -> Path:
    """The Python beside csvferry's command."""
    return Path(command[0]).parent / "python"


def _environment(job: Job) -> dict[str, str]:
    feed = {
        "name": "people",
        "source": f"s3://{store.BUCKET}/{store.KEY}",
        "table": job.table,
        "key": [job.key],
        "mode": job.mode,
    }
    return {
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_REGION": store.REGION,
        "AWS_DEFAULT_REGION": store.REGION,
        "AWS_ENDPOINT_URL": store.ADDRESS,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(MEMORY_MB),
        "CSVFERRY_FEEDS": json.dumps([feed]),
        "CSVFERRY_STATE": f"s3://{store.BUCKET}/state/",
        "RDS_HOST": job.server.host,
        "RDS_PORT": str(job.server.port),
        "RDS_DATABASE": job.database,
        "SECRETS_NAME": SECRET,
        "POWERTOOLS_SERVICE_NAME": "csvferry-bench",
        "POWERTOOLS_METRICS_NAMESPACE": "csvferry-bench",
    }


def invoked(job: Job, command: list[str]) -> list[str]:
    """`env` gives its process to what it starts, so that nothing else is timed."""
    words = [f"{name}={value}" for name, value in _environment(job).items()]
    return ["env", *words, str(_python(command)), str(PROCESS)]


@contextlib.contextmanager
def around(server: Server) -> Iterator[None]:
    """The store, and a database user whose secret it keeps."""
    with store.running(FOLDER):
        secret = json.dumps({"username": USER, "password": USER})
        store.client("secretsmanager").create_secret(Name=SECRET, SecretString=secret)
        query(server, f"CREATE USER IF NOT EXISTS '{USER}'@'%' IDENTIFIED BY '{USER}'")
        query(server, f"GRANT ALL PRIVILEGES ON *.* TO '{USER}'@'%'")
        try:
            yield
        finally:
            query(server, f"DROP USER '{USER}'@'%'")


def deliver(file: Path) -> None:
    """The file becomes the feed's object."""
    store.put(file, FOLDER)


def gigabyte_seconds(seconds: float) -> float:
    """What AWS bills for a cold invocation: memory by time, the start of the process with it."""
    return MEMORY_MB / 1024 * seconds
