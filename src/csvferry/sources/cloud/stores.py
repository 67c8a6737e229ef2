"""Object stores, opened: endpoint and credentials by each cloud's standard variables."""

import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from obstore.store import AzureStore, GCSStore, HTTPStore, S3Store

from csvferry.errors import SourceError, UsageError
from csvferry.sources.cloud.address import Address
from csvferry.sources.cloud.providers import azure, google
from csvferry.sources.cloud.transport import RETRIES, check_endpoint, client_options

Store = S3Store | GCSStore | AzureStore | HTTPStore
# Environment variables of which each alone lets obstore sign in to AWS.
_AWS_SIGN_INS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
)


def open_store(address: Address) -> Store:
    """The store of an address's bucket. Raises UsageError, SourceError."""
    if address.scheme == "s3":
        return _s3(address.bucket, _s3_endpoint(), os.environ.get("AWS_PROFILE"))
    try:
        if address.scheme == "gs":
            return google(address.bucket)
        return azure(address.bucket)
    except Exception as error:
        if not type(error).__module__.startswith("obstore"):
            raise
        raise SourceError(
            f"{address.scheme}://{address.bucket} can't be opened",
            "are the cloud's standard variables set (account, credentials)?",
        ) from None


def _s3_endpoint() -> str | None:
    return os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or None


@lru_cache(maxsize=16)
def _s3(bucket: str, endpoint: str | None, profile: str | None) -> S3Store:
    """One store, with its connections, for each bucket, endpoint and profile."""
    options: dict[str, Any] = {"retry_config": RETRIES}
    if endpoint:
        http = check_endpoint(endpoint, "AWS_ENDPOINT_URL")
        options |= {"endpoint": endpoint, "virtual_hosted_style_request": False}
        options["client_options"] = client_options(allow_http=http)
    else:
        options["client_options"] = client_options()
        # A name with a dot in it would not fit the certificate of *.s3.amazonaws.com.
        options["virtual_hosted_style_request"] = "." not in bucket
    if region := os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"):
        options["region"] = region
    if provider := _boto3_credentials(profile):
        options["credential_provider"] = provider
    return S3Store(bucket, **options)


def _boto3_credentials(profile: str | None) -> Any:
    """What signs in by a profile of the AWS configuration files, where one is needed."""
    if not profile and (any(os.environ.get(name) for name in _AWS_SIGN_INS) or not _has_files()):
        return None
    try:
        import boto3
        from obstore.auth.boto3 import Boto3CredentialProvider

        return Boto3CredentialProvider(boto3.Session(profile_name=profile))
    except ImportError:
        raise UsageError(
            "AWS profiles need boto3", "install csvferry[aws], or set AWS_ACCESS_KEY_ID"
        ) from None
    except ValueError:
        return None  # no credentials there: the machine's own role may have some
    except Exception as error:
        if type(error).__name__ != "ProfileNotFound":
            raise
        raise UsageError(f"there is no AWS profile {profile}", "see AWS_PROFILE") from None


def _has_files() -> bool:
    variables = ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE")
    named = [os.environ[name] for name in variables if os.environ.get(name)]
    places = [*named, "~/.aws/credentials", "~/.aws/config"]
    return any(Path(place).expanduser().exists() for place in places)
