"""A feed: one source, one table, and how the table follows the file. Checked once, then frozen.

Its fields are the options of the command line, `csvferry.toml` and the Python functions.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from csvferry.config.columns.rules import ColumnFields
from csvferry.config.environment import local_path
from csvferry.config.fields.guards import GuardFields
from csvferry.config.fields.marks import MarkFields
from csvferry.config.limits import MemoryField
from csvferry.config.option import CHANGING, WITH_DATABASE, Option
from csvferry.config.read_options import (
    TEXT_OR_TEXTS,
    TEXTS,
    ReadFields,
    check_null,
    settled,
    together,
)
from csvferry.errors import UsageError
from csvferry.model.column_type import Kind, parse_type, zone_of
from csvferry.model.mapping import Mode
from csvferry.model.names import REJECTS, RUNS, STAGE_PREFIX, VERSION, fold, unusable, visible

_MAX_NAME = 64  # characters (MySQL 8.4 manual, "Identifier Length Limits")
DEFAULT_TARGET = "sqlite:///csvferry.db"
_SUFFIXES = re.compile(r"(\.(csv|tsv|txt))?(\.(gz|zst|bz2|xz|zip))?$", re.IGNORECASE)


def _listed(value: object) -> object:
    """`a,b` as well as a list of names."""
    return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value


def _typed(value: object) -> object:
    """`COL=TYPE` words as well as a mapping."""
    words = (value,) if isinstance(value, str) else value
    if not isinstance(words, list | tuple):
        return value
    pairs = [str(word).partition("=") for word in words]
    if wrong := [name for name, _, declared in pairs if not name or not declared]:
        raise ValueError(f"write COL=TYPE, not {', '.join(wrong)}")
    return {name: declared for name, _, declared in pairs}


_TEXT_OR_LISTS = WithJsonSchema(
    {
        "anyOf": [
            {"type": "string"},
            {"type": "array", "items": {"anyOf": [{"type": "string"}, TEXTS]}},
        ]
    }
)
_TYPES = {"type": "object", "additionalProperties": {"type": "string"}}

_WORDS = {"type": "array", "items": {"type": "string"}, "minItems": 1}

Command = Annotated[tuple[str, ...], WithJsonSchema(_WORDS)]
Names = Annotated[tuple[str, ...], BeforeValidator(_listed), TEXT_OR_TEXTS]
Types = Annotated[Mapping[str, str], BeforeValidator(_typed), WithJsonSchema(_TYPES)]


class Feed(GuardFields, MarkFields, ReadFields, ColumnFields):
    """One source and the table that follows it."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=False)

    source: Annotated[
        str,
        Field(
            description="A path, a glob, - for standard input, or an address (file://, s3://, gs://,"
            " az://, https://). A folder or prefix ending in / means the CSV files under it."
        ),
    ]
    name: Annotated[
        str | None,
        Field(description="The feed's name, for --feed, logs and metrics. [default: the table]"),
    ] = None
    runner: Annotated[
        Literal["function", "task"],
        Field(
            description="On AWS: function, or task for files that outgrow it. Elsewhere it does"
            " not count."
        ),
    ] = "function"
    on_success: Annotated[
        Command,
        Field(
            description="A program and its arguments, which the command line runs after each sync"
            " or verify that ends well; it reads the report as JSON. Only in a file that --config"
            " names."
        ),
    ] = ()
    on_failure: Annotated[
        Command,
        Field(description="The same, after one that fails or that a guard stops."),
    ] = ()
    to: Annotated[
        str,
        Option(
            "Target database: mysql://USER@HOST:PORT/DATABASE or sqlite:///FILE."
            " The password comes from CSVFERRY_PASSWORD.",
            "URL",
        ),
    ] = DEFAULT_TARGET
    table: Annotated[
        str | None,
        Field(min_length=1, max_length=64),
        Option("Target table.", "NAME", default="the file's stem", one_place=True),
    ] = None
    key: Annotated[
        Names,
        Option(
            "Columns that identify a row.",
            "COL[,COL]",
            default="the table's primary key, else id",
            one_place=True,
        ),
    ] = ()
    unique: Annotated[
        tuple[Names, ...],
        BeforeValidator(together),
        _TEXT_OR_LISTS,
        Option(
            "Further columns that may not repeat; repeatable.",
            "COL[,COL]",
            repeated=True,
            one_place=True,
        ),
    ] = ()
    mode: Annotated[
        Mode,
        Option(
            "insert: add rows whose key is new. upsert: also change those that differ."
            " mirror: also delete rows that the file no longer has."
        ),
    ] = Mode.INSERT
    settles: Annotated[
        str | None,
        Field(pattern=r"^[0-9a-f]{26}$"),
        Option("Run whose rejects these are, fixed.", "RUN", commands=CHANGING, one_place=True),
    ] = None
    types: Annotated[
        Types,
        Option(
            "A column's type in a table that csvferry makes, as MySQL writes it; repeatable.",
            "COL=TYPE",
            flag="--type",
            repeated=True,
            one_place=True,
        ),
    ] = Field(default_factory=dict)
    timezone: Annotated[
        str | None,
        Option(
            "The time zone that TIMESTAMP values of the file are in, and of a DATETIME read from a"
            " text with an offset: a name like Europe/Berlin, UTC, or +HH:MM.",
            "ZONE",
            default="the server's own session zone",
        ),
    ] = None
    full: Annotated[
        bool,
        Option(
            "Do not trust what earlier runs remember: compare with the table itself.",
            commands=CHANGING,
        ),
    ] = False
    allow_untested_server: Annotated[
        bool,
        Option(
            "Go on with a server that csvferry is not tested on (docs/servers.md).",
            commands=WITH_DATABASE,
        ),
    ] = False
    copy_unsafe_links: Annotated[
        bool,
        Option("In a folder or a glob, follow links that lead out of it too."),
    ] = False
    state: Annotated[
        str | None,
        Option(
            "Where fingerprints of applied versions are kept: a folder or s3://bucket/prefix/.",
            "PLACE",
            default="the user's state folder",
            commands=WITH_DATABASE,
        ),
    ] = None
    memory: Annotated[
        MemoryField | None,
        Option(
            "Memory to use, like 400MB.",
            "SIZE",
            default="260MB, or half of what the container gives",
        ),
    ] = None

    @model_validator(mode="before")
    @classmethod
    def _spelled(cls, given: object) -> object:
        """The command line's names for the fields, with hyphens or underscores."""
        return named(given) if isinstance(given, Mapping) else given

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        if value is not None and zone_of(value).fixed is None and not _is_zone(value):
            raise ValueError(f"{value!r} is no time zone like Europe/Berlin, UTC or +02:00")
        return value

    @field_validator("types")
    @classmethod
    def _served(cls, value: Mapping[str, str]) -> Mapping[str, str]:
        for name, declared in value.items():
            if parse_type(declared).kind is Kind.UNSERVED:
                raise ValueError(f"{name}: {declared} is no type that csvferry serves")
        return value

    @field_validator("key", "unique")
    @classmethod
    def _each_name_once(cls, value: tuple[Any, ...]) -> tuple[Any, ...]:
        lists = [part for part in value if isinstance(part, tuple)] or [value]
        for names in lists:
            if not all(names):
                raise ValueError("a column's name is empty")
            if len({fold(name) for name in names}) < len(names):
                raise ValueError(f"{', '.join(names)} has a column twice")
        return value

    @field_validator("on_success", "on_failure")
    @classmethod
    def _no_shell(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if value and (not value[0] or any("\0" in word for word in value)):
            raise ValueError("write the program and its arguments as a list of texts")
        return value

    @model_validator(mode="after")
    def _stdin_needs_a_table(self) -> Self:
        if self.source == "-" and not self.table:
            raise ValueError("standard input has no name: say --table NAME")
        return self

    @model_validator(mode="after")
    def _nulls_can_be(self) -> Self:
        for rule in self.columns.values():
            check_null(rule.null or (), settled(self.reading()))
        return self

    @model_validator(mode="after")
    def _only_mirror_deletes(self) -> Self:
        if self.mark_column and self.mode is not Mode.MIRROR:
            raise ValueError("on_delete: only mirror deletes rows; say --mode mirror")
        return self

    @property
    def label(self) -> str:
        """The feed's name for people and metrics."""
        return self.name or self.table or table_name(self.source)

    def _further_shape(self) -> dict[str, Any]:
        """Options that were not always there: a feed without them keeps its identity."""
        zone = {"timezone": self.timezone} if self.timezone else {}
        return {**zone, **self.marks_shape(), **self.columns_shape()}

    def identity(self, table: str) -> str:
        """What makes the outcome of a version: the source and each option that shapes the rows.

        Two feeds of equal identity share their place in the ledger (32 hexadecimal digits).
        """
        shape = {
            "source": address(self.source),
            "table": table,
            "mode": self.mode.value,
            "key": [fold(name) for name in self.key],
            "unique": sorted([fold(name) for name in names] for names in self.unique),
            "null": sorted(("",) if self.null is None else self.null),
            "reading": self.read_shape(),
            "types": sorted((fold(k), v.casefold()) for k, v in self.types.items()),
            **self._further_shape(),
        }
        return hashlib.sha256(json.dumps(shape).encode()).hexdigest()[:32]


def _is_zone(name: str) -> bool:
    """Whether DuckDB, which does the reckoning, has the rules of a zone."""
    import duckdb

    with duckdb.connect() as con:
        con.execute("SET enable_progress_bar = false")
        found = con.execute("SELECT 1 FROM pg_timezone_names() WHERE name = ?", [name])
        return found.fetchone() is not None


def feed_id(feed: Feed) -> str:
    """The place in the ledger of a feed into one table. Raises UsageError for one of several."""
    if not feed.table and (feed.source.endswith("/") or "*" in feed.source):
        raise UsageError(f"each file of the feed {feed.label} has its own table", "use --table")
    return feed.identity(feed.table or table_name(feed.source))


def address(source: str) -> str:
    """The source as one address, the same from whatever folder the call was made."""
    if source == "-" or "://" in source:
        return source
    slash = "/" if source.endswith("/") else ""
    return "file://" + str(local_path(source).absolute()) + slash


def table_name(uri: str) -> str:
    """The stem of a file: `s3://bucket/in/people.csv.gz` gives `people`."""
    last = uri.split("?", 1)[0].rstrip("/").rsplit("/", 1)[-1]
    return _SUFFIXES.sub("", last)


@cache
def field_options() -> Mapping[str, Option]:
    """How each field of a feed is given on the command line; those without a flag are left out."""
    found = {
        name: next((m for m in field.metadata if isinstance(m, Option)), None)
        for name, field in Feed.model_fields.items()
    }
    groups: tuple[type[BaseModel], ...] = (GuardFields, MarkFields, ReadFields, ColumnFields)
    later = {name: n for n, group in enumerate(groups, 1) for name in group.model_fields}
    ordered = sorted(found.items(), key=lambda item: later.get(item[0], 0))
    return {name: option for name, option in ordered if option}


@cache
def _spellings() -> dict[str, tuple[str, bool]]:
    """What a field may be called, with underscores: its name, and whether the value is reversed."""
    spellings = {name: (name, False) for name in Feed.model_fields}
    for name, option in field_options().items():
        word = option.word(name).replace("-", "_")
        spellings[word] = (name, word.startswith("no_"))
    return spellings


def named(given: Mapping[Any, Any]) -> dict[str, Any]:
    """Options under their fields' names: `max-rejects`, `no_header = true`, `type`.

    An unknown name stays as it is, for the model to refuse. Raises ValueError for one said twice.
    """
    options: dict[str, Any] = {}
    for word, value in given.items():
        key = str(word).replace("-", "_")
        name, reversed_ = _spellings().get(key, (str(word), False))
        if name in options:
            raise ValueError(f"{name} is given twice")
        if reversed_ and not isinstance(value, bool):
            raise ValueError(f"{word} is true or false")
        options[name] = not value if reversed_ else value
    return options


def check_table_name(name: str) -> None:
    """Raises UsageError for a name that no table of a user can have."""
    if not 0 < len(name) <= _MAX_NAME:
        raise UsageError(
            f"a table's name has 1 to {_MAX_NAME} characters, the file's stem has {len(name)}",
            "name the table with --table",
        )
    if reason := unusable(name):
        raise UsageError(f"{visible(name)} can be no table: {reason}", "name another with --table")
    folded = name.casefold()
    if folded in (RUNS, REJECTS, VERSION) or folded.startswith(STAGE_PREFIX):
        raise UsageError(f"the table {name} is csvferry's own", "name another with --table")


def make_feed(**options: Any) -> Feed:
    """A feed from options. Raises UsageError that names every fault and no value."""
    try:
        return Feed(**options)
    except ValidationError as error:
        raise UsageError("; ".join(_told(fault) for fault in error.errors())) from None


def _told(fault: Any) -> str:
    where = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"{where}: there is no such option"
    reason: str = fault["msg"].removeprefix("Value error, ")
    return f"{where}: {reason}" if where else reason
