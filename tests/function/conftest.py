"""The zip, unpacked alone; the Lambda runtime's own libraries beside it; moto's AWS."""

import importlib.metadata
import os
import platform
import shutil
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from function_process import link_runtime
from function_scripts import ROOT, load_script

MACHINE = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
PYTHON = "{}.{}".format(*sys.version_info[:2])


@pytest.fixture(scope="session")
def build() -> ModuleType:
    """scripts/build_function.py."""
    return load_script("build_function")


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as it is now; the tests' tree may be worked on meanwhile."""
    copy = tmp_path_factory.mktemp("source") / "csvferry"
    return shutil.copytree(ROOT / "src" / "csvferry", copy)


@pytest.fixture(scope="session")
def function_zip(build: ModuleType, source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip for this machine and this Python."""
    target = tmp_path_factory.mktemp("zip") / "lambda_function.zip"
    build.build(MACHINE, PYTHON, target, source)
    return target


@pytest.fixture(scope="session")
def task(function_zip: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip unpacked, as Lambda has it in /var/task."""
    if sys.platform != "linux":
        pytest.skip("the function's wheels are for Linux")
    folder = tmp_path_factory.mktemp("task")
    with zipfile.ZipFile(function_zip) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture(scope="session")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runtime's own libraries."""
    try:
        return link_runtime(tmp_path_factory.mktemp("runtime"))
    except importlib.metadata.PackageNotFoundError:
        if os.environ.get("CI"):
            pytest.fail("CI must have awslambdaric")
        pytest.skip("awslambdaric is not installed")


@pytest.fixture(scope="session")
def aws() -> Iterator[str]:
    """The address of moto's server."""
    from moto.server import ThreadedMotoServer
    from moto.sqs.models import SQSBackend

    # For each message that is received, moto counts those of the whole queue to know this.
    SQSBackend.is_message_valid_based_on_retention_period = (  # type: ignore[method-assign]
        lambda *_: True
    )
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()
