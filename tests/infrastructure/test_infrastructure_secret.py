"""Staging once more, signing in with a secret: what changes, and that the user's password
comes to be without Terraform. After test_infrastructure_apply.py, before the destruction."""

import json
import subprocess
from pathlib import Path

from infrastructure_deployment import ACCOUNT, REPOSITORY, Deployment


def test_what_was_planned_is_applied(staging_with_secret: Deployment) -> None:
    """The plan that was saved and found without faults, with the zip in its place."""
    address = "module.environment.module.lambda.aws_lambda_function.this"
    changes = staging_with_secret.saved_plan()["resource_changes"]
    (planned,) = [one["change"]["after"] for one in changes if one["address"] == address]
    told = staging_with_secret.client("lambda").get_function_configuration(
        FunctionName="csvferry-staging"
    )
    assert told["CodeSha256"] == planned["source_code_hash"]
    (variables,) = planned["environment"]
    known = {name: text for name, text in variables["variables"].items() if text is not None}
    assert known["SIGN_IN"] == "secret"
    assert told["Environment"]["Variables"].items() >= known.items()


def test_the_function_is_told_the_secret_and_may_read_it(staging_with_secret: Deployment) -> None:
    function = staging_with_secret.client("lambda").get_function_configuration(
        FunctionName="csvferry-staging"
    )
    variables = function["Environment"]["Variables"]
    assert variables["SIGN_IN"] == "secret"
    assert variables["SECRETS_NAME"] == "csvferry-staging/database-user"
    policy = staging_with_secret.client("iam").get_role_policy(
        RoleName="csvferry-staging-function", PolicyName="only-what-it-needs"
    )["PolicyDocument"]
    allowed = {one["Sid"]: one["Resource"] for one in policy["Statement"]}
    secret = staging_with_secret.outputs()["database_user_secret"]
    assert allowed["SignInWithTheSecret"] == secret["arn"]
    assert "SignInWithIam" not in allowed


def test_its_way_to_secrets_manager_is_one_endpoint(staging_with_secret: Deployment) -> None:
    endpoints = staging_with_secret.client("ec2").describe_vpc_endpoints()["VpcEndpoints"]
    services = {one["ServiceName"]: one for one in endpoints if one["State"] == "available"}
    endpoint = services["com.amazonaws.eu-west-1.secretsmanager"]
    secret = staging_with_secret.outputs()["database_user_secret"]["arn"]
    assert json.loads(endpoint["PolicyDocument"])["Statement"][0]["Resource"] == secret


def test_the_operator_makes_the_user_from_the_outputs(
    staging_with_secret: Deployment, tmp_path: Path
) -> None:
    program = tmp_path / "csvferry"
    program.write_text("#!/bin/sh\necho \"GRANT SELECT ON ferry.* TO '$3'@'%';\"\n")
    program.chmod(0o755)
    done = subprocess.run(
        [REPOSITORY / "scripts/infrastructure/create_database_user.py"],
        input=staging_with_secret.output_json(),
        env={**staging_with_secret.environment, "CSVFERRY": str(program)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        "csvferry: 2 statements done, signs in with csvferry-staging/database-user\n"
    )
    kept = staging_with_secret.client("secretsmanager").get_secret_value(
        SecretId="csvferry-staging/database-user"
    )
    assert json.loads(kept["SecretString"])["username"] == "csvferry"
    assert kept["ARN"].startswith(f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:")
