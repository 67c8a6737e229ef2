"""A feed: one source, one table, and how the table follows the file. Checked once, then frozen."""

import hashlib
import json
import math
import os
import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from csvferry.config.read_options import CsvReadOptions
from csvferry.errors import UsageError
from csvferry.model.mapping import Mode
from csvferry.model.names import fold

DEFAULT_TARGET = "sqlite:///csvferry.db"
DEFAULT_LIMIT = "10%"
_SUFFIXES = re.compile(r"(\.(csv|tsv|txt))?(\.(gz|zst))?$", re.IGNORECASE)
_SIZE = re.compile(r"(\d+)\s*([KMG]B?|B)?", re.IGNORECASE)
_ANY = 2**62  # more rows than any table has
_UNITS = {"": 1, "B": 1, "K": 1000, "M": 1000**2, "G": 1000**3}
_LEAST_MEMORY = 64_000_000  # bytes


class Limit(BaseModel):
    """A number of rows, or a share of them in percent."""

    model_config = ConfigDict(frozen=True)

    rows: int | None = None
    percent: Decimal | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """`100` or `2.5%`. Raises ValueError."""
        words = text.strip()
        if re.fullmatch(r"\d+", words):
            return cls(rows=int(words))
        if re.fullmatch(r"\d+(\.\d+)?\s*%", words) and Decimal(words[:-1].strip()) <= 100:
            return cls(percent=Decimal(words[:-1].strip()))
        raise ValueError(f"{text!r} is neither a number of rows (100) nor a share (10%)")

    def exceeded(self, count: int, total: int) -> bool:
        """Whether `count` rows of `total` are more than the limit allows."""
        if self.rows is not None:
            return count > self.rows
        return count * 100 > (self.percent or 0) * total

    def enough(self, count: int) -> int:
        """A total of which `count` is not more than the limit, if of any; larger ones too."""
        if self.percent:
            return math.ceil(count * 100 / self.percent)
        return _ANY

    def __str__(self) -> str:
        """As the user writes it."""
        return str(self.rows) if self.rows is not None else f"{self.percent:f}%"


def _memory(value: object) -> object:
    """`400MB`, `2G` or a number of bytes as bytes. Raises ValueError."""
    size = value
    if isinstance(value, str):
        if not (found := _SIZE.fullmatch(value.strip())):
            raise ValueError(f"{value!r} is no size like 400MB")
        size = int(found[1]) * _UNITS[(found[2] or "")[:1].upper()]
    if isinstance(size, int) and size < _LEAST_MEMORY:
        raise ValueError(f"a run needs 64MB and more, not {value}")
    return size


def _listed(value: object) -> object:
    """`a,b` as well as a list of names."""
    return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value


def _limit(value: object) -> object:
    return Limit.parse(str(value)) if isinstance(value, str | int) else value


def _typed(value: object) -> object:
    """`COL=TYPE` words as well as a mapping."""
    words = (value,) if isinstance(value, str) else value
    if not isinstance(words, list | tuple):
        return value
    pairs = [str(word).partition("=") for word in words]
    if wrong := [name for name, _, declared in pairs if not name or not declared]:
        raise ValueError(f"write COL=TYPE, not {', '.join(wrong)}")
    return {name: declared for name, _, declared in pairs}


def _together(value: object) -> object:
    """One token as well as several."""
    return (value,) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]
LimitField = Annotated[Limit, BeforeValidator(_limit)]


class Feed(BaseModel):
    """One source and the table that follows it; the fields are the command line's options."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    to: str = DEFAULT_TARGET
    table: str | None = Field(default=None, min_length=1, max_length=64)
    name: str | None = None
    key: Names = ()
    unique: tuple[Names, ...] = ()
    mode: Mode = Mode.INSERT
    max_rejects: LimitField = Limit.parse(DEFAULT_LIMIT)
    max_deletes: LimitField | None = None
    allow_empty: bool = False
    null: Annotated[tuple[str, ...], BeforeValidator(_together)] = ("",)
    delimiter: str | None = None
    quote: str | None = None
    encoding: str | None = None
    header: bool = True
    types: Annotated[Mapping[str, str], BeforeValidator(_typed)] = Field(default_factory=dict)
    full: bool = False
    state: str | None = None
    memory: Annotated[int | None, BeforeValidator(_memory)] = None

    @field_validator("unique", mode="before")
    @classmethod
    def _unique_sets(cls, value: object) -> object:
        """`unique = ["email", "first,last"]`: each text is one set of columns."""
        return (value,) if isinstance(value, str) else value

    @field_validator("delimiter")
    @classmethod
    def _tab(cls, value: str | None) -> str | None:
        r"""A tab is hard to type into a shell: the two characters `\t` mean one."""
        return "\t" if value == "\\t" else value

    @field_validator("key", "unique")
    @classmethod
    def _no_empty_names(cls, value: tuple[Any, ...]) -> tuple[Any, ...]:
        flat = [name for part in value for name in ((part,) if isinstance(part, str) else part)]
        if any(not name for name in flat):
            raise ValueError("a column's name is empty")
        return value

    @model_validator(mode="after")
    def _stdin_needs_a_table(self) -> Self:
        if self.source == "-" and not self.table:
            raise ValueError("standard input has no name: say --table NAME")
        return self

    @property
    def label(self) -> str:
        """The feed's name for people and metrics."""
        return self.name or self.table or table_name(self.source)

    @property
    def deletes_limit(self) -> Limit:
        """How many rows mirror may delete."""
        return self.max_deletes or Limit.parse(DEFAULT_LIMIT)

    def reading(self) -> CsvReadOptions:
        """What the user said of how the file is to be read."""
        return CsvReadOptions(self.delimiter, self.quote, self.encoding, self.header, self.null)

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
            "null": sorted(self.null),
            "reading": [self.delimiter, self.quote, self.encoding, self.header],
            "types": sorted((fold(k), v.casefold()) for k, v in self.types.items()),
        }
        return hashlib.sha256(json.dumps(shape).encode()).hexdigest()[:32]


def address(source: str) -> str:
    """The source as one address, the same from whatever folder the call was made."""
    if source == "-" or "://" in source:
        return source
    slash = "/" if source.endswith("/") else ""
    return "file://" + str(Path(source).expanduser().absolute()) + slash


def table_name(uri: str) -> str:
    """The stem of a file: `s3://bucket/in/people.csv.gz` gives `people`."""
    last = uri.split("?", 1)[0].rstrip("/").rsplit("/", 1)[-1]
    return _SUFFIXES.sub("", last)


def make_feed(**options: Any) -> Feed:
    """A feed from options. Raises UsageError that names every fault and no value."""
    try:
        return Feed(**options)
    except ValidationError as error:
        raise UsageError("; ".join(_told(fault) for fault in error.errors())) from None


def load_feeds(config: str | Path, overrides: Mapping[str, Any] | None = None) -> list[Feed]:
    """The `[[feeds]]` of a csvferry.toml, each over the file's `[defaults]`.

    Relative paths that it names (source, SQLite file, state) count from its folder, those of
    `overrides` and the default target from the current one. Raises UsageError.
    """
    path = Path(config)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{path}: {error.strerror}", "name a source, or write csvferry.toml"
        ) from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8") from None
    return parse_feeds(text, str(path), overrides or {}, path.absolute().parent)


def parse_feeds(
    text: str, origin: str, overrides: Mapping[str, Any], folder: Path | None = None
) -> list[Feed]:
    """The feeds of a configuration's text; `origin` is named in errors.

    `folder`: where it lies on this machine, whose environment it may name then.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{origin} is not valid TOML: {error}") from None
    if unknown := set(document) - {"feeds", "defaults"}:
        raise UsageError(
            f"{origin}: unknown {', '.join(sorted(unknown))}", "use [defaults] and [[feeds]]"
        )
    entries = document.get("feeds", [])
    if not isinstance(entries, list) or not entries:
        raise UsageError(f"{origin} has no [[feeds]]")
    defaults = document.get("defaults", {})
    if not all(isinstance(table, dict) for table in (defaults, *entries)):
        raise UsageError(f"{origin}: [defaults] and each of [[feeds]] are tables")
    feeds = []
    for number, entry in enumerate(entries, 1):
        try:
            written = {**defaults, **entry}
            placed = _placed(written, folder) if folder else written
            feeds.append(make_feed(**{**placed, **overrides}))
        except UsageError as error:
            raise UsageError(f"{origin}, feed {number}: {error.message}") from None
    return feeds


def _placed(options: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Relative paths of a configuration count from its folder; `${NAME}` is the environment's."""
    for name in ("source", "to", "state"):
        if isinstance(value := options.get(name), str):
            options[name] = _from(folder, os.path.expandvars(value))
    return options


def _from(folder: Path, place: str) -> str:
    if place.startswith("sqlite:///"):
        return "sqlite:///" + str(folder / place.removeprefix("sqlite:///"))
    if place == "-" or "://" in place:
        return place
    slash = "/" if place.endswith("/") else ""
    return str(folder / Path(place).expanduser()) + slash


def _told(fault: Any) -> str:
    where = ".".join(str(part) for part in fault["loc"]) or "feed"
    if fault["type"] == "extra_forbidden":
        return f"{where}: there is no such option"
    return f"{where}: {fault['msg'].removeprefix('Value error, ')}"
