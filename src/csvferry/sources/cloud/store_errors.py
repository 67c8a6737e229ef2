"""What object stores answer when they refuse, as csvferry's errors with the cure for each.

S3 tells the kind of a fault only in the answer's body, in its `<Code>` (Amazon S3 API reference,
"Error responses"); obstore hands the body on inside its message, and nothing else of it is read.
"""

import re

from obstore import exceptions as told_by_obstore

from csvferry.errors import (
    NothingThereError,
    SourceChangedError,
    SourceError,
    SourceUnreachableError,
)
from csvferry.sources.cloud.address import Address, printable

_CODE = re.compile(r"<Code>(\w+)</Code>")
_STATUS = re.compile(r"non-2xx status code: (\d+)")
_INVALID = re.compile(r'Path "(.*?)"(?:: Encountered| contained)', re.DOTALL)
_KMS = re.compile(r"kms:(\w+)|KMS\.\w+|AWS KMS|ciphertext")
_REGION = {
    "PermanentRedirect",
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
}
_KEYS = {
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "ExpiredToken",
    "InvalidToken",
    "AuthenticationFailed",
    "InvalidAuthenticationInfo",
}
# What the permissions of S3 are called by the others.
_PERMISSIONS = {
    ("gs", "s3:GetObject"): "storage.objects.get",
    ("gs", "s3:ListBucket"): "storage.objects.list",
    ("az", "s3:GetObject"): "Storage Blob Data Reader",
    ("az", "s3:ListBucket"): "Storage Blob Data Reader",
}
# Where a machine's or a container's role is asked for when nothing else is set.
_CREDENTIAL_SERVICES = ("169.254.169.254", "169.254.170.2", "metadata.google.internal")
_SIGN_INS = {
    "s3": "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    "gs": "set GOOGLE_APPLICATION_CREDENTIALS",
    "az": "set AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT_NAME and a key or token",
}
STORE_ERRORS = (told_by_obstore.BaseError, FileNotFoundError, PermissionError, ValueError)


def translate_error(error: Exception, address: Address, action: str) -> SourceError:
    """A store's refusal of `action` (its permission's name on S3) on an address."""
    if isinstance(error, SourceError):
        return error
    text = str(error)
    code = _first(_CODE, text)
    where = f"{address.scheme}://{address.bucket}"
    if any(service in text for service in _CREDENTIAL_SERVICES):
        return SourceError(f"no credentials were found for {where}", _SIGN_INS[address.scheme])
    if code in ("NoSuchBucket", "ContainerNotFound"):
        return SourceError(f"there is no bucket {where}", "is its name right, and its account?")
    if code in _REGION or "BareRedirect" in text:
        return SourceError(f"{where} is in another region", "set AWS_REGION to the bucket's region")
    if code == "RequestTimeTooSkewed":
        return SourceError(f"{where} refused the request's time", "set this machine's clock")
    if code in _KEYS or isinstance(error, told_by_obstore.UnauthenticatedError):
        return SourceError(
            f"{where} does not accept the credentials ({code or 'unauthenticated'})",
            "are they current? `csvferry doctor` shows more",
        )
    denied = isinstance(error, told_by_obstore.PermissionDeniedError | PermissionError)
    if denied or _first(_STATUS, text) == "403":
        return _denied(text, address, action)
    if isinstance(error, told_by_obstore.PreconditionError):
        return SourceChangedError(f"{address} was replaced while it was read")
    if isinstance(error, FileNotFoundError):
        return NothingThereError(f"there is no object {address}", "is the address right?")
    if isinstance(error, told_by_obstore.InvalidPathError):
        return unreadable(address.uri(_first(_INVALID, text)))
    return _unclear(text, address, code)


def unreadable(uri: str) -> SourceError:
    """An object's key that obstore can't ask for; one such object spoils the listing of others."""
    return SourceError(
        f"{printable(uri)} has a key that can't be read",
        "rename the object: no slash in front, no empty part, no . or .. as a part, no control"
        " character",
    )


def _denied(text: str, address: Address, action: str) -> SourceError:
    if _KMS.search(text):
        return SourceError(
            f"access denied to the key that {address} is encrypted with",
            "allow kms:Decrypt on that key, in the role's policy and the key's",
        )
    if address.scheme != "s3":
        permission = _PERMISSIONS[address.scheme, action]
        where = f"{address.scheme}://{address.bucket}"
        return SourceError(f"access denied to {address}", f"grant {permission} on {where}")
    resource = address.bucket if action == "s3:ListBucket" else f"{address.bucket}/{address.key}"
    return SourceError(f"access denied to {address}", f"allow {action} on arn:aws:s3:::{resource}")


def _unclear(text: str, address: Address, code: str) -> SourceError:
    if "credential" in text.lower():
        return SourceError(
            f"no credentials were found for {address.scheme}://{address.bucket}",
            "set AWS_PROFILE or AWS_ACCESS_KEY_ID" if address.scheme == "s3" else None,
        )
    status = _first(_STATUS, text)
    reason = " ".join(filter(None, (status, code))) or "no answer"
    return SourceUnreachableError(
        f"{address} could not be read: {reason}", "is the store reachable from here?"
    )


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""
