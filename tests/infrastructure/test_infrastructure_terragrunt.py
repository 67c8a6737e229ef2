"""The real Terragrunt over both environments, where there is one: TERRAGRUNT or the PATH."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from infrastructure_deployment import Deployment, run


@pytest.fixture(scope="module")
def terragrunt() -> str:
    """The program."""
    found = os.environ.get("TERRAGRUNT") or shutil.which("terragrunt")
    if not found:
        pytest.skip("needs Terragrunt: TERRAGRUNT names it, or it is on the PATH")
    return str(found)


@pytest.fixture
def environment(state_store: dict[str, str]) -> dict[str, str]:
    """The process's environment for Terragrunt."""
    return {**state_store, "TG_NON_INTERACTIVE": "true", "TG_NO_COLOR": "true"}


@pytest.mark.parametrize("name", ["staging", "production"])
@pytest.mark.parametrize("command", [["init"], ["validate"], ["plan", "-no-color"]])
def test_terragrunt_runs_in_both_environments(
    terragrunt: str, checkout: Path, environment: dict[str, str], name: str, command: list[str]
) -> None:
    printed = run([terragrunt, *command], checkout / "deployment" / name, environment)
    if command[0] == "plan":
        assert f"csvferry-{name}" in printed


@pytest.mark.parametrize("name", ["staging", "production"])
def test_terragrunt_gives_what_the_tests_take_for_its_inputs(
    terragrunt: str, checkout: Path, environment: dict[str, str], name: str
) -> None:
    printed = run([terragrunt, "render", "--json"], checkout / "deployment" / name, environment)
    rendered = json.loads(printed)
    deployment = Deployment(name, checkout, environment)
    assert rendered["inputs"] == deployment.inputs()
    config = rendered["remote_state"]["config"]
    assert {key: str(value).lower() for key, value in config.items()} == {
        key: value.lower() for key, value in deployment.backend().items()
    }


def test_outputs_are_plain_json(
    terragrunt: str, checkout: Path, environment: dict[str, str]
) -> None:
    printed = run([terragrunt, "output", "-json"], checkout / "deployment/staging", environment)
    assert isinstance(json.loads(printed), dict)


def test_anothers_lock_is_respected_by_terragrunt(
    terragrunt: str, checkout: Path, environment: dict[str, str]
) -> None:
    deployment = Deployment("staging", checkout, environment)
    backend = deployment.backend()
    lock = {"LockID": {"S": f"{backend['bucket']}/{backend['key']}"}}
    info = {"Info": {"S": json.dumps({"ID": "1", "Who": "somebody@else"})}}
    dynamodb = deployment.client("dynamodb")
    dynamodb.put_item(TableName=backend["dynamodb_table"], Item={**lock, **info})
    try:
        done = subprocess.run(
            [terragrunt, "plan", "-no-color"],
            cwd=deployment.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        dynamodb.delete_item(TableName=backend["dynamodb_table"], Key=lock)
    assert done.returncode != 0
    assert "somebody@else" in done.stdout + done.stderr
