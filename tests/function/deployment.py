"""The function with its bucket, its database and its user, as the infrastructure makes them."""

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from function_process import Task, start
from runtime_api import RuntimeApi

from csvferry.commands.grants import needs, render
from targets import Target, fresh_database

PASSWORD = secrets.token_hex(12)


@dataclass(frozen=True)
class Deployment:
    """One bucket and one database, for functions and tasks of one environment."""

    aws: str
    bucket: str
    target: Target
    environment: Mapping[str, str]
    task: Path
    runtime: Path
    folder: Path

    def client(self, service: str) -> Any:
        """A client of moto's."""
        return client(service, self.aws)

    def put(self, key: str, body: bytes) -> None:
        """Upload a file."""
        self.client("s3").put_object(Bucket=self.bucket, Key=key, Body=body)

    def function(self, name: str = "log") -> AbstractContextManager[RuntimeApi]:
        """A function that waits for events."""
        return start(self.task, self.runtime, self.environment, self.folder / name)

    def started_task(self, marker: str) -> Task:
        """A task as ECS starts it for a marker's key."""
        environment = {**self.environment, "CSVFERRY_FEED": marker}
        return Task(self.task, self.runtime, environment, self.folder / "task-log")

    def printed(self) -> str:
        """Everything that functions and tasks printed."""
        return "".join(path.read_text() for path in self.folder.glob("*log*"))

    def listen(self, prefix: str) -> str:
        """A queue, its address, that a rule sends the events of new objects below a prefix to."""
        name = f"{self.bucket}-{secrets.token_hex(4)}"
        sqs, events = self.client("sqs"), self.client("events")
        hidden = {
            "VisibilityTimeout": "360"
        }  # as the infrastructure's: the tests end it themselves
        queue: str = sqs.create_queue(QueueName=name, Attributes=hidden)["QueueUrl"]
        wanted = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        pattern = {
            "source": ["aws.s3"],
            "detail-type": ["Object Created"],
            "detail": {"bucket": {"name": [self.bucket]}, "object": {"key": [{"prefix": prefix}]}},
        }
        events.put_rule(Name=name, EventPattern=json.dumps(pattern))
        arn = wanted["Attributes"]["QueueArn"]
        events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])
        return queue


@contextmanager
def deployed(
    aws: str, server: str, task: Path, runtime: Path, folder: Path, *feeds: Mapping[str, Any]
) -> Iterator[Deployment]:
    """A bucket, a database with a user of least grants, and the environment of both.

    `feeds`: their sources are keys of the bucket.
    """
    bucket = f"csvferry-{secrets.token_hex(6)}"
    s3 = client("s3", aws)
    region = {"LocationConstraint": "eu-central-1"}
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=region)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    placed = [{**feed, "source": f"s3://{bucket}/{feed['source']}"} for feed in feeds]
    s3.put_object(Bucket=bucket, Key="config/feeds.json", Body=json.dumps(placed))
    with fresh_database(server) as url:
        target = Target("mariadb", url)
        user = _user_of_least_grants(target, [str(feed["table"]) for feed in feeds])
        secret = f'{{"username": "{user}", "password": "{PASSWORD}"}}'
        client("secretsmanager", aws).create_secret(Name=bucket, SecretString=secret)
        environment = _environment(target, bucket) | {"AWS_ENDPOINT_URL": aws}
        try:
            yield Deployment(aws, bucket, target, environment, task, runtime, folder)
        finally:
            target.run(f"DROP USER '{user}'@'%'")


@cache
def client(service: str, endpoint: str) -> Any:
    """A client of moto's; to make one takes longer than to use it."""
    options = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    return boto3.client(service, endpoint_url=endpoint, region_name="eu-central-1", **options)


def _user_of_least_grants(target: Target, tables: list[str]) -> str:
    user, database = f"ferry_{secrets.token_hex(4)}", target.url.rsplit("/", 1)[1]
    given = [f"{render(grant, database)} TO '{user}'@'%'" for grant in needs(tables)]
    target.run(f"CREATE USER '{user}'@'%' IDENTIFIED BY '{PASSWORD}'", *given)
    return user


def _environment(target: Target, bucket: str) -> dict[str, str]:
    """As the infrastructure sets it; plain text to the loopback address alone."""
    parts = urlsplit(target.url)
    return {
        "CSVFERRY_FEEDS": f"s3://{bucket}/config/feeds.json",
        "CSVFERRY_STATE": f"s3://{bucket}/state/",
        "CSVFERRY_DATABASE_ID": "cluster-ABCDEFGHIJKLMNOP",
        "RDS_HOST": "127.0.0.1",
        "RDS_PORT": str(parts.port),
        "RDS_DATABASE": parts.path.strip("/"),
        "SIGN_IN": "secret",
        "SECRETS_NAME": bucket,
        "LOG_LEVEL": "INFO",
        "POWERTOOLS_SERVICE_NAME": "csvferry-test",
        "POWERTOOLS_METRICS_NAMESPACE": "csvferry",
    }
