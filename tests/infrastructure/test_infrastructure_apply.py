"""Applied for real: the AWS provider itself builds both environments in moto's server."""

import json
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import check_plan
import pytest
from infrastructure_deployment import ACCOUNT, Deployment, run
from second_plan import LAMBDA, PLATFORM, remembered

ENVIRONMENTS = ["staging", "production"]


def statements(deployment: Deployment) -> dict[str, dict[str, Any]]:
    """The statements of the function's role, by their names."""
    role = f"csvferry-{deployment.name}-function"
    policy = deployment.client("iam").get_role_policy(
        RoleName=role, PolicyName="only-what-it-needs"
    )
    return {one["Sid"]: one for one in policy["PolicyDocument"]["Statement"]}


def test_state_bucket_is_versioned_encrypted_private_and_tls_only(
    applied_staging: Deployment,
) -> None:
    s3, bucket = applied_staging.client("s3"), applied_staging.backend()["bucket"]
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    blocked = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert set(blocked.values()) == {True}
    policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
    assert policy["Statement"][0]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert {"staging/terraform.tfstate", "production/terraform.tfstate"} == {
        found["Key"] for found in s3.list_objects_v2(Bucket=bucket)["Contents"]
    }


def test_the_state_is_encrypted_by_the_buckets_rule(applied: dict[str, Deployment]) -> None:
    for deployment in applied.values():
        backend = deployment.backend()
        assert "encrypt" not in backend
        kept = deployment.client("s3").head_object(Bucket=backend["bucket"], Key=backend["key"])
        assert kept["ServerSideEncryption"] == "aws:kms"


def test_create_resources_keeps_what_is_there(
    applied_staging: Deployment, checkout: Path, state_store: dict[str, str]
) -> None:
    done = subprocess.run(
        ["make", "create_resources"],
        cwd=checkout,
        env=state_store,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "made" not in done.stdout
    assert done.stdout.count(": there") == 2


@pytest.mark.parametrize("environment", [["staging"], []])
def test_create_resources_refuses_another_account(
    checkout: Path, state_store: dict[str, str], environment: list[str]
) -> None:
    environment_hcl = checkout / "environment.hcl"
    kept = environment_hcl.read_text()
    try:
        environment_hcl.write_text(kept.replace(ACCOUNT, "999999999999"))
        done = subprocess.run(
            ["scripts/infrastructure/create_resources", *environment],
            cwd=checkout,
            env=state_store,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        environment_hcl.write_text(kept)
    assert done.returncode == 1
    assert ACCOUNT in done.stderr


@pytest.fixture(scope="module")
def second_plans(applied: dict[str, Deployment]) -> dict[str, list[dict[str, Any]]]:
    """What a second plan of each environment would change."""
    with ThreadPoolExecutor() as pool:
        plans = pool.map(lambda one: one.plan(), applied.values())
        return dict(zip(applied, plans, strict=True))


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_second_plan_shows_no_change(
    second_plans: dict[str, list[dict[str, Any]]], name: str
) -> None:
    assert remembered(second_plans[name]) == {}


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_what_moto_forgets_is_planned(
    second_plans: dict[str, list[dict[str, Any]]], name: str
) -> None:
    planned = {one["address"]: one["change"]["after"] for one in second_plans[name]}
    function = planned[f"{LAMBDA}.aws_lambda_function.this"]
    queue = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:csvferry-{name}-dead-letters"
    assert function["dead_letter_config"] == [{"target_arn": queue}]
    assert function["logging_config"][0]["log_group"] == f"/aws/lambda/csvferry-{name}"
    assert planned[f"{PLATFORM}.aws_s3_bucket_notification.data"]["eventbridge"] is True


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_the_function_is_told_where_everything_is(
    applied: dict[str, Deployment], name: str
) -> None:
    deployment = applied[name]
    function = deployment.client("lambda").get_function_configuration(
        FunctionName=f"csvferry-{name}"
    )
    variables = function["Environment"]["Variables"]
    outputs, inputs = deployment.outputs(), deployment.settings()
    assert variables["RDS_HOST"] == outputs["database"]["host"]
    assert variables["RDS_PORT"] == "3306"
    assert variables["RDS_DATABASE"] == inputs["database_name"]
    assert variables["RDS_USER"] == inputs["database_user"]
    assert variables["SIGN_IN"] == "iam"
    assert "SECRETS_NAME" not in variables
    assert variables["CSVFERRY_STATE"] == f"s3://{outputs['bucket']}/state/"
    assert variables["LOG_LEVEL"] == inputs["log_level"]
    assert variables["POWERTOOLS_SERVICE_NAME"] == f"csvferry-{name}"
    assert variables["CSVFERRY_DATABASE_ID"] == outputs["database"]["resource_id"]
    assert variables["CSVFERRY_FEEDS"] == f"s3://{outputs['bucket']}/config/feeds.json"
    written = deployment.client("s3").get_object(Bucket=outputs["bucket"], Key="config/feeds.json")
    assert [feed["source"] for feed in json.loads(written["Body"].read())] == [
        f"s3://{outputs['bucket']}/{feed['source']}" for feed in inputs["feeds"]
    ]
    assert function["Handler"] == "csvferry.aws.handler.handler"
    assert function["Role"] == f"arn:aws:iam::{ACCOUNT}:role/csvferry-{name}-function"
    assert function["Timeout"] == inputs["timeout_seconds"]
    assert function["MemorySize"] == inputs["memory_mb"]


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_the_role_may_do_only_what_it_needs(applied: dict[str, Deployment], name: str) -> None:
    outputs, allowed = applied[name].outputs(), statements(applied[name])
    bucket = f"arn:aws:s3:::{outputs['bucket']}"
    assert allowed["WriteState"]["Resource"] == [
        f"{bucket}/{own}/*" for own in ("reports", "state", "tasks")
    ]
    assert allowed["ReadFeedsAndState"]["Resource"] == [
        f"{bucket}/{readable}/*" for readable in ("incoming/emails", "config", "state", "tasks")
    ]
    user = f"{outputs['database']['resource_id']}/csvferry"
    assert (
        allowed["SignInWithIam"]["Resource"] == f"arn:aws:rds-db:eu-west-1:{ACCOUNT}:dbuser:{user}"
    )
    assert "SignInWithTheSecret" not in allowed


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_the_database_is_as_the_environment_says(applied: dict[str, Deployment], name: str) -> None:
    rds, inputs = applied[name].client("rds"), applied[name].settings()
    (cluster,) = rds.describe_db_clusters(DBClusterIdentifier=f"csvferry-{name}")["DBClusters"]
    assert cluster["HttpEndpointEnabled"]
    assert cluster["StorageEncrypted"]
    assert cluster["DeletionProtection"] is inputs["deletion_protection"]
    assert cluster["BackupRetentionPeriod"] == inputs["backup_retention_days"]
    capacity = cluster["ServerlessV2ScalingConfiguration"]
    assert capacity["MinCapacity"] == inputs["database_min_acu"]
    assert capacity["MaxCapacity"] == inputs["database_max_acu"]
    assert len(cluster["DBClusterMembers"]) == inputs["database_instances"]


def test_the_sample_is_in_stagings_bucket_alone(applied: dict[str, Deployment]) -> None:
    found = {
        name: [
            one["Key"]
            for one in deployment.client("s3")
            .list_objects_v2(Bucket=deployment.outputs()["bucket"])
            .get("Contents", [])
        ]
        for name, deployment in applied.items()
    }
    settings = "config/feeds.json"
    sample = "incoming/emails/Random_emails.csv"
    assert found == {"staging": [settings, sample], "production": [settings]}


def test_no_secret_is_in_the_state(applied: dict[str, Deployment]) -> None:
    for deployment in applied.values():
        secret = deployment.client("secretsmanager").get_secret_value(
            SecretId=deployment.outputs()["master_secret_arn"]
        )
        password = json.loads(secret["SecretString"])["password"]
        assert (
            password
            not in deployment.client("s3")
            .get_object(Bucket=deployment.backend()["bucket"], Key=deployment.backend()["key"])[
                "Body"
            ]
            .read()
            .decode()
        )


def test_a_change_shows_in_the_plan_of_its_environment_alone(
    applied: dict[str, Deployment], checkout: Path
) -> None:
    environment_hcl = checkout / "environment.hcl"
    kept = environment_hcl.read_text()
    try:
        environment_hcl.write_text(re.sub(r"(memory_mb +=) 1024", r"\1 1536", kept))
        with ThreadPoolExecutor() as pool:
            plans = pool.map(lambda one: one.plan("-refresh=false"), applied.values())
            changed = dict(zip(applied, plans, strict=True))
    finally:
        environment_hcl.write_text(kept)
    assert remembered(changed["production"]) == {}
    assert remembered(changed["staging"]) == {f"{LAMBDA}.aws_lambda_function.this": {"memory_size"}}


def at_first_addresses(state: dict[str, Any], moved: set[str]) -> dict[str, Any]:
    """A state with its resources where the first release had them: without the module
    `environment`, and without the index of those that became a choice."""
    for resource in state["resources"]:
        module = resource.pop("module", "").removeprefix("module.environment").removeprefix(".")
        if module:
            resource["module"] = module
        address = f"{module}.{resource['type']}.{resource['name']}"
        for instance in resource["instances"]:
            if address in moved:
                del instance["index_key"]
    return state


def test_nothing_is_made_anew_where_the_first_release_was_deployed(
    applied_staging: Deployment, tmp_path: Path
) -> None:
    """Each address that has changed since is moved."""
    moved = {
        f"module.{module}.{address}"
        for module in ("lambda", "platform")
        for address in re.findall(
            r"from = (\S+)",
            (applied_staging.checkout / "modules" / module / "moved.tf").read_text(),
        )
    }
    state = json.loads(
        run(
            ["terraform", "state", "pull"],
            applied_staging.folder,
            applied_staging.environment,
        )
    )
    kept = shutil.ignore_patterns(".terraform*", "*.tfplan", "values.json")
    copy = shutil.copytree(applied_staging.checkout, tmp_path / "copy", ignore=kept)
    deployment = Deployment("staging", copy, applied_staging.environment)
    provider = deployment.folder / "provider.tf"
    provider.write_text(provider.read_text().replace('backend "s3" {}', ""))
    (deployment.folder / "terraform.tfstate").write_text(
        json.dumps(at_first_addresses(state, moved))
    )
    run(["terraform", "init", "-no-color"], deployment.folder, deployment.environment)
    changes = deployment.save_plan("-refresh=false")["resource_changes"]
    assert len([one for one in changes if "previous_address" in one]) > 60
    assert [
        one["address"] for one in changes if {"create", "delete"} & {*one["change"]["actions"]}
    ] == []


def test_a_new_engine_version_changes_the_cluster_in_place(
    applied: dict[str, Deployment],
) -> None:
    """Blue/green is not to be had, and a replacement would take the data along."""
    for deployment in applied.values():
        changes = deployment.plan("-refresh=false", engine_version="8.0.mysql_aurora.3.11.0")
        assert check_plan.faults(deployment.saved_plan(), deployment.name) == []
        database = [one for one in changes if one["type"].startswith("aws_rds_")]
        assert {one["address"].split("[")[0]: one["change"]["actions"] for one in database} == {
            f"{PLATFORM}.aws_rds_cluster.this": ["update"],
            f"{PLATFORM}.aws_rds_cluster_instance.this": ["update"],
        }


def test_anothers_lock_is_respected(applied_staging: Deployment) -> None:
    table = applied_staging.backend()["dynamodb_table"]
    lock = f"{applied_staging.backend()['bucket']}/{applied_staging.backend()['key']}"
    dynamodb = applied_staging.client("dynamodb")
    info = json.dumps({"ID": "1", "Who": "somebody@else", "Operation": "OperationTypeApply"})
    dynamodb.put_item(TableName=table, Item={"LockID": {"S": lock}, "Info": {"S": info}})
    try:
        with pytest.raises(AssertionError, match=r"somebody@else"):
            applied_staging.terraform("plan")
    finally:
        dynamodb.delete_item(TableName=table, Key={"LockID": {"S": lock}})


def test_a_saved_plan_that_destroys_is_refused(applied: dict[str, Deployment]) -> None:
    staging = applied["staging"]
    shown = staging.save_plan("-destroy", "-refresh=false")
    assert check_plan.faults(shown, "staging") == ["it destroys the whole environment"]
