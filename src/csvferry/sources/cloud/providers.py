"""Google's and Azure's stores, found by the environment variables that their own tools read.

obstore reads most of them itself; here are those that it does not know: Google's of emulators, and
Azure's connection string and the names of its command line.
"""

import os
from functools import lru_cache
from typing import Any

from obstore.store import AzureStore, GCSStore

from csvferry.errors import UsageError
from csvferry.sources.cloud.transport import RETRIES, check_endpoint, client_options

_VARIABLES = ("GOOGLE_", "STORAGE_EMULATOR_HOST", "AZURE_", "AZURITE_", "IDENTITY_")
_STRING = "AZURE_STORAGE_CONNECTION_STRING"
# What a connection string calls what obstore calls otherwise.
_PARTS = {
    "accountname": "account_name",
    "accountkey": "account_key",
    "sharedaccesssignature": "sas_key",
    "blobendpoint": "endpoint",
}
_COMMAND_LINE = {  # variables of `az`, and obstore's own that go before them
    "AZURE_STORAGE_ACCOUNT": ("account_name", "AZURE_STORAGE_ACCOUNT_NAME"),
    "AZURE_STORAGE_KEY": ("account_key", "AZURE_STORAGE_ACCOUNT_KEY"),
}
_YES = ("1", "true", "True", "TRUE")
_Environment = tuple[tuple[str, str], ...]


def google(bucket: str) -> GCSStore:
    """A bucket's store, one for as long as the variables stay. Raises UsageError."""
    return _google(bucket, _environment())


def azure(container: str) -> AzureStore:
    """A container's store, one for as long as the variables stay. Raises UsageError."""
    return _azure(container, _environment())


def _environment() -> _Environment:
    return tuple(sorted((n, v) for n, v in os.environ.items() if n.startswith(_VARIABLES) and v))


@lru_cache(maxsize=16)
def _google(bucket: str, environment: _Environment) -> GCSStore:
    given = dict(environment)
    if emulator := given.get("STORAGE_EMULATOR_HOST"):
        url = emulator if "://" in emulator else f"http://{emulator}"
        options = _options(url, "STORAGE_EMULATOR_HOST")
        return GCSStore(bucket, config={"base_url": url, "skip_signature": True}, **options)
    return GCSStore(bucket, **_options(given.get("GOOGLE_BASE_URL"), "GOOGLE_BASE_URL"))


@lru_cache(maxsize=16)
def _azure(container: str, environment: _Environment) -> AzureStore:
    given = dict(environment)
    config: Any = {
        name: given[variable]
        for variable, (name, own) in _COMMAND_LINE.items()
        if variable in given and own not in given
    }
    setting = "AZURE_STORAGE_ENDPOINT"
    if string := given.get(_STRING):
        config, setting = _connection(string), _STRING
    emulated = config.get("use_emulator") or given.get("AZURE_STORAGE_USE_EMULATOR", "") in _YES
    endpoint = config.get("endpoint") or given.get("AZURE_STORAGE_ENDPOINT")
    if emulated:
        setting = "AZURITE_BLOB_STORAGE_URL"
        endpoint = given.get(setting, "http://127.0.0.1:10000")
    return AzureStore(container, config=config, **_options(endpoint, setting))


def _connection(string: str) -> dict[str, Any]:
    """Raises UsageError, which does not tell the string: it holds a key."""
    pairs = [part.partition("=") for part in string.split(";") if part.strip()]
    parts = {name.strip().lower(): value.strip() for name, _, value in pairs}
    if parts.get("usedevelopmentstorage") == "true":
        return {"use_emulator": True}
    config: dict[str, Any] = {own: parts[name] for name, own in _PARTS.items() if name in parts}
    if not {"account_name", "endpoint"} & config.keys():
        raise UsageError(f"{_STRING} names no account", "copy it whole from the account's keys")
    suffix = parts.get("endpointsuffix")
    if "endpoint" not in config and suffix:
        config["endpoint"] = f"https://{config['account_name']}.blob.{suffix}"
    return config


def _options(endpoint: str | None, setting: str) -> dict[str, Any]:
    http = check_endpoint(endpoint, setting) if endpoint else False
    return {"retry_config": RETRIES, "client_options": client_options(allow_http=http)}
