"""Events as AWS sends them (EventBridge and S3 user guides), cut down to what may matter."""

import json
from typing import Any
from urllib.parse import quote_plus

SCHEDULE: dict[str, Any] = {
    "version": "0",
    "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "account": "123456789012",
    "time": "2026-10-08T16:53:06Z",
    "region": "eu-central-1",
    "resources": ["arn:aws:events:eu-central-1:123456789012:rule/hourly"],
    "detail": {},
}
TEST_EVENT: dict[str, Any] = {
    "Service": "Amazon S3",
    "Event": "s3:TestEvent",
    "Time": "2026-10-08T16:53:06.000Z",
    "Bucket": "bucket",
    "RequestId": "5582815E1AEA5ADF",
    "HostId": "8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR",
}


def created(bucket: str, key: str, version: str = "") -> dict[str, Any]:
    """EventBridge's "Object Created"; the key is as it is."""
    return {
        "version": "0",
        "detail-type": "Object Created",
        "source": "aws.s3",
        "region": "eu-central-1",
        "resources": [f"arn:aws:s3:::{bucket}"],
        "detail": {
            "version": "0",
            "bucket": {"name": bucket},
            "object": {"key": key, "size": 5, "etag": "b1946a", "version-id": version},
            "reason": "PutObject",
        },
    }


def notified(bucket: str, *keys: str, name: str = "ObjectCreated:Put") -> dict[str, Any]:
    """S3's own notification; the keys are URL-encoded."""
    return {
        "Records": [
            {
                "eventVersion": "2.1",
                "eventSource": "aws:s3",
                "eventName": name,
                "s3": {
                    "s3SchemaVersion": "1.0",
                    "bucket": {"name": bucket, "arn": f"arn:aws:s3:::{bucket}"},
                    "object": {"key": quote_plus(key, safe="/"), "size": 5},
                },
            }
            for key in keys
        ]
    }


def queued(*bodies: Any) -> dict[str, Any]:
    """A batch of an SQS queue as Lambda's poller hands it over; texts are bodies as they are."""
    return {
        "Records": [
            {
                "messageId": f"message-{number}",
                "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
                "body": body if isinstance(body, str) else json.dumps(body),
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:csvferry-events",
                "awsRegion": "eu-central-1",
            }
            for number, body in enumerate(bodies)
        ]
    }


def through_sns(event: dict[str, Any]) -> dict[str, Any]:
    """SNS's envelope, without raw message delivery."""
    return {
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": "arn:aws:sns:eu-central-1:123456789012:objects",
        "Subject": "Amazon S3 Notification",
        "Message": json.dumps(event),
        "SignatureVersion": "1",
    }
