"""The function on this machine, without an account: bucket, secret, database with TLS, two events.

moto's server plays S3 and Secrets Manager over HTTP, MariaDB plays Aurora. `--logs` shows what the
function would write to CloudWatch.
"""

import argparse
import importlib
import io
import json
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "deployment" / "staging" / "data" / "Random_emails.csv"
BUCKET, KEY, SECRET = "csvferry-demo", "incoming/emails.csv", "csvferry-demo/database"
FEED = {"name": "emails", "source": f"s3://{BUCKET}/{KEY}", "table": "emails", "mode": "upsert"}
USER, PASSWORD = "csvferry", "only-for-the-demo"


class Context:
    """Lambda's context object."""

    aws_request_id = "demo"

    def get_remaining_time_in_millis(self) -> int:
        """Five minutes."""
        return 300_000


def main() -> None:
    """Walk the demo."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--logs", action="store_true", help="show the function's logs and metrics")
    logs = parser.parse_args().logs
    if not shutil.which("mariadbd"):
        sys.exit("demo_aws: no mariadbd on the path; scripts/install_servers installs it")
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "aws")]
    events: Any = importlib.import_module("events")
    with tempfile.TemporaryDirectory() as name, aws() as endpoint, aurora(Path(name)) as server:
        s3 = set_up(endpoint, server, Path(name))
        text = SAMPLE.read_text()
        say(f"upload {SAMPLE.relative_to(ROOT)} to s3://{BUCKET}/{KEY}")
        s3.put_object(Bucket=BUCKET, Key=KEY, Body=text.encode())
        invoke("the hourly schedule", events.SCHEDULE, server, logs=logs)
        say("upload it again with the address of row 2 changed")
        changed = text.replace("grace@example.com", "hopper@example.com")
        s3.put_object(Bucket=BUCKET, Key=KEY, Body=changed.encode())
        invoke("the event of the upload", events.created(BUCKET, KEY), server, logs=logs)
        invoke("the next hour: nothing changed", events.SCHEDULE, server, logs=logs)


@contextmanager
def aws() -> Iterator[str]:
    """The address of S3 and Secrets Manager."""
    server_module: Any = importlib.import_module("moto.server")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@contextmanager
def aurora(folder: Path) -> Iterator[Any]:
    """A database server with TLS, its certificates in the same folder."""
    servers: Any = importlib.import_module("servers")
    authority: Any = importlib.import_module("authority")
    server = servers.mariadb(folder, *authority.make_authority(folder))
    server.start()
    try:
        yield server
    finally:
        server.stop()


def set_up(endpoint: str, server: Any, folder: Path) -> Any:
    """What the infrastructure does: bucket, secret, database user, environment. Gives S3."""
    from csvferry.commands.grants import statements

    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "demo",
        "AWS_SECRET_ACCESS_KEY": "demo",
        "AWS_REGION": "eu-central-1",
        "AWS_ENDPOINT_URL": endpoint,
        "CSVFERRY_FEEDS": json.dumps([FEED]),
        "CSVFERRY_STATE": f"s3://{BUCKET}/state/",
        "RDS_HOST": "127.0.0.1",
        "RDS_PORT": str(server.port),
        "RDS_DATABASE": "shop",
        "RDS_CA": f"{folder}/ca.pem",
        "SECRETS_NAME": SECRET,
    }
    query(
        server,
        "CREATE DATABASE shop",
        *statements(USER, "shop", ["emails"], iam=False),
        f"ALTER USER {USER}@'%' IDENTIFIED BY '{PASSWORD}' ACCOUNT UNLOCK",
    )
    secret = json.dumps({"username": USER, "password": PASSWORD})
    client("secretsmanager", endpoint).create_secret(Name=SECRET, SecretString=secret)
    s3 = client("s3", endpoint)
    s3.create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    return s3


def client(service: str, endpoint: str) -> Any:
    """A client of the stand-in."""
    import boto3

    return boto3.client(service, endpoint_url=endpoint, region_name="eu-central-1")


def invoke(title: str, event: dict[str, Any], server: Any, *, logs: bool) -> None:
    """Invoke the function; show its report and the table."""
    say(f"invoke the function: {title}")
    written = io.StringIO()
    with redirect_stdout(written):
        from csvferry.aws import handler, telemetry

        for stream in telemetry.logger.handlers:
            stream.setStream(written)  # type: ignore[attr-defined]  # each writes to a stream
        answer = handler.handler(event, Context())
    if logs:
        print(written.getvalue(), end="")
    for report in answer["reports"]:
        rows = ", ".join(f"{count} {name}" for name, count in report["rows"].items() if count)
        way = f" ({report['strategy']})" if report["strategy"] else ""
        print(f"  {report['feed']}: {report['status']}{way} {rows}")
    for row in query(server, "SELECT id, emails FROM shop.emails ORDER BY id"):
        print("  {:>4}  {}".format(*row))


def query(server: Any, *statements: str) -> list[tuple[Any, ...]]:
    """The rows of the last statement, past csvferry."""
    targets: Any = importlib.import_module("targets")
    with closing(targets.connect(server.url, autocommit=True)) as connection:
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement)
        return list(cursor.fetchall())


def say(text: str) -> None:
    """A step."""
    print(f"\n\033[1m{text}\033[0m", flush=True)


if __name__ == "__main__":
    main()
