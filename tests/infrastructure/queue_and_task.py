"""The ways to the function and to the task, as AWS goes them: an event through its rule into
the queue, a batch as Lambda's poller hands it over, a task's environment as ECS sets it."""

import json
from typing import Any

import boto3

ENTRIES = 10  # PutEvents and ReceiveMessage take ten at most


def deliver(bucket: str, keys: list[str]) -> None:
    """EventBridge's events of new objects, to the rules that match them."""
    events = boto3.client("events")
    for at in range(0, len(keys), ENTRIES):
        entries = [
            {
                "Source": "aws.s3",
                "DetailType": "Object Created",
                "Detail": json.dumps({"bucket": {"name": bucket}, "object": {"key": key}}),
            }
            for key in keys[at : at + ENTRIES]
        ]
        assert events.put_events(Entries=entries)["FailedEntryCount"] == 0


def take(url: str, most: int) -> list[dict[str, Any]]:
    """A batch of at most so many messages, as records of Lambda's poller."""
    sqs = boto3.client("sqs")
    records: list[dict[str, Any]] = []
    while len(records) < most:
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=ENTRIES, WaitTimeSeconds=0)
        if "Messages" not in found:
            break
        records += [
            {
                "messageId": one["MessageId"],
                "receiptHandle": one["ReceiptHandle"],
                "body": one["Body"],
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:events",
                "awsRegion": "eu-west-1",
            }
            for one in found["Messages"]
        ]
    return records


def settle(url: str, records: list[dict[str, Any]], answer: dict[str, Any]) -> int:
    """Delete what the answer does not return, as the poller does; how many stay."""
    returned = {one["itemIdentifier"] for one in answer["batchItemFailures"]}
    sqs = boto3.client("sqs")
    for record in records:
        if record["messageId"] not in returned:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=record["receiptHandle"])
    return len(returned)


def task_environment(name: str, key: str) -> tuple[list[str], dict[str, str], str]:
    """What the rule on a marker's key starts: command, environment, the task's role."""
    rule = f"{name}-task-start"
    events, ecs = boto3.client("events"), boto3.client("ecs")
    pattern = json.loads(events.describe_rule(Name=rule)["EventPattern"])
    (prefix,) = pattern["detail"]["object"]["key"]
    assert key.startswith(prefix["prefix"])
    (target,) = events.list_targets_by_rule(Rule=rule)["Targets"]
    template = target["InputTransformer"]["InputTemplate"]
    assert target["InputTransformer"]["InputPathsMap"] == {"key": "$.detail.object.key"}
    (override,) = json.loads(template.replace("<key>", json.dumps(key)))["containerOverrides"]
    definition = ecs.describe_task_definition(
        taskDefinition=target["EcsParameters"]["TaskDefinitionArn"]
    )["taskDefinition"]
    (container,) = definition["containerDefinitions"]
    assert override["name"] == container["name"]
    variables = [*container["environment"], *override["environment"]]
    return (
        container["entryPoint"],
        {one["name"]: one["value"] for one in variables},
        definition["taskRoleArn"],
    )
