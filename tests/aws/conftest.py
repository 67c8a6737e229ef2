"""A function per test, over moto's server (S3, Secrets Manager) and a MariaDB with TLS."""

import logging
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from authority import make_authority
from moto.server import ThreadedMotoServer
from rig import Printed, Rig, environment_of
from stormy import StormyS3

from servers import Server, mariadb
from targets import fresh_database

# The function's logger takes its name when it is imported, which a test module may do first.
os.environ.setdefault("POWERTOOLS_SERVICE_NAME", "csvferry-test")


@pytest.fixture(scope="session")
def printed() -> Iterator[Printed]:
    """What functions printed in the whole suite; at its end no secret may be in it."""
    printed = Printed()
    yield printed
    assert not printed.told()


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    """The address of moto's server."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the tests' certificates."""
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="session")
def aurora(tmp_path_factory: pytest.TempPathFactory, certificates: Path) -> Iterator[Server]:
    """A MariaDB server with TLS that tests may stop and kill."""
    if not shutil.which("mariadbd"):
        pytest.skip("no mariadbd on the path")
    server = mariadb(
        tmp_path_factory.mktemp("aurora"),
        *make_authority(certificates),
        "--innodb-flush-method=nosync",
        "--skip-innodb-doublewrite",
        "--sync-frm=0",
    )
    server.start()
    yield server
    server.stop()


@pytest.fixture
def storm(moto: str) -> Iterator[StormyS3]:
    """The S3 server as the function sees it."""
    storm = StormyS3(moto).start()
    yield storm
    storm.stop()


@pytest.fixture
def rig(
    moto: str,
    storm: StormyS3,
    aurora: Server,
    certificates: Path,
    printed: Printed,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Rig]:
    """A function with a bucket, a secret and a database of its own."""
    if aurora.process is None:
        aurora.start()
    with fresh_database(aurora.url) as url:
        rig = Rig(
            s3=_client("s3", moto),
            vault=_client("secretsmanager", moto),
            storm=storm,
            server=aurora,
            printed=printed,
            environment=monkeypatch,
            bucket=f"csvferry-{secrets.token_hex(6)}",
            database=url.rpartition("/")[2],
        )
        rig.s3.create_bucket(
            Bucket=rig.bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        rig.s3.put_bucket_versioning(
            Bucket=rig.bucket, VersioningConfiguration={"Status": "Enabled"}
        )
        rig.new_user()
        rig.vault.create_secret(Name=rig.bucket, SecretString=rig.secret())
        rig.set(**environment_of(rig, moto, certificates))
        yield rig
        if aurora.process is None:
            aurora.start()


def _client(service: str, endpoint: str) -> Any:
    return boto3.client(
        service,
        region_name="eu-central-1",
        endpoint_url=endpoint,
        aws_access_key_id="tests",
        aws_secret_access_key="tests",
    )
