"""The function's settings, from its environment, checked once at cold start (docs/function.md)."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from csvferry.config.feed import Feed, make_feed
from csvferry.config.feeds_file import parse_feeds
from csvferry.errors import SettingsError, UsageError
from csvferry.sources.cloud.address import parse_address

BUNDLE = Path(__file__).with_name("rds-global-bundle.pem")
SYSTEM = "system"
_REMOTE = ("s3://", "gs://", "az://", "azure://", "https://")  # none is a file of the function's


class Settings(BaseModel):
    """What the environment says; each field's alias is its variable."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    feeds: str = Field(alias="CSVFERRY_FEEDS", min_length=1)
    state: str | None = Field(default=None, alias="CSVFERRY_STATE")
    host: str = Field(alias="RDS_HOST", min_length=1)
    port: int = Field(default=3306, alias="RDS_PORT", ge=1, le=65535)
    database: str = Field(alias="RDS_DATABASE", min_length=1)
    user: str | None = Field(default=None, alias="RDS_USER")
    sign_in: Literal["secret", "iam"] = Field(default="secret", alias="SIGN_IN")
    secret: str | None = Field(default=None, alias="SECRETS_NAME")
    ca: str | None = Field(default=None, alias="RDS_CA")

    @field_validator("state")
    @classmethod
    def _state_is_a_prefix(cls, value: str | None) -> str | None:
        if value and not (value.startswith("s3://") and value.endswith("/")):
            raise ValueError("it is an address like s3://BUCKET/PREFIX/")
        return value

    @field_validator("ca")
    @classmethod
    def _ca_is_there(cls, value: str | None) -> str | None:
        if value and value != SYSTEM and not Path(value).is_file():
            raise ValueError("there is no such file")
        return value

    @model_validator(mode="after")
    def _sign_in_is_whole(self) -> Self:
        if self.sign_in == "secret" and not self.secret:
            raise ValueError("SECRETS_NAME: SIGN_IN=secret needs it")
        if self.sign_in == "iam" and not self.user:
            raise ValueError("RDS_USER: SIGN_IN=iam needs it")
        return self

    @property
    def address(self) -> str:
        """The database, without user and password."""
        return f"mysql://{self.host}:{self.port}/{self.database}"

    @property
    def ca_file(self) -> str | None:
        """The certificates that the database's own must lead to; None: those of the system."""
        if self.ca == SYSTEM:
            return None
        return self.ca or (str(BUNDLE) if BUNDLE.is_file() else None)


def read_settings(environment: Mapping[str, str]) -> tuple[Settings, list[Feed]]:
    """The settings and the feeds. Raises SettingsError that names every fault, and no value."""
    given = {name: value for name, value in environment.items() if value.strip()}
    faults: list[str] = []
    settings: Settings | None = None
    try:
        settings = Settings.model_validate(given)
    except ValidationError as error:
        faults += [_told(fault) for fault in error.errors()]
    feeds: list[Feed] = []
    try:
        feeds = _feeds(given.get("CSVFERRY_FEEDS", ""))
    except SettingsError as error:
        faults.append(f"CSVFERRY_FEEDS: {error.message}")
    if faults or settings is None:
        raise SettingsError(
            "the function's settings are wrong: " + "; ".join(faults), "see docs/function.md"
        )
    places: dict[str, str | None] = {"state": settings.state, "to": settings.address}
    return settings, [feed.model_copy(update=places) for feed in feeds]


def _feeds(text: str) -> list[Feed]:
    """Feeds of a JSON list, or of the csvferry.toml at an address. Raises SettingsError."""
    if not text:
        return []
    try:
        feeds = _from_address(text) if text.startswith("s3://") else _from_json(text)
    except UsageError as error:
        raise SettingsError(error.message) from None
    if local := [feed.label for feed in feeds if not feed.source.startswith(_REMOTE)]:
        raise SettingsError(f"{', '.join(local)}: the source is no address like s3://BUCKET/KEY")
    labels = [feed.label for feed in feeds]
    if twice := sorted({label for label in labels if labels.count(label) > 1}):
        raise SettingsError(f"two feeds are named {', '.join(twice)}: give each a name")
    return feeds


def _from_json(text: str) -> list[Feed]:
    try:
        entries = json.loads(text)
    except json.JSONDecodeError as error:
        raise SettingsError(f"neither JSON nor s3://…: {error}") from None
    except (ValueError, RecursionError):  # thousands of digits or brackets
        raise SettingsError("it is no list of feeds") from None
    if not isinstance(entries, list) or not entries:
        raise SettingsError("it is no list of feeds, or an empty one")
    feeds: list[Feed] = []
    faults: list[str] = []
    for number, entry in enumerate(entries, 1):
        try:
            feeds.append(_feed(entry))
        except UsageError as error:
            faults.append(f"feed {number}: {error.message}")
    if faults:
        raise SettingsError("; ".join(faults))
    return feeds


def _feed(entry: Any) -> Feed:
    if not isinstance(entry, dict):
        raise UsageError("it is no object")
    # Terraform writes an option that was not given as null.
    return make_feed(**{str(name): value for name, value in entry.items() if value is not None})


def _from_address(address: str) -> list[Feed]:
    from csvferry.sources.cloud.prefix_store import read_text

    return parse_feeds(read_text(parse_address(address)), address, {})


def _told(fault: Any) -> str:
    where = ".".join(str(part) for part in fault["loc"])
    message = fault["msg"].removeprefix("Value error, ")
    if fault["type"] in ("missing", "string_too_short"):
        message = "it is not set"
    return f"{where}: {message}" if where else message
