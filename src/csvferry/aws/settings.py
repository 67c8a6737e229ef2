"""The function's settings, from its environment, checked once at cold start (docs/function.md)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from csvferry.aws.feeds import check_places, read_feeds
from csvferry.config.feed import Feed
from csvferry.errors import SettingsError

BUNDLE = Path(__file__).with_name("rds-global-bundle.pem")
SYSTEM = "system"
OWN = ("state/", "reports/", "tasks/", "config/")  # what the function and Terraform write


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
    database_id: str | None = Field(
        default=None, alias="CSVFERRY_DATABASE_ID", pattern=r"^[\w:.-]{1,128}$"
    )

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
    def target(self) -> str:
        """The database that what is remembered speaks of: its address, and which cluster it is."""
        return f"{self.address}#{self.database_id}" if self.database_id else self.address

    def beside(self, folder: str) -> str | None:
        """The address of a folder beside the state's; None without a state."""
        if self.state is None:
            return None
        bucket, _, key = self.state.removeprefix("s3://").partition("/")
        above = key.rstrip("/").rpartition("/")[0]
        return f"s3://{bucket}/{above}/{folder}" if above else f"s3://{bucket}/{folder}"

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
        feeds = read_feeds(given.get("CSVFERRY_FEEDS", ""))
        if settings:
            check_places(feeds, [place for own in OWN if (place := settings.beside(own))])
    except SettingsError as error:
        faults.append(f"CSVFERRY_FEEDS: {error.message}")
    if faults or settings is None:
        raise SettingsError(
            "the function's settings are wrong: " + "; ".join(faults), "see docs/function.md"
        )
    places: dict[str, str | None] = {"state": settings.state, "to": settings.address}
    return settings, [feed.model_copy(update=places) for feed in feeds]


def _told(fault: Any) -> str:
    where = ".".join(str(part) for part in fault["loc"])
    message = fault["msg"].removeprefix("Value error, ")
    if fault["type"] in ("missing", "string_too_short"):
        message = "it is not set"
    return f"{where}: {message}" if where else message
