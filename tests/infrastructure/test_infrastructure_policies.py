"""Every policy that Terraform makes, held to AWS's own lists of actions, resources and keys, and
every right of a role to the boundary that the pipeline makes."""

import json
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import check_policies
import pytest
from infrastructure_deployment import REPOSITORY, Deployment, run

SCRIPT = REPOSITORY / "scripts/infrastructure/check_policies.py"
ENVIRONMENTS = ["staging", "production"]


def check(shown: str) -> subprocess.CompletedProcess[str]:
    """check_policies.py on what `terraform show -json` printed."""
    return subprocess.run(
        [sys.executable, SCRIPT], input=shown, capture_output=True, text=True, check=False
    )


def show(deployment: Deployment) -> str:
    """The state, as Terraform shows it."""
    return run(["terraform", "show", "-json"], deployment.folder, deployment.environment)


@pytest.fixture(scope="module")
def pipelines(checkout: Path, state_store: dict[str, str]) -> dict[str, str]:
    """What `terraform show -json` printed of each environment's pipeline, which is gone again."""
    shown = {}
    for name in ENVIRONMENTS:
        deployment = Deployment(f"pipeline/{name}", checkout, state_store)
        deployment.init()
        deployment.terraform("apply", "-auto-approve")
        shown[name] = show(deployment)
        deployment.terraform("destroy", "-auto-approve")
    return shown


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_policy_of_an_environment_is_one_that_aws_knows(
    applied: dict[str, Deployment], name: str
) -> None:
    done = check(show(applied[name]))
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[0]) >= 9


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_policy_of_the_pipeline_is_one_that_aws_knows(
    pipelines: dict[str, str], name: str
) -> None:
    done = check(pipelines[name])
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[0]) >= 6


@pytest.mark.parametrize(
    ("action", "condition", "told"),
    [
        ("s3:GetObjekt", {}, "no action s3:GetObjekt"),
        ("sqs:Recieve*", {}, "no action sqs:Recieve*"),
        ("nosuch:Thing", {}, "no action nosuch:Thing"),
        ("s3:GetObject", {"StringEquals": {"s3:prefixes": "a"}}, "no condition key s3:prefixes"),
        ("kms:Decrypt", {"StringEquals": {"kms:EncryptionContext:any:name": "a"}}, ""),
        ("s3:Get*", {"Bool": {"aws:SecureTransport": "true"}}, ""),
        ("s3:GetObject", {"ArnLike": {"lambda:SourceFunctionArn": "a"}}, ""),
    ],
)
def test_a_name_that_aws_does_not_have_is_told(
    action: str, condition: dict[str, Any], told: str
) -> None:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*", "Condition": condition}
    policy = check_policies.Policy("here", "policy", json.dumps({"Statement": [statement]}))
    assert [
        fault.removeprefix("here.policy: there is ") for fault in check_policies.unknown(policy)
    ] == ([told] if told else [])


def several(words: str | list[str]) -> list[str]:
    """One or many, as a list."""
    return [words] if isinstance(words, str) else words


def rights(policy: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Each action that is allowed, with each resource."""
    for statement in policy["Statement"]:
        if statement["Effect"] == "Allow":
            for action in several(statement["Action"]):
                for resource in several(statement["Resource"]):
                    yield action, resource


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_right_of_a_role_is_within_the_boundary(
    applied: dict[str, Deployment], pipelines: dict[str, str], name: str
) -> None:
    """With the boundary a role can do all that it does without."""
    (boundary,) = [
        json.loads(policy.text)
        for policy in check_policies.policies(json.loads(pipelines[name]))
        if policy.address.endswith("aws_iam_policy.boundary")
    ]
    most = set(rights(boundary))
    had = {
        right
        for policy in check_policies.policies(json.loads(show(applied[name])))
        if ".aws_iam_role_policy." in policy.address
        for right in rights(json.loads(policy.text))
    }
    assert len(had) > 15
    assert {
        (action, resource)
        for action, resource in had
        if not any(action == one and fnmatchcase(resource, limit) for one, limit in most)
    } == set()
