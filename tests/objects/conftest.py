"""A bucket on moto's server, and a web server."""

import logging
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from emulators import ACCOUNT, AZURITE, KEY, Cloud, azure_server, google_server
from moto.server import ThreadedMotoServer
from web_server import Web

from aws.stormy import StormyS3
from servers import absent


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    """The address of moto's server."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@dataclass
class Bucket:
    """An S3 bucket with versions, behind a network that may fail."""

    s3: Any
    name: str
    storm: StormyS3

    def put(self, key: str, data: bytes) -> str:
        """Upload; gives the address."""
        self.s3.put_object(Bucket=self.name, Key=key, Body=data)
        return f"s3://{self.name}/{key}"

    def gets(self) -> int:
        """How many times bytes were asked for."""
        return sum(method == "GET" for method, _ in self.storm.requests)


@pytest.fixture
def bucket(moto: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """A fresh one, found by the standard variables."""
    storm = StormyS3(moto).start()
    environment = {
        "AWS_ACCESS_KEY_ID": "tests",
        "AWS_SECRET_ACCESS_KEY": "tests",
        "AWS_REGION": "eu-central-1",
        "AWS_ENDPOINT_URL": storm.url,
    }
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    s3 = boto3.client("s3", region_name="eu-central-1", endpoint_url=moto)
    name = f"csvferry-{secrets.token_hex(6)}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    yield Bucket(s3, name, storm)
    storm.stop()


@pytest.fixture
def web() -> Iterator[Web]:
    web = Web().start()
    yield web
    web.stop()


@pytest.fixture(scope="session")
def gs_server() -> Iterator[str]:
    with google_server() as url:
        yield url


@pytest.fixture(scope="session")
def az_server() -> Iterator[str]:
    if not AZURITE.exists():
        absent("Azurite: scripts/install_azurite, which needs npm")
    with azure_server() as url:
        yield url


@pytest.fixture(params=["gs", "az"])
def cloud(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """A bucket of Google's and one of Azure's, found by their standard variables."""
    scheme = request.param
    server = request.getfixturevalue(f"{scheme}_server")
    storm = StormyS3(server, host=server.removeprefix("http://")).start()
    environment = {
        "gs": {"STORAGE_EMULATOR_HOST": storm.url},
        "az": {
            "AZURE_STORAGE_ACCOUNT_NAME": ACCOUNT,
            "AZURE_STORAGE_ACCOUNT_KEY": KEY,
            "AZURE_STORAGE_ENDPOINT": f"{storm.url}/{ACCOUNT}",
        },
    }[scheme]
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    cloud = Cloud(scheme, server, f"csvferry-{secrets.token_hex(6)}", storm)
    cloud.make_bucket()
    yield cloud
    storm.stop()
