"""What the pipeline may do where, read from its workflows: who holds credentials, and when."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from infrastructure_deployment import REPOSITORY

WORKFLOWS = REPOSITORY / ".github/workflows"


def jobs(name: str) -> dict[str, Any]:
    """The jobs of a workflow."""
    found: dict[str, Any] = yaml.safe_load((WORKFLOWS / name).read_text())["jobs"]
    return found


def commands(job: dict[str, Any]) -> str:
    """All that a job's steps run."""
    return "\n".join(step.get("run", "") for step in job.get("steps", []))


EVERY_JOB = [
    pytest.param(job, id=f"{path.name}: {name}")
    for path in sorted(WORKFLOWS.glob("*.yml"))
    for name, job in jobs(path.name).items()
]


@pytest.mark.parametrize("job", EVERY_JOB)
def test_credentials_are_only_where_a_github_environment_is(job: dict[str, Any]) -> None:
    text = yaml.safe_dump(job)
    if "secrets.AWS" in text or "id-token" in job.get("permissions", {}):
        assert job["environment"]


@pytest.mark.parametrize("job", EVERY_JOB)
def test_nothing_is_installed_from_a_registry_where_credentials_are(job: dict[str, Any]) -> None:
    if "environment" in job:
        ran = commands(job)
        assert "pip install" not in ran
        assert "prepare_lambda" not in ran
        assert "make setup" not in ran


def test_a_pull_request_gets_no_more_than_the_plans_role() -> None:
    deploy = jobs("deploy.yml")
    for name, job in deploy.items():
        if "environment" in job and "pull_request" not in job["if"].split("&&")[0]:
            assert job["environment"].endswith("-plan"), name
    assert deploy["plan"]["environment"] == "${{ needs.choose.outputs.environment }}-plan"
    assert "head.repo.full_name == github.repository" in deploy["plan"]["if"]
    assert deploy["apply"]["if"].startswith("github.event_name != 'pull_request'")


def test_what_was_planned_is_applied_after_the_tests_and_tried() -> None:
    apply = jobs("deploy.yml")["apply"]
    assert {"test", "plan"} <= set(apply["needs"])
    ran = [step["run"] for step in apply["steps"] if step.get("run", "").startswith("make ")]
    assert ran == [
        'make "apply_plan_$ENVIRONMENT"',
        'make "grant_tables_$ENVIRONMENT"',
        'make "smoke_test_$ENVIRONMENT"',
    ]
    handed = [
        step["with"] for step in apply["steps"] if "download-artifact" in step.get("uses", "")
    ]
    assert [one["name"] for one in handed] == ["built", "plan"]


def test_a_plan_of_the_reading_role_takes_no_lock() -> None:
    (plan,) = [step for step in jobs("deploy.yml")["plan"]["steps"] if step.get("id") == "plan"]
    assert "-lock=false" in plan["env"]["TERRAGRUNT_FLAGS"]
    assert "BUILT=1" in plan["run"]


def test_a_repository_without_secrets_plans_nothing_and_fails_nothing() -> None:
    plan = jobs("deploy.yml")["plan"]
    first, *others = plan["steps"]
    assert first["id"] == "credentials"
    assert all("steps.credentials.outputs.there == 'true'" in step["if"] for step in others)
    assert "planned == 'true'" in jobs("deploy.yml")["apply"]["if"]


def test_the_secrets_have_the_names_that_were_asked_for() -> None:
    text = (WORKFLOWS / "deploy.yml").read_text()
    for environment in ("STAGING", "PRODUCTION"):
        for kind in ("AWS_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY"):
            assert f"secrets.{kind}_{environment} " in text


def test_pins_are_renewed_by_a_bot() -> None:
    renewed = yaml.safe_load((REPOSITORY / ".github/dependabot.yml").read_text())["updates"]
    assert {one["package-ecosystem"] for one in renewed} >= {"github-actions", "pip", "terraform"}
    for one in renewed:
        for folder in [one.get("directory"), *one.get("directories", [])]:
            if folder not in {None, "/"}:
                assert list(Path(REPOSITORY).glob(folder.strip("/")))
            if one["package-ecosystem"] == "terraform" and folder is not None:
                assert list(REPOSITORY.glob(f"{folder.strip('/')}/.terraform.lock.hcl")), folder
