"""The zip alone, started as Lambda starts it, brings S3's rows into the database."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus, urlsplit

import pytest
from function_process import created, feeds, notified, scheduled, start
from runtime_api import RuntimeApi

from csvferry.commands.grants import needs, render
from targets import Target, fresh_database

KEY = "in/new people.csv"
FIRST = b"id,email\n1,ada@example.org\n2,bob@example.org\n"
PASSWORD = secrets.token_hex(12)


@dataclass(frozen=True)
class Function:
    """The function at work, its bucket, its database and its log."""

    api: RuntimeApi
    s3: Any
    bucket: str
    target: Target
    log: Path

    def put(self, body: bytes) -> None:
        """Upload the file."""
        self.s3.put_object(Bucket=self.bucket, Key=KEY, Body=body)

    def rows(self) -> list[tuple[Any, ...]]:
        """The table's rows."""
        return self.target.rows("SELECT id, email FROM people ORDER BY id")


@pytest.fixture
def function(
    task: Path, runtime: Path, aws: str, mariadb_url: str, tmp_path: Path
) -> Iterator[Function]:
    bucket = f"csvferry-{secrets.token_hex(6)}"
    s3, vault = _client("s3", aws), _client("secretsmanager", aws)
    region = {"LocationConstraint": "eu-central-1"}
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=region)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    with fresh_database(mariadb_url) as url:
        target = Target("mariadb", url)
        user = _user_of_least_grants(target)
        secret = f'{{"username": "{user}", "password": "{PASSWORD}"}}'
        vault.create_secret(Name=bucket, SecretString=secret)
        environment = _environment(target, bucket) | {"AWS_ENDPOINT_URL": aws}
        log = tmp_path / "log"
        try:
            with start(task, runtime, environment, log) as api:
                yield Function(api, s3, bucket, target, log)
        finally:
            target.run(f"DROP USER '{user}'@'%'")


def _client(service: str, endpoint: str) -> Any:
    import boto3

    options = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    return boto3.client(service, endpoint_url=endpoint, region_name="eu-central-1", **options)


def _user_of_least_grants(target: Target) -> str:
    user, database = f"ferry_{secrets.token_hex(4)}", target.url.rsplit("/", 1)[1]
    given = [f"{render(grant, database)} TO '{user}'@'%'" for grant in needs(["people"])]
    target.run(f"CREATE USER '{user}'@'%' IDENTIFIED BY '{PASSWORD}'", *given)
    return user


def _environment(target: Target, bucket: str) -> dict[str, str]:
    """As the infrastructure sets it; plain text to the loopback address alone."""
    parts = urlsplit(target.url)
    return {
        "CSVFERRY_FEEDS": feeds(bucket, KEY),
        "CSVFERRY_STATE": f"s3://{bucket}/state/",
        "RDS_HOST": "127.0.0.1",
        "RDS_PORT": str(parts.port),
        "RDS_DATABASE": parts.path.strip("/"),
        "SIGN_IN": "secret",
        "SECRETS_NAME": bucket,
        "LOG_LEVEL": "INFO",
        "POWERTOOLS_SERVICE_NAME": "csvferry-test",
        "POWERTOOLS_METRICS_NAMESPACE": "csvferry",
    }


def test_three_kinds_of_event_bring_the_rows_into_the_table(function: Function) -> None:
    function.put(FIRST)
    first = function.api.invoke(scheduled())
    assert first.kind == "response", first.body
    assert first.body["reports"][0]["status"] == "applied"
    assert function.rows() == [(1, "ada@example.org"), (2, "bob@example.org")]

    function.put(FIRST.replace(b"bob@", b"BOB@"))
    second = function.api.invoke(created(function.bucket, KEY))
    assert second.body["reports"][0]["rows"]["updated"] == 1
    assert function.rows()[1] == (2, "BOB@example.org")

    function.put(FIRST + b"3,eve@example.org\n")
    third = function.api.invoke(notified(function.bucket, quote_plus(KEY, safe="/")))
    assert third.body["reports"][0]["rows"]["inserted"] == 1
    assert function.rows()[2] == (3, "eve@example.org")

    again = function.api.invoke(scheduled())
    assert again.body["reports"][0]["status"] == "unchanged"
    told = function.log.read_text()
    assert PASSWORD not in told
    assert "@example.org" not in told


def test_an_invocation_that_fails_is_an_error_and_the_next_one_is_served(
    function: Function,
) -> None:
    function.put(b"a,b\n1,2\n")
    failed = function.api.invoke(scheduled())
    assert failed.kind == "error"
    assert failed.body["errorType"] == "RunsFailedError"
    function.put(FIRST)
    assert function.api.invoke({"feed": "people"}).kind == "response"
    assert len(function.rows()) == 2


def test_the_function_takes_its_libraries_from_the_zip_alone(
    task: Path, runtime: Path, tmp_path: Path
) -> None:
    """Without settings the handler loads all the same, and the invocation names every fault."""
    with start(task, runtime, {}, tmp_path / "log") as api:
        answer = api.invoke(scheduled())
    assert answer.kind == "error"
    assert "RDS_HOST" in answer.body["errorMessage"]
    assert "CSVFERRY_FEEDS" in answer.body["errorMessage"]
