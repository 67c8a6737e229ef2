#!/usr/bin/env python3
"""Make the function's database user, with the least grants, through the RDS Data API.

    terragrunt output -json | create_database_user.py

Signs in as the master user with the secret that RDS keeps; no network path to the
database is needed. `csvferry grants` (or what CSVFERRY names) says the statements. Doing
it again grants what a new feed needs; with a secret it also sets a new password.

The password of a secret sign-in is made by Secrets Manager. The database is given its
hash only, so that no statement, log or process list ever holds it.
"""

import hashlib
import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import Any

WAKING = "DatabaseResumingException"
PATIENCE = 12
PAUSE_SECONDS = 5.0


class RefusedError(Exception):
    """The AWS command line said no; its own words."""


def aws(service: str, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """One call of the AWS command line; what it sends is in a file, not in an argument."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(request, file)
        file.flush()
        done = subprocess.run(
            [
                "aws",
                service,
                operation,
                "--output",
                "json",
                "--cli-input-json",
                f"file://{file.name}",
            ],
            env={**os.environ, "AWS_PAGER": ""},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise RefusedError(done.stderr.strip())
    answer: dict[str, Any] = json.loads(done.stdout or "{}")
    return answer


def native_hash(password: str) -> str:
    """What mysql_native_password keeps: '*' and SHA1(SHA1(password)) in hexadecimal."""
    inner = hashlib.sha1(password.encode(), usedforsecurity=False).digest()
    return "*" + hashlib.sha1(inner, usedforsecurity=False).hexdigest().upper()


def granted(user: str, database: str, tables: Sequence[str], iam: bool) -> list[str]:
    """The statements of `csvferry grants`: the user, and what it may do with these tables."""
    command = [*shlex.split(os.environ.get("CSVFERRY", "csvferry")), "grants"]
    command += ["--user", user, "--database", database, *(["--iam"] if iam else [])]
    command += [word for table in tables for word in ("--table", table)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    lines = (line.strip() for line in done.stdout.splitlines())
    return [line.rstrip(";") for line in lines if line]


def opened(user: str, password: str | None) -> str:
    """Lets the user sign in, with a password or else with IAM, however it did before."""
    how = "AWSAuthenticationPlugin AS 'RDS'"
    if password is not None:
        how = f"mysql_native_password AS '{native_hash(password)}'"
    return f"ALTER USER '{user}'@'%' IDENTIFIED WITH {how} REQUIRE SSL ACCOUNT UNLOCK"


def execute(database: dict[str, Any], master_secret_arn: str, statement: str) -> None:
    """One statement as the master user; a paused database is given a minute to wake."""
    request = {
        "resourceArn": database["arn"],
        "secretArn": master_secret_arn,
        "database": database["name"],
        "sql": statement,
    }
    for attempt in range(PATIENCE):
        try:
            aws("rds-data", "execute-statement", request)
            return
        except RefusedError as refused:
            if WAKING not in str(refused) or attempt + 1 == PATIENCE:
                raise
            print("the database is waking ...", file=sys.stderr)
            time.sleep(PAUSE_SECONDS)


def new_password() -> str:
    """48 letters and digits, from Secrets Manager."""
    request = {"PasswordLength": 48, "ExcludePunctuation": True}
    password: str = aws("secretsmanager", "get-random-password", request)["RandomPassword"]
    return password


def make_user(outputs: dict[str, Any]) -> str:
    """Make the user that the deployment's outputs name; says what was done."""
    user, database = outputs["database_user"], outputs["database"]
    secret = outputs.get("database_user_secret")
    password = None if secret is None else new_password()
    statements = [
        *granted(user, database["name"], outputs["tables"], iam=secret is None),
        opened(user, password),
    ]
    for statement in statements:
        execute(database, outputs["master_secret_arn"], statement)
    if secret is not None:
        value = json.dumps({"username": user, "password": password})
        aws(
            "secretsmanager", "put-secret-value", {"SecretId": secret["arn"], "SecretString": value}
        )
    how = "IAM" if secret is None else secret["name"]
    return f"{user}: {len(statements)} statements done, signs in with {how}"


def main() -> int:
    """Read `terraform output -json` from standard input and make the user."""
    outputs = {name: output["value"] for name, output in json.load(sys.stdin).items()}
    try:
        print(make_user(outputs))
    except RefusedError as refused:
        print(f"create_database_user: {refused}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
