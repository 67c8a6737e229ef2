"""The zip at work: awslambdaric on its handler, in a Python that sees nothing else."""

import importlib.metadata
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from runtime_api import RuntimeApi, serve

HANDLER = "csvferry.aws.handler.handler"
# What the runtime has: its client of the Runtime API, and boto3 with all that it needs.
RUNTIME = (
    *("awslambdaric", "simplejson", "snapshot-restore-py"),
    *("boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "six", "urllib3"),
)
# -I and -S leave neither the user's packages nor those of this environment.
_START = """
import sys
sys.path[:0] = sys.argv[1:3]
sys.argv = ["bootstrap", sys.argv[3]]
from awslambdaric.__main__ import main
main(sys.argv)
"""
# `python -m csvferry.aws.task` where neither folder is on the path by itself.
_TASK = """
import runpy, sys
sys.path[:0] = sys.argv[1:3]
runpy.run_module("csvferry.aws.task", run_name="__main__")
"""


def link_runtime(folder: Path) -> Path:
    """Links to the libraries that the runtime has, and to no other.

    Raises PackageNotFoundError without awslambdaric.
    """
    for name in RUNTIME:
        try:
            files = importlib.metadata.files(name) or []
        except importlib.metadata.PackageNotFoundError:
            if name == "awslambdaric":
                raise
            continue
        for file in files:
            top = file.parts[0]
            link = folder / top
            if top not in ("..", "__pycache__") and not link.is_symlink():
                link.symlink_to(Path(str(file.locate())).parents[len(file.parts) - 1] / top)
    return folder


@contextmanager
def start(
    task: Path, runtime: Path, environment: Mapping[str, str], log: Path
) -> Iterator[RuntimeApi]:
    """The function, waiting for events; what it prints goes to `log`."""
    with serve() as (api, address):
        process = _spawn(task, runtime, {**environment, "AWS_LAMBDA_RUNTIME_API": address}, log)
        try:
            yield api
        finally:
            process.kill()
            process.wait()


@dataclass(frozen=True)
class Task:
    """What a container of the image would run, with the environment that ECS gives it."""

    code: Path
    libraries: Path
    environment: Mapping[str, str]
    log: Path

    def exit_status(self) -> int:
        """Run it to its end."""
        environment = {
            "PATH": os.environ["PATH"],
            "TMPDIR": os.environ.get("TMPDIR", "/tmp"),
            "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE",
            "AWS_REGION": "eu-central-1",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            **self.environment,
        }
        with self.log.open("ab") as out:
            done = subprocess.run(
                [sys.executable, "-I", "-S", "-c", _TASK, str(self.code), str(self.libraries)],
                env=environment,
                stdout=out,
                stderr=out,
                timeout=300,
                check=False,
            )
        return done.returncode


def _spawn(
    task: Path, runtime: Path, environment: Mapping[str, str], log: Path
) -> "subprocess.Popen[bytes]":
    environment = _lambda_environment(task) | environment
    handler = environment["_HANDLER"]
    with log.open("wb") as out:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _START, str(task), str(runtime), handler],
            cwd=task,
            env=environment,
            stdout=out,
            stderr=out,
        )


def _lambda_environment(task: Path) -> dict[str, str]:
    """What Lambda sets (developer guide, "Defined runtime environment variables")."""
    return {
        "PATH": os.environ["PATH"],
        "TMPDIR": os.environ.get("TMPDIR", "/tmp"),
        "LAMBDA_TASK_ROOT": str(task),
        "_HANDLER": HANDLER,
        "AWS_LAMBDA_FUNCTION_NAME": "csvferry-test",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python{}.{}".format(*sys.version_info[:2]),
        "AWS_REGION": "eu-central-1",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }


def scheduled() -> dict[str, object]:
    """The schedule's event."""
    return {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}


def created(bucket: str, key: str) -> dict[str, object]:
    """EventBridge's event of a new object: the key as it is."""
    detail = {"bucket": {"name": bucket}, "object": {"key": key}, "reason": "PutObject"}
    return {"source": "aws.s3", "detail-type": "Object Created", "detail": detail}


def notified(bucket: str, encoded_key: str) -> dict[str, object]:
    """S3's own notification of a new object: the key URL-encoded."""
    s3 = {"bucket": {"name": bucket}, "object": {"key": encoded_key}}
    record = {"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": s3}
    return {"Records": [record]}
