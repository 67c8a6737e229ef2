#!/usr/bin/env python3
"""Refuse a saved plan that takes away what holds data.

    terraform show -json FILE | check_plan.py ENVIRONMENT

A saved plan is applied without asking, and one that was made with `-destroy` passes
`prevent_destroy`. Refused in any environment: a plan that leaves nothing. In production:
one that deletes or replaces a cluster, a bucket, a key, a secret, or what protects them.
"""

import json
import sys
from typing import Any

HOLDS_DATA = {
    "aws_kms_key",
    "aws_rds_cluster",
    "aws_s3_bucket",
    "aws_secretsmanager_secret",
    "terraform_data",
}


def deleted(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """The resources that the plan deletes, those that it replaces among them."""
    changes = plan.get("resource_changes", [])
    return [one for one in changes if "delete" in one["change"]["actions"]]


def leaves_nothing(plan: dict[str, Any]) -> bool:
    """Whether every resource is deleted and none is made, changed or left."""
    managed = [one for one in plan.get("resource_changes", []) if one["mode"] == "managed"]
    return bool(managed) and all(one["change"]["actions"] == ["delete"] for one in managed)


def faults(plan: dict[str, Any], environment: str) -> list[str]:
    """Why the plan may not be applied; empty where it may."""
    if leaves_nothing(plan):
        return ["it destroys the whole environment"]
    if environment != "production":
        return []
    return [
        f"it {'replaces' if 'create' in one['change']['actions'] else 'deletes'} {one['address']}"
        for one in deleted(plan)
        if one["type"] in HOLDS_DATA
    ]


def main(arguments: list[str]) -> int:
    """Read the plan from standard input; 1 where it is refused, 2 where it is none."""
    if len(arguments) != 1:
        print("check_plan: which environment?", file=sys.stderr)
        return 2
    printed = sys.stdin.read()
    start = printed.find('{"format_version"')  # newer Terraforms print warnings before it
    if start < 0:
        print("check_plan: this is no plan: terraform show -json FILE prints one", file=sys.stderr)
        return 2
    plan = json.JSONDecoder().raw_decode(printed[start:])[0]
    found = faults(plan, arguments[0])
    for fault in found:
        print(f"check_plan: refused: {fault}", file=sys.stderr)
    if not found:
        print(f"check_plan: {len(deleted(plan))} deletions, none of what holds data")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
