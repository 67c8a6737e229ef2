"""What a plan changes besides what moto's server does not keep."""

from typing import Any

# What moto does not keep: address without index, and the attributes that a second plan
# would therefore set again. Each is checked by that plan, below.
PLATFORM = "module.environment.module.platform"
LAMBDA = "module.environment.module.lambda"
MOTO_FORGETS = {
    # A changed function is published: its version and what names it are not known before.
    f"{LAMBDA}.aws_lambda_function.this": {
        "dead_letter_config",
        "logging_config",
        "qualified_arn",
        "qualified_invoke_arn",
        "version",
    },
    f"{LAMBDA}.aws_lambda_alias.live": {"function_version"},
    f"{LAMBDA}.aws_lambda_event_source_mapping.events": {"function_name"},  # the version's ARN
    f"{LAMBDA}.aws_sqs_queue.events": {"redrive_policy"},  # written with spaces
    f"{PLATFORM}.aws_s3_bucket_notification.data": {"eventbridge"},
    f"{PLATFORM}.aws_vpc_security_group_egress_rule.client_to_database": {"description"},
    f"{PLATFORM}.aws_vpc_security_group_egress_rule.function_to_database": {"description"},
    f"{PLATFORM}.aws_vpc_security_group_egress_rule.function_to_s3": {"description"},
    f"{PLATFORM}.aws_vpc_security_group_ingress_rule.database_from_client": {"description"},
    f"{PLATFORM}.aws_vpc_security_group_ingress_rule.database_from_function": {"description"},
}


def differing(change: dict[str, Any]) -> set[str]:
    """The attributes in which a change's after is not its before."""
    before, after = change["before"] or {}, change["after"] or {}
    return {name for name in {*before, *after} if before.get(name) != after.get(name)}


def remembered(changes: list[dict[str, Any]]) -> dict[str, set[str]]:
    """What would change besides what moto forgets: attributes by address."""
    found = {
        one["address"]: differing(one["change"]) - MOTO_FORGETS.get(one["address"], set())
        if one["change"]["actions"] == ["update"]
        else set(one["change"]["actions"])
        for one in changes
    }
    return {address: attributes for address, attributes in found.items() if attributes}
