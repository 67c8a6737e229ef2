#!/usr/bin/env python3
"""Make the function's database user, or a reader, through the RDS Data API.

    terragrunt output -json | create_database_user.py [--keep-password] [--statements FILE]
    terragrunt output -json | create_database_user.py --reader NAME

Signs in as the master user with the secret that RDS keeps; no network path to the database
is needed. `csvferry grants` (or what CSVFERRY names) says the statements, or a FILE that it
printed earlier. Doing it again grants what a new feed needs; where the user signs in with a
secret, it also sets a new password, unless one is there and --keep-password is given.

A reader signs in with IAM and may SELECT from the feeds' tables, nothing else.

The password of a secret sign-in is made by Secrets Manager. The database is given its
hash only, so that no statement, log or process list ever holds it.
"""

import argparse
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aws_cli import RefusedError, aws, environment_outputs

WAKING = "DatabaseResumingException"
PATIENCE = 12
PAUSE_SECONDS = 5.0
USER = re.compile(r"[a-z][a-z0-9_]{0,31}")
SIGNED_IN_WITH_IAM = "AWSAuthenticationPlugin AS 'RDS'"


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
    return statements_of(done.stdout)


def statements_of(printed: str) -> list[str]:
    """What `csvferry grants` printed, a statement a line, without the semicolons."""
    lines = (line.strip() for line in printed.splitlines())
    return [line.rstrip(";") for line in lines if line]


def reader_statements(name: str, database: str, tables: Sequence[str]) -> list[str]:
    """A user that signs in with IAM and reads these tables."""
    if not USER.fullmatch(name):
        raise SystemExit(f"a reader's name is 1 to 32 of a-z, 0-9 and _: {name!r} is not")
    quoted = [f"`{part.replace('`', '``')}`" for part in (database, *tables)]
    return [
        f"CREATE USER IF NOT EXISTS '{name}'@'%' IDENTIFIED WITH {SIGNED_IN_WITH_IAM} REQUIRE SSL",
        *(f"GRANT SELECT ON {quoted[0]}.{table} TO '{name}'@'%'" for table in quoted[1:]),
    ]


def opened(user: str, password: str | None) -> str:
    """Lets the user sign in, with a password or else with IAM, however it did before."""
    how = SIGNED_IN_WITH_IAM
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


def has_password(secret: dict[str, str]) -> bool:
    """Whether the secret holds a value yet."""
    return bool(
        aws("secretsmanager", "describe-secret", {"SecretId": secret["arn"]}).get(
            "VersionIdsToStages"
        )
    )


def make_user(outputs: dict[str, Any], grants: list[str] | None, keep_password: bool) -> str:
    """Make the user that the deployment's outputs name; says what was done."""
    user, database = outputs["database_user"], outputs["database"]
    secret = outputs["database_user_secret"]
    if grants is None:
        grants = granted(user, database["name"], outputs["tables"], iam=secret is None)
    kept = keep_password and secret is not None and has_password(secret)
    password = None if secret is None or kept else new_password()
    statements = grants if kept else [*grants, opened(user, password)]
    for statement in statements:
        execute(database, outputs["master_secret_arn"], statement)
    if secret is not None and not kept:
        value = json.dumps({"username": user, "password": password})
        aws(
            "secretsmanager", "put-secret-value", {"SecretId": secret["arn"], "SecretString": value}
        )
    how = "IAM" if secret is None else secret["name"]
    return f"{user}: {len(statements)} statements done, signs in with {how}"


def make_reader(outputs: dict[str, Any], name: str) -> str:
    """Make a reader of the feeds' tables; says where it signs in."""
    database = outputs["database"]
    for statement in reader_statements(name, database["name"], outputs["tables"]):
        execute(database, outputs["master_secret_arn"], statement)
    return f"{name}: reads {', '.join(outputs['tables'])} at {database['reader_host']} with IAM"


def main(arguments: Sequence[str] | None = None) -> int:
    """Read `terragrunt output -json` from standard input and make the user."""
    parser = argparse.ArgumentParser(description="Make the function's database user, or a reader.")
    parser.add_argument("--keep-password", action="store_true")
    parser.add_argument("--statements", type=Path, metavar="FILE")
    parser.add_argument("--reader", metavar="NAME")
    given = parser.parse_args(arguments)
    outputs = environment_outputs(sys.stdin.read())
    grants = statements_of(given.statements.read_text()) if given.statements else None
    try:
        if given.reader:
            print(make_reader(outputs, given.reader))
        else:
            print(make_user(outputs, grants, given.keep_password))
    except RefusedError as refused:
        print(f"create_database_user: {refused}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
