"""User name and password: from Secrets Manager, or a token that IAM lets the function make."""

import json
import os
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from csvferry.aws.settings import Settings
from csvferry.errors import SecretError, SecretUnreachableError

SECRET_AGE = 300  # seconds that a secret is kept
_TIMEOUT = 5


@dataclass(frozen=True)
class Credentials:
    """What the database is told."""

    user: str
    password: str = field(repr=False)


def credentials(settings: Settings, *, fresh: bool = False) -> Credentials:
    """Credentials by the settings' way; `fresh`: not those kept from before. Raises SecretError."""
    if settings.sign_in == "iam":
        return Credentials(settings.user or "", _token(settings))
    return read_secret(_secret(settings.secret or "", fresh=fresh), settings.user)


def read_secret(text: str, user: str | None) -> Credentials:
    """RDS's JSON of user name and password, or a bare password. Raises SecretError.

    The secret's own user name counts: a rotation may change it (AWS Secrets Manager User Guide,
    "Rotation strategies").
    """
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):  # no JSON, or a password that only begins like it
        parsed = text
    if isinstance(parsed, dict):
        user = str(parsed.get("username") or user or "")
        password = parsed.get("password")
    else:
        password = text
    if not user or not isinstance(password, str) or not password:
        missing = "password" if user else "user name"
        raise SecretError(f"the secret has no {missing}", "see SECRETS_NAME in docs/function.md")
    return Credentials(user, password)


def _token(settings: Settings) -> str:
    """A token good for 15 minutes, made here without any call."""
    from boto3 import client

    try:
        token: str = client("rds", region_name=_region()).generate_db_auth_token(
            DBHostname=settings.host, Port=settings.port, DBUsername=settings.user
        )
    except Exception as error:  # noqa: BLE001  # botocore's are many, and each is final here
        raise SecretError(
            f"no IAM token could be made: {type(error).__name__}",
            "has the function a role?",
        ) from None
    return token


def _region() -> str:
    """Lambda sets both variables; boto3 itself looks at the second alone."""
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not region:
        raise SecretError("AWS_REGION is not set", "Lambda sets it; elsewhere set it yourself")
    return region


def _secret(name: str, *, fresh: bool) -> str:
    from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

    try:
        value = _provider().get(name, max_age=SECRET_AGE, force_fetch=fresh)
    except GetParameterError as error:
        raise _told(error.__context__, name) from None
    return value.decode() if isinstance(value, bytes) else str(value)


@cache
def _provider() -> Any:
    from aws_lambda_powertools.utilities.parameters import SecretsProvider
    from boto3 import Session
    from botocore.config import Config

    return SecretsProvider(
        boto3_session=Session(region_name=_region()),
        boto_config=Config(
            connect_timeout=_TIMEOUT,
            read_timeout=_TIMEOUT,
            retries={"mode": "standard", "total_max_attempts": 4},
        ),
    )


def _told(cause: BaseException | None, name: str) -> SecretError:
    response = getattr(cause, "response", {})
    code = response.get("Error", {}).get("Code", "")
    if code == "ResourceNotFoundException":
        return SecretError(f"there is no secret {name}", "is SECRETS_NAME right?")
    if code.startswith("AccessDenied"):
        if "KMS" in response["Error"].get("Message", ""):
            return SecretError(f"access denied to the key of secret {name}", "allow kms:Decrypt")
        return SecretError(
            f"access denied to secret {name}", "allow secretsmanager:GetSecretValue on it"
        )
    reason = code or type(cause).__name__
    return SecretUnreachableError(
        f"the secret {name} could not be read: {reason}",
        "can the function reach Secrets Manager (endpoint, security group)?",
    )
