"""Every policy that Terraform makes, held to AWS's own lists of actions, resources and keys."""

import subprocess
import sys
from pathlib import Path

import pytest
from infrastructure_deployment import REPOSITORY, Deployment, run

SCRIPT = REPOSITORY / "scripts/infrastructure/check_policies.py"


def check(shown: str) -> subprocess.CompletedProcess[str]:
    """check_policies.py on what `terraform show -json` printed."""
    return subprocess.run(
        [sys.executable, SCRIPT], input=shown, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("name", ["staging", "production"])
def test_every_policy_of_an_environment_is_one_that_aws_knows(
    applied: dict[str, Deployment], name: str
) -> None:
    deployment = applied[name]
    done = check(run(["terraform", "show", "-json"], deployment.folder, deployment.environment))
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[0]) >= 9


@pytest.mark.parametrize("name", ["staging", "production"])
def test_every_policy_of_the_pipeline_is_one_that_aws_knows(
    checkout: Path, state_store: dict[str, str], name: str
) -> None:
    deployment = Deployment(f"pipeline/{name}", checkout, state_store)
    deployment.init()
    deployment.terraform("apply", "-auto-approve")
    try:
        done = check(run(["terraform", "show", "-json"], deployment.folder, state_store))
        assert done.returncode == 0, done.stderr
        assert int(done.stdout.split()[0]) >= 5
    finally:
        deployment.terraform("destroy", "-auto-approve")
