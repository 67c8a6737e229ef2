"""The same files under OpenTofu, where there is one: TOFU, or `tofu` on the PATH."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from infrastructure_deployment import REPOSITORY, Deployment, run
from second_plan import remembered

MODULES = sorted(path.name for path in (REPOSITORY / "modules").iterdir())


@pytest.fixture(scope="module")
def tofu() -> str:
    """The program; one before 1.11 is none, since OpenTofu counts its versions by itself."""
    found = os.environ.get("TOFU") or shutil.which("tofu")
    if not found:
        pytest.skip("needs OpenTofu: TOFU names it, or it is on the PATH")
    told = subprocess.run([found, "version"], capture_output=True, text=True, check=True).stdout
    version = re.search(r"OpenTofu v(\d+)\.(\d+)", told)
    assert version, told
    if (int(version.group(1)), int(version.group(2))) < (1, 11):
        pytest.skip(f"needs OpenTofu 1.11 or later, is {version.group()}")
    return str(found)


@pytest.fixture(scope="module")
def environment(
    provider: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """Where OpenTofu finds the provider: Terraform's mirror under its own registry's name."""
    settings = Path(provider.get("TF_CLI_CONFIG_FILE", "no file"))
    if not settings.exists():
        return provider
    (mirror,) = re.findall(r'path\s*=\s*"(.*)"', settings.read_text())
    own = tmp_path_factory.mktemp("mirror")
    # A link at the last step alone: OpenTofu follows none on its way down.
    for package in Path(mirror).glob("registry.terraform.io/hashicorp/aws/*/*"):
        version = own / "registry.opentofu.org/hashicorp/aws" / package.parent.name
        version.mkdir(parents=True, exist_ok=True)
        (version / package.name).symlink_to(package)
    (own / "tofu.rc").write_text(
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{own}"\n  }}\n}}\n'
    )
    kept = {name: value for name, value in provider.items() if name != "TF_PLUGIN_CACHE_DIR"}
    return {**kept, "TF_CLI_CONFIG_FILE": str(own / "tofu.rc")}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The infrastructure's files, without what Terraform left among them."""
    folder = tmp_path_factory.mktemp("tofu")
    skipped = shutil.ignore_patterns(".terraform*", "__pycache__")
    for name in ("deployment", "modules", "scripts"):
        shutil.copytree(REPOSITORY / name, folder / name, symlinks=True, ignore=skipped)
    for name in ("common.hcl", "environment.hcl"):
        shutil.copy(REPOSITORY / name, folder / name)
    return folder


@pytest.mark.parametrize("module", MODULES)
def test_the_modules_keep_their_promises_under_opentofu(
    tofu: str, environment: dict[str, str], copy: Path, module: str
) -> None:
    folder = copy / "modules" / module
    run([tofu, "init", "-backend=false", "-no-color"], folder, environment)
    run([tofu, "validate", "-no-color"], folder, environment)
    run([tofu, "test", "-no-color"], folder, environment)


@pytest.mark.parametrize("name", ["staging", "production", "pipeline/staging"])
def test_the_deployments_are_valid_under_opentofu(
    tofu: str, environment: dict[str, str], copy: Path, name: str
) -> None:
    shutil.copy(copy / "deployment/provider.tf", copy / "deployment" / name)
    run([tofu, "init", "-backend=false", "-no-color"], copy / "deployment" / name, environment)
    run([tofu, "validate", "-no-color"], copy / "deployment" / name, environment)


@pytest.fixture(scope="module")
def applied_by_opentofu(
    tofu: str, environment: dict[str, str], state_store: dict[str, str], checkout: Path
) -> Deployment:
    """Staging, applied in moto's server by OpenTofu, its state in S3."""
    mirror = {"TF_CLI_CONFIG_FILE": environment.get("TF_CLI_CONFIG_FILE", "")}
    others = {name: value for name, value in state_store.items() if name in environment}
    deployment = Deployment("staging", checkout, {**state_store, **others, **mirror}, tofu)
    deployment.init()
    deployment.save_plan()
    deployment.apply_saved_plan()
    return deployment


def test_opentofu_applies_what_it_planned_and_plans_no_more(
    applied_by_opentofu: Deployment,
) -> None:
    assert applied_by_opentofu.outputs()["function_name"] == "csvferry-staging"
    assert remembered(applied_by_opentofu.plan()) == {}


def test_opentofu_destroys_staging_and_leaves_nothing(applied_by_opentofu: Deployment) -> None:
    applied_by_opentofu.terraform("destroy", "-auto-approve")
    left = applied_by_opentofu.client("lambda").list_functions()["Functions"]
    assert left == []
    assert applied_by_opentofu.client("rds").describe_db_clusters()["DBClusters"] == []
