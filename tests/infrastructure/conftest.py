"""What the infrastructure's tests share: AWS by moto's server, the real provider, a copy of
the repository to deploy from, and both environments applied there.

`applied_staging` and `applied_production` are for any test that wants what Terraform made.
The zip is LAMBDA_ZIP, else build/lambda_function.zip, else a stand-in.

A test that lacks something is skipped and says what. With REQUIRE_ALL=1 it fails instead; for
Terraform and its provider, which no package manager here has, with REQUIRE_TERRAFORM=1.
"""

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from infrastructure_deployment import ACCOUNT, REPOSITORY, Deployment, fill_in, need, run

STARTUP_SECONDS = 300


def free_port() -> int:
    """A port of the loopback address that no one listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def answers(address: str) -> bool:
    """Whether an HTTP server answers there, whatever it says."""
    try:
        urllib.request.urlopen(address, timeout=2).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """moto's server; yields the environment in which AWS tools talk to it."""
    need(importlib.util.find_spec("moto"), "moto[server] (pip)")
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    need(shutil.which("aws", path=tools), "the AWS command line (pip install awscli)")
    endpoint = f"http://127.0.0.1:{free_port()}"
    log = tmp_path_factory.mktemp("aws") / "server.log"
    server = subprocess.Popen(
        [
            sys.executable,
            str(Path(__file__).with_name("moto_aws.py")),
            "-p",
            endpoint.rsplit(":", maxsplit=1)[-1],
        ],
        stdout=log.open("w"),
        stderr=subprocess.STDOUT,
    )
    try:
        give_up = time.monotonic() + STARTUP_SECONDS
        while not answers(f"{endpoint}/moto-api/"):
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < give_up, log.read_text()
            time.sleep(0.2)
        yield {
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            "PATH": tools,
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_REGION": "eu-west-1",
            "AWS_PAGER": "",
        }
    finally:
        server.terminate()
        server.wait()


@pytest.fixture(scope="session")
def provider(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment in which `terraform init` finds the real AWS provider."""
    need(shutil.which("terraform"), "terraform", "REQUIRE_TERRAFORM")
    environment = {
        **os.environ,
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
        "CHECKPOINT_DISABLE": "1",
    }
    mirror = Path(os.environ.get("TERRAFORM_MIRROR", REPOSITORY.parent / "shared/terraform/mirror"))
    if mirror.exists():
        found = subprocess.run([mirror], capture_output=True, text=True, check=False).stdout
        if found.startswith("export TF_CLI_CONFIG_FILE="):
            environment["TF_CLI_CONFIG_FILE"] = found.split("=", 1)[1].split()[0]
    cache = tmp_path_factory.mktemp("providers")
    environment["TF_PLUGIN_CACHE_DIR"] = str(cache)
    environment["TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE"] = "1"
    module = REPOSITORY / "modules/platform"
    copy = shutil.copytree(
        module, cache / "try", ignore=shutil.ignore_patterns("tests", ".terraform*")
    )
    init = subprocess.run(
        ["terraform", "init", "-backend=false"],
        cwd=copy,
        env=environment,
        capture_output=True,
        check=False,
    )
    shutil.rmtree(copy)
    need(
        init.returncode == 0,
        "the AWS provider: a local mirror of providers, or the registry",
        "REQUIRE_TERRAFORM",
    )
    return environment


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the infrastructure's files whose environments are in moto's account."""
    copy = tmp_path_factory.mktemp("checkout") / "repository"
    skipped = shutil.ignore_patterns(".terraform*", "*.tfstate*", "__pycache__")
    for name in ("deployment", "modules", "scripts", "make"):
        shutil.copytree(REPOSITORY / name, copy / name, symlinks=True, ignore=skipped)
    for name in ("common.hcl", "environment.hcl"):
        shutil.copy(REPOSITORY / name, copy / name)
    fill_in(copy / "environment.hcl", ACCOUNT)
    # The root Makefile is of the whole project; this part of it stands alone.
    (copy / "Makefile").write_text("include make/infrastructure.mk\nprepare_lambda:\n")
    built = Path(os.environ.get("LAMBDA_ZIP", REPOSITORY / "build/lambda_function.zip"))
    (copy / "build").mkdir()
    stand_in = copy / "modules/lambda/tests/dummy.zip"
    shutil.copy(built if built.exists() else stand_in, copy / "build/lambda_function.zip")
    return copy


@pytest.fixture(scope="session")
def state_store(aws: dict[str, str], provider: dict[str, str], checkout: Path) -> dict[str, str]:
    """`make create_resources` was run; the environment for Terraform with its state in S3."""
    environment = {
        **provider,
        **{name: value for name, value in aws.items() if name not in provider},
    }
    environment["PATH"] = aws["PATH"]
    run(["make", "create_resources"], checkout, environment)
    return environment


@pytest.fixture(scope="session")
def applied(state_store: dict[str, str], checkout: Path) -> dict[str, Deployment]:
    """Both environments, applied at the same time."""
    both = {name: Deployment(name, checkout, state_store) for name in ("staging", "production")}
    for deployment in both.values():
        deployment.init()
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda one: one.terraform("apply", "-auto-approve"), both.values()))
    return both


@pytest.fixture(scope="session")
def applied_staging(applied: dict[str, Deployment]) -> Deployment:
    """Staging, as environment.hcl says."""
    return applied["staging"]


@pytest.fixture(scope="session")
def applied_production(applied: dict[str, Deployment]) -> Deployment:
    """Production, as environment.hcl says."""
    return applied["production"]


@pytest.fixture(scope="session")
def staging_with_secret(applied_staging: Deployment) -> Deployment:
    """Staging once more, its function signing in with a secret, and with a feed that runs as a
    task: a saved plan is applied, as the pipeline does. Tests that use this come after those of
    `applied_staging`."""
    big = {"name": "big", "source": "incoming/big/", "table": "big", "key": ["id"]}
    applied_staging.save_plan(
        sign_in="secret",
        feeds=[*applied_staging.settings()["feeds"], {**big, "runner": "task"}],
        task={
            "network": "public",
            "image_tag": "v1",
            "cpu_units": 1024,
            "memory_mb": 4096,
            "disk_gb": 50,
        },
    )
    applied_staging.apply_saved_plan()
    return applied_staging


class Recorder(BaseHTTPRequestHandler):
    """An RDS Data API that keeps what it was asked; asleep for the first `asleep` times."""

    asked: list[dict[str, Any]]
    asleep = 0

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append(asked)
        self.send_response(400 if len(self.asked) <= self.asleep else 200)
        self.send_header("Content-Type", "application/json")
        if len(self.asked) <= self.asleep:
            self.send_header("x-amzn-ErrorType", "DatabaseResumingException")
        self.end_headers()
        self.wfile.write(b'{"message": "waking"}' if len(self.asked) <= self.asleep else b"{}")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def serve() -> Iterator[Callable[[type[Recorder]], tuple[str, type[Recorder]]]]:
    """Serves a kind of recorder; gives its address, and the kind with what it recorded."""
    servers = []

    def start(kind: type[Recorder]) -> tuple[str, type[Recorder]]:
        mine = type("Mine", (kind,), {"asked": []})
        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), mine))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}", mine

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def data_api(
    serve: Callable[[type[Recorder]], tuple[str, type[Recorder]]],
) -> tuple[str, type[Recorder]]:
    """The address of a recording Data API, and what it recorded."""
    return serve(Recorder)
