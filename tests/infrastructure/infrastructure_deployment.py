"""An environment of a checkout, driven by Terraform as Terragrunt would."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

REPOSITORY = Path(__file__).parents[2]
sys.path.insert(0, str(REPOSITORY / "scripts/infrastructure"))

import check_plan  # noqa: E402

import settings  # noqa: E402

ACCOUNT = "123456789012"  # moto's


def need(there: object, what: str, required: str = "REQUIRE_ALL") -> None:
    """Skip this test, naming what it lacks; fail where the variable says that it must be there."""
    if there:
        return
    if os.environ.get(required) == "1":
        pytest.fail(f"needs {what}")
    pytest.skip(f"needs {what}")


def run(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    """A command's standard output; all that it printed, if it failed."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def fill_in(environment_hcl: Path, account: str) -> None:
    """Set what a user is asked to set: both environments in one account, somebody to alarm."""
    text = environment_hcl.read_text()
    text = re.sub(r'(account_id\s*=\s*)"\d+"', rf'\1"{account}"', text)
    text = re.sub(r"(alarm_emails\s*=\s*)\[\]", r'\1["oncall@example.com"]', text)
    environment_hcl.write_text(text)


@dataclass(frozen=True)
class Deployment:
    """staging or production of a checkout, or their pipeline/…; `environment` is the process's.

    `program` is Terraform, or OpenTofu.
    """

    name: str
    checkout: Path
    environment: dict[str, str]
    program: str = "terraform"

    @property
    def folder(self) -> Path:
        """Where its terragrunt.hcl is."""
        return self.checkout / "deployment" / self.name

    def inputs(self) -> dict[str, Any]:
        """What Terragrunt would give to Terraform."""
        return settings.inputs(settings.read(self.checkout), Path(self.name).name)

    def settings(self) -> dict[str, Any]:
        """The settings among them."""
        found: dict[str, Any] = self.inputs()["settings"]
        return found

    def backend(self) -> dict[str, str]:
        """What root.hcl says of the remote state."""
        common = settings.read(self.checkout)["common"]
        return {
            "bucket": f"{common['state_bucket_prefix']}-{ACCOUNT}",
            "key": f"{self.name}/terraform.tfstate",
            "region": common["region"],
            "dynamodb_table": common["lock_table"],
        }

    def init(self) -> None:
        """terraform init, with the state in S3 and its lock in DynamoDB."""
        shutil.copy(self.checkout / "deployment/provider.tf", self.folder)  # as Terragrunt does
        options = [f"-backend-config={name}={value}" for name, value in self.backend().items()]
        run([self.program, "init", "-no-color", *options], self.folder, self.environment)

    def terraform(self, command: str, *options: str, **changed: Any) -> str:
        """One terraform command with this environment's inputs, some settings changed."""
        values = self.folder / "values.json"
        given = self.inputs()
        values.write_text(json.dumps({**given, "settings": {**given["settings"], **changed}}))
        return run(
            [self.program, command, "-no-color", f"-var-file={values}", *options],
            self.folder,
            self.environment,
        )

    def plan(self, *options: str, **changed: Any) -> list[dict[str, Any]]:
        """What a plan would change: Terraform's `resource_changes` without the no-ops."""
        changes = self.save_plan(*options, **changed)["resource_changes"]
        return [one for one in changes if one["change"]["actions"] not in (["no-op"], ["read"])]

    def save_plan(self, *options: str, **changed: Any) -> dict[str, Any]:
        """A plan that is kept, as Terraform shows it."""
        self.terraform("plan", "-out=saved.tfplan", *options, **changed)
        return self.saved_plan()

    def saved_plan(self) -> dict[str, Any]:
        """The plan that was kept last."""
        shown = run([self.program, "show", "-json", "saved.tfplan"], self.folder, self.environment)
        found: dict[str, Any] = json.loads(shown)
        return found

    def apply_saved_plan(self) -> None:
        """Do what the kept plan says, and nothing else, where the pipeline would take it."""
        assert check_plan.faults(self.saved_plan(), self.name) == []
        run([self.program, "apply", "-no-color", "saved.tfplan"], self.folder, self.environment)

    def output_json(self) -> str:
        """terraform output -json"""
        return run([self.program, "output", "-json"], self.folder, self.environment)

    def outputs(self) -> dict[str, Any]:
        """The environment's outputs."""
        found: dict[str, Any] = json.loads(self.output_json())["environment"]["value"]
        return found

    def client(self, service: str) -> Any:
        """A boto3 client of moto's server."""
        return boto3.client(
            service,
            endpoint_url=self.environment["AWS_ENDPOINT_URL"],
            region_name=self.environment["AWS_REGION"],
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )
