"""The doctor inside the function: secret, time, memory, then each feed; it tells no secret."""

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from csvferry.aws.doctor import diagnose
from csvferry.aws.settings import read_settings
from csvferry.commands.grants import needs, render
from targets import Target, fresh_database

PASSWORD = secrets.token_hex(12)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def environment(
    endpoint: str, mariadb_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, str]]:
    """Of a function in which nothing is wrong."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "eu-central-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1024")
    with fresh_database(mariadb_url) as url:
        target, user = Target("mariadb", url), f"ferry_{secrets.token_hex(4)}"
        parts = urlsplit(url)
        database = parts.path.strip("/")
        given = [f"{render(grant, database)} TO '{user}'@'%'" for grant in needs(["people"])]
        target.run(f"CREATE USER '{user}'@'%' IDENTIFIED BY '{PASSWORD}'", *given)
        bucket = _bucket_and_secret(endpoint, user)
        feed = {"source": f"s3://{bucket}/people.csv", "name": "people"}
        try:
            yield {
                "CSVFERRY_FEEDS": json.dumps([feed]),
                "RDS_HOST": "127.0.0.1",
                "RDS_PORT": str(parts.port),
                "RDS_DATABASE": database,
                "SECRETS_NAME": bucket,
            }
        finally:
            target.run(f"DROP USER '{user}'@'%'")


def _bucket_and_secret(endpoint: str, user: str) -> str:
    import boto3

    name = f"doctor-{secrets.token_hex(6)}"
    s3 = boto3.client("s3", endpoint_url=endpoint)
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_object(Bucket=name, Key="people.csv", Body=b"id,email\n1,a@x\n")
    vault = boto3.client("secretsmanager", endpoint_url=endpoint)
    vault.create_secret(
        Name=name, SecretString=json.dumps({"username": user, "password": PASSWORD})
    )
    return name


def wrong(environment: dict[str, str], seconds: float = 300.0) -> dict[str, dict[str, Any]]:
    settings, feeds = read_settings(environment)
    findings = diagnose(settings, feeds, lambda: seconds)
    assert PASSWORD not in json.dumps(findings)
    return {f["name"]: f for f in findings if f["ok"] is False}


def test_nothing_is_wrong(environment: dict[str, str]) -> None:
    settings, feeds = read_settings(environment)
    findings = diagnose(settings, feeds, lambda: 300.0)
    assert [f for f in findings if f["ok"] is False] == []
    assert {"secret", "time", "function's memory"} == {
        f["name"] for f in findings if f["feed"] is None
    }
    assert {"encryption key", "sign-in"} <= {f["name"] for f in findings if f["feed"] == "people"}


def test_no_such_secret(environment: dict[str, str]) -> None:
    environment["SECRETS_NAME"] = "no-such-secret"
    found = wrong(environment)
    assert "SECRETS_NAME" in found["secret"]["mend"]
    assert "sign-in" in found


def test_too_little_time(environment: dict[str, str]) -> None:
    assert "timeout" in wrong(environment, seconds=5.0)["time"]["mend"]


def test_too_little_memory(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
    assert "memory_mb" in wrong(environment)["function's memory"]["mend"]


def test_the_certificates_of_rds_do_not_fit_another_server(
    environment: dict[str, str], tmp_path: Path
) -> None:
    """A CA file is named, and the server has no certificate of it."""
    bundle = Path(__file__).parents[2] / "src" / "csvferry" / "aws" / "rds-global-bundle.pem"
    environment["RDS_CA"] = str(bundle)
    assert "TLS" in wrong(environment)
