#!/usr/bin/env python3
"""Restore the database beside the old one, so that its rows can be read again.

    terragrunt output -json | restore_database.py [--to TIME] [--drill]

TIME is UTC, such as 2026-03-01T12:00:00Z; without it, the latest that can be had. What comes
back from RDS alone can't be reached: it has no instance, the default security group, the
default parameters, no managed password and no Data API. This adds them, in that order, and
tries a statement through the Data API. --drill deletes the restored cluster again at the end.
"""

import argparse
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cli import RefusedError, aws, environment_outputs
from create_database_user import execute

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
PATIENCE_SECONDS = 3600.0
PAUSE_SECONDS = 20.0


@dataclass(frozen=True)
class Restored:
    """A cluster that was restored."""

    arn: str
    master_secret_arn: str


def restore_request(source: dict[str, Any], name: str, moment: str | None) -> dict[str, Any]:
    """What RestoreDBClusterToPointInTime is asked for: all that it would otherwise default."""
    when: dict[str, Any] = {"UseLatestRestorableTime": True}
    if moment is not None:
        when = {"RestoreToTime": moment}
    return {
        "DBClusterIdentifier": name,
        "SourceDBClusterIdentifier": source["cluster"],
        "RestoreType": "full-copy",
        **when,
        "DBSubnetGroupName": source["subnet_group"],
        "DBClusterParameterGroupName": source["parameter_group"],
        "VpcSecurityGroupIds": source["security_groups"],
        "KmsKeyId": source["kms_key_arn"],
        "EnableIAMDatabaseAuthentication": True,
        "EnableCloudwatchLogsExports": ["audit", "error"],
        "CopyTagsToSnapshot": True,
        "DeletionProtection": False,
        "ServerlessV2ScalingConfiguration": capacity(source),
    }


def capacity(source: dict[str, Any]) -> dict[str, Any]:
    """The source's capacity; the pause only where it pauses."""
    scaling = {"MinCapacity": source["min_acu"], "MaxCapacity": source["max_acu"]}
    if source["pause_seconds"] is not None:
        scaling["SecondsUntilAutoPause"] = source["pause_seconds"]
    return scaling


def wait(what: str, ready: Callable[[], bool]) -> None:
    """Ask again until it is ready, for an hour."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    print(f"waiting for {what} ...", file=sys.stderr)
    while not ready():
        if time.monotonic() > give_up:
            raise RefusedError(f"{what} did not come in an hour")
        time.sleep(PAUSE_SECONDS)


def cluster(name: str) -> dict[str, Any]:
    """What RDS says of a cluster."""
    found: dict[str, Any] = aws("rds", "describe-db-clusters", {"DBClusterIdentifier": name})
    description: dict[str, Any] = found["DBClusters"][0]
    return description


def instance_is_available(name: str) -> bool:
    """Whether the instance can be connected to."""
    found = aws("rds", "describe-db-instances", {"DBInstanceIdentifier": name})
    return bool(found["DBInstances"][0]["DBInstanceStatus"] == "available")


def has_secret(name: str) -> bool:
    """Whether RDS has made the master user's password."""
    description = cluster(name)
    secret = description.get("MasterUserSecret") or {}
    return description["Status"] == "available" and "SecretArn" in secret


def restore(source: dict[str, Any], name: str, moment: str | None) -> Restored:
    """Restore, add an instance, have RDS manage the password, open the Data API."""
    aws("rds", "restore-db-cluster-to-point-in-time", restore_request(source, name, moment))
    wait("the cluster", lambda: bool(cluster(name)["Status"] == "available"))
    aws(
        "rds",
        "create-db-instance",
        {
            "DBInstanceIdentifier": f"{name}-1",
            "DBClusterIdentifier": name,
            "DBInstanceClass": "db.serverless",
            "Engine": "aurora-mysql",
            "PubliclyAccessible": False,
        },
    )
    wait("its instance", lambda: instance_is_available(f"{name}-1"))
    aws(
        "rds",
        "modify-db-cluster",
        {
            "DBClusterIdentifier": name,
            "ManageMasterUserPassword": True,
            "MasterUserSecretKmsKeyId": source["kms_key_arn"],
            "ApplyImmediately": True,
        },
    )
    wait("its master password", lambda: has_secret(name))
    restored = cluster(name)
    aws("rds", "enable-http-endpoint", {"ResourceArn": restored["DBClusterArn"]})
    return Restored(restored["DBClusterArn"], restored["MasterUserSecret"]["SecretArn"])


def remove(name: str) -> None:
    """Delete the restored cluster and its instance."""
    aws(
        "rds",
        "delete-db-instance",
        {"DBInstanceIdentifier": f"{name}-1", "SkipFinalSnapshot": True},
    )
    aws("rds", "delete-db-cluster", {"DBClusterIdentifier": name, "SkipFinalSnapshot": True})


def run(outputs: dict[str, Any], moment: str | None, drill: bool) -> None:
    """Restore and try; print what to do next, or delete it again."""
    source = outputs["restore_with"]
    if source is None:
        raise SystemExit("restore_database: the cluster was not made here; restore it as its owner")
    name = f"{source['cluster']}-{'drill' if drill else 'restored'}"
    restored = restore(source, name, moment)
    try:
        database = {"arn": restored.arn, "name": outputs["database"]["name"]}
        for table in outputs["tables"]:
            quoted = f"`{table.replace('`', '``')}`"
            execute(database, restored.master_secret_arn, f"SELECT COUNT(*) FROM {quoted}")
    finally:
        if drill:
            remove(name)
    if drill:
        print(f"drill passed: {len(outputs['tables'])} tables could be read; {name} is deleted")
    else:
        print(f"cluster: {restored.arn}\nmaster secret: {restored.master_secret_arn}")
        print("what to do next: docs/operations.md, Restoring")


def main(arguments: Sequence[str] | None = None) -> int:
    """Read `terragrunt output -json` from standard input and restore."""
    parser = argparse.ArgumentParser(description="Restore the database beside the old one.")
    parser.add_argument("--to", metavar="TIME")
    parser.add_argument("--drill", action="store_true")
    given = parser.parse_args(arguments)
    if given.to is not None and not TIME.fullmatch(given.to):
        parser.error("--to is UTC, such as 2026-03-01T12:00:00Z")
    try:
        run(environment_outputs(sys.stdin.read()), given.to, given.drill)
    except RefusedError as refused:
        print(f"restore_database: {refused}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
