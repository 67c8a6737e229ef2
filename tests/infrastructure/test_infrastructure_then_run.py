"""What Terraform made is what runs: the zip's handler with the environment, the role and the
secret that are read back from AWS, on the sample file that Terraform uploaded. After the other
tests of staging, before the destruction."""

import csv
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from infrastructure_deployment import REPOSITORY, Deployment, need

PYTHON = os.environ.get("PYTHON", str(REPOSITORY / ".venv/bin/python"))
PROGRAMS = os.pathsep.join([os.environ["PATH"], "/usr/sbin", "/usr/local/sbin"])
pytestmark = pytest.mark.usefixtures("needed")
SAMPLE = REPOSITORY / "deployment/staging/data/Random_emails.csv"


@pytest.fixture(scope="session")
def needed() -> None:
    """What the function runs on, before anything is applied."""
    need(shutil.which("mariadbd", path=PROGRAMS), "MariaDB (apt install mariadb-server)")
    libraries = [PYTHON, "-c", "import awslambdaric, boto3, csvferry, pymysql"]
    need(
        shutil.which(PYTHON)
        and subprocess.run(libraries, capture_output=True, check=False).returncode == 0,
        "the project's own environment (make setup), or PYTHON of another",
    )


@pytest.fixture(scope="module")
def configuration(staging_with_secret: Deployment) -> dict[str, Any]:
    """The function's configuration, as AWS tells it."""
    told: dict[str, Any] = staging_with_secret.client("lambda").get_function_configuration(
        FunctionName=staging_with_secret.outputs()["function_name"]
    )
    return {name: value for name, value in told.items() if name != "ResponseMetadata"}


@pytest.fixture(scope="module")
def credentials(staging_with_secret: Deployment, configuration: dict[str, Any]) -> dict[str, str]:
    """Those of the function's role."""
    taken = staging_with_secret.client("sts").assume_role(
        RoleArn=configuration["Role"], RoleSessionName="function"
    )["Credentials"]
    return {name: taken[name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")}


@pytest.fixture(scope="module")
def result(
    staging_with_secret: Deployment,
    configuration: dict[str, Any],
    credentials: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Any]:
    """What came of the operator's script and of two events of the schedule."""
    order = {
        "zip": str(staging_with_secret.checkout / "build/lambda_function.zip"),
        "configuration": configuration,
        "credentials": credentials,
        "outputs": staging_with_secret.output_json(),
        "folder": str(tmp_path_factory.mktemp("function")),
    }
    aws = staging_with_secret.environment
    done = subprocess.run(
        [PYTHON, str(Path(__file__).with_name("run_function.py"))],
        input=json.dumps(order),
        env={**aws, "PATH": f"{aws['PATH']}{os.pathsep}{PROGRAMS}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_the_sample_files_rows_are_in_the_table(result: dict[str, Any]) -> None:
    first, second = result["answers"]
    assert first["kind"] == "response", f"{first['body']}\n{result['log']}"
    (report,) = first["body"]["reports"]
    assert report["status"] == "applied"
    with SAMPLE.open(newline="") as file:
        lines = {row["emails"]: int(row["id"]) for row in reversed(list(csv.DictReader(file)))}
    assert result["rows"] == sorted([number, email] for email, number in lines.items())
    assert report["rows"]["inserted"] == len(lines) == 7
    assert report["rows"]["duplicate"] == 1
    (again,) = second["body"]["reports"]
    assert again["status"] == "unchanged"


def test_the_user_is_the_one_that_the_operator_made(
    result: dict[str, Any], staging_with_secret: Deployment
) -> None:
    outputs = staging_with_secret.outputs()
    secret = staging_with_secret.client("secretsmanager").get_secret_value(
        SecretId=outputs["database_user_secret"]["arn"]
    )["SecretString"]
    assert result["operator"].startswith(f"{outputs['database_user']}: ")
    assert json.loads(secret)["username"] == outputs["database_user"]
    assert json.loads(secret)["password"] not in result["log"]
    assert "@example.com" not in result["log"]


def test_what_is_remembered_is_under_state(
    result: dict[str, Any], staging_with_secret: Deployment
) -> None:
    found = staging_with_secret.client("s3").list_objects_v2(
        Bucket=staging_with_secret.outputs()["bucket"]
    )["Contents"]
    keys = {one["Key"] for one in found}
    kept = {key.partition("/")[0] for key in keys}
    assert kept == {"config", "incoming", "state", "tasks"}
    assert "config/feeds.json" in keys


def test_a_thousand_events_are_one_batch_and_each_file_is_loaded_once(
    result: dict[str, Any],
) -> None:
    queue = result["queue"]
    assert queue["taken"] == 40  # by the bucket and by the test; that of no feed never came
    assert queue["records"] == 1000
    assert queue["answer"]["kind"] == "response", queue["answer"]
    assert queue["answer"]["body"]["batchItemFailures"] == []
    assert queue["rows"] == [[20]]
    assert queue["stay"] == 0


def test_a_feed_that_outgrows_the_function_runs_as_the_task_that_its_marker_starts(
    result: dict[str, Any],
) -> None:
    task = result["task"]
    assert task["answer"]["body"]["batchItemFailures"] == []
    assert task["marker"] == "tasks/big"
    assert task["command"] == ["python", "-m", "csvferry.aws.task"]
    assert task["status"] == 0, task["log"]
    assert task["rows"] == [[1, "a"], [2, "b"]]


def test_lambda_alone_takes_the_role_and_events_the_function(
    configuration: dict[str, Any], staging_with_secret: Deployment
) -> None:
    role = staging_with_secret.client("iam").get_role(
        RoleName=configuration["Role"].rpartition("/")[2]
    )["Role"]
    (trusted,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trusted["Principal"] == {"Service": "lambda.amazonaws.com"}
    name = configuration["FunctionName"]
    events = staging_with_secret.client("events")
    rule = events.describe_rule(Name=f"{name}-schedule")
    assert rule["ScheduleExpression"] == "rate(1 hour)"
    (target,) = events.list_targets_by_rule(Rule=f"{name}-schedule")["Targets"]
    assert target["Arn"] == f"{configuration['FunctionArn']}:live"
    assert not {"Input", "InputPath", "InputTransformer"} & {*target}


def test_the_role_was_asked_for_its_rights(
    result: dict[str, Any], credentials: dict[str, str], staging_with_secret: Deployment
) -> None:
    """What the function did, it could do only by its role's policy."""
    outputs, environment = staging_with_secret.outputs(), staging_with_secret.environment
    session = boto3.Session(
        credentials["AccessKeyId"],
        credentials["SecretAccessKey"],
        credentials["SessionToken"],
        region_name=environment["AWS_REGION"],
    )
    s3 = session.client("s3", endpoint_url=environment["AWS_ENDPOINT_URL"])
    vault = session.client("secretsmanager", endpoint_url=environment["AWS_ENDPOINT_URL"])
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_object(Bucket=outputs["bucket"], Key="incoming/emails/more.csv", Body=b"id\n")
    with pytest.raises(ClientError, match="AccessDenied"):
        vault.get_secret_value(SecretId=outputs["master_secret_arn"])
