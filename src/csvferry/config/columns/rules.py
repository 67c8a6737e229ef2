"""What a user declares of the file's columns: names, and how their values are written."""

import builtins
import os
import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)

from csvferry.config.columns.date_format import DateFormat, parse_date_format
from csvferry.config.option import CHANGING, Option
from csvferry.errors import UsageError
from csvferry.model.names import fold

_DAYS = re.compile(r"(\d+)\s*d", re.IGNORECASE)


class Extra(StrEnum):
    """What becomes of a file's column that the table lacks."""

    STOP = "stop"
    IGNORE = "ignore"
    ADD = "add"


def _texts(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _pairs(value: object) -> object:
    """`COL=VALUE` words as well as a mapping."""
    words = (value,) if isinstance(value, str) else value
    if not isinstance(words, list | tuple):
        return value
    # A name may hold the sign, a new name or a format hardly does.
    pairs = [str(word).partition("=") for word in words]
    if any(not name or not declared for name, _, declared in pairs):
        raise ValueError("write COL=VALUE")
    found = {name: declared for name, _, declared in pairs}
    if len(found) < len(pairs):
        raise ValueError("a column is named twice")
    return found


def _declarations(value: object) -> object:
    """Lines of `[feeds.columns]` as well as a mapping. Raises ValueError."""
    lines = (value,) if isinstance(value, str) else value
    if not isinstance(lines, list | tuple):
        return value
    found: dict[str, Any] = {}
    for line in lines:
        try:
            declared = tomllib.loads(str(line))
        except (ValueError, RecursionError) as error:  # TOMLDecodeError is a ValueError
            raise ValueError("write COL = { … }, as in [feeds.columns]") from error
        if found.keys() & declared.keys():
            raise ValueError("a column is named twice")
        found |= declared
    return found


def _days(value: object) -> object:
    """`30d` as a number of days. Raises ValueError."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value > 0):
        return value
    found = _DAYS.fullmatch(str(value).strip())
    if not found or not int(found[1]):
        raise ValueError(f"{value!r} is no number of days like 30d")
    return int(found[1])


_TEXTS = {"type": "array", "items": {"type": "string"}}
_PAIRS = {"type": "object", "additionalProperties": {"type": "string"}}
Texts = Annotated[
    tuple[str, ...],
    BeforeValidator(_texts),
    WithJsonSchema({"anyOf": [{"type": "string"}, _TEXTS]}),
]
Pairs = Annotated[Mapping[str, str], BeforeValidator(_pairs), WithJsonSchema(_PAIRS)]


def _text(value: object) -> object:
    """A constant as the file would write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


class ColumnRule(BaseModel):
    """One column of the file, as `[feeds.columns]` declares it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    to: Annotated[str | None, Field(min_length=1, max_length=64)] = None
    ignore: bool = False
    date: str | None = None
    timestamp: str | None = None
    decimal: Annotated[str | None, Field(min_length=1, max_length=1)] = None
    thousands: Annotated[str | None, Field(min_length=1, max_length=1)] = None
    true: Texts = ()
    false: Texts = ()
    null: Texts | None = None
    null_quoted: bool | None = None
    bytes: Literal["hex", "base64", "postgres"] | None = None
    hash: Literal["sha256"] | None = None
    key: str | None = None
    constant: Annotated[str | None, BeforeValidator(_text)] = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len(self._kinds) > 1:
            raise ValueError(f"{' and '.join(self._kinds)} can't both be said of a column")
        if self.date_format and self.timestamp:
            whole = self.date_format.has_date and self.date_format.has_time
            if not whole:
                raise ValueError(f"{self.timestamp!r} has no date, or no time")
        check_numbers(self.decimal, self.thousands)
        check_words(self.true, self.false)
        if (self.hash is None) != (self.key is None):
            raise ValueError('hash and key go together: hash = "sha256", key = "env:NAME"')
        if self.key is not None and not re.fullmatch(r"env:\w+", self.key):
            raise ValueError('a key is named by the environment: key = "env:NAME"')
        return self

    @property
    def _kinds(self) -> list[str]:
        """The ways in which its values are said to be written."""
        said = {
            "ignore": self.ignore,
            "date": self.date is not None,
            "timestamp": self.timestamp is not None,
            "decimal or thousands": self.decimal is not None or self.thousands is not None,
            "true or false": bool(self.true or self.false),
            "bytes": self.bytes is not None,
            "hash": self.hash is not None,
            "constant": self.constant is not None,
        }
        return [name for name, is_said in said.items() if is_said]

    @property
    def date_format(self) -> DateFormat | None:
        """The format of its dates or times. Raises ValueError for one that can't be."""
        declared = self.date if self.date is not None else self.timestamp
        return None if declared is None else parse_date_format(declared)

    def secret(self) -> builtins.bytes:
        """The key of its hash. Raises UsageError where the environment has none."""
        name = (self.key or "").removeprefix("env:")
        if not (value := os.environ.get(name)):
            raise UsageError(f"the key {self.key} is not in the environment", f"set {name}")
        return value.encode()


def check_numbers(decimal: str | None, thousands: str | None) -> None:
    """Raises ValueError for signs that no number could be read by."""
    mark, group = decimal or ".", thousands
    for name, sign in (("decimal", decimal), ("thousands", thousands)):
        if sign is not None and (len(sign) != 1 or sign.isalnum() or sign in "+-\r\n"):
            raise ValueError(f"{name} is one sign, like a comma")
    if mark == group:
        raise ValueError("decimal and thousands are one sign")


def check_words(true: tuple[str, ...], false: tuple[str, ...]) -> None:
    """Raises ValueError for a word that is both."""
    if both := set(true) & set(false):
        raise ValueError(f"{min(both)!r} is true and false")


PLAIN = ColumnRule()


class ColumnFields(BaseModel):
    """The fields of a feed that say what its columns are."""

    model_config = ConfigDict(defer_build=True)  # only `Feed`, which has them, is ever made

    columns: Annotated[
        Mapping[str, ColumnRule],
        BeforeValidator(_declarations),
        Option(
            "A column by its name in the file, as [feeds.columns] declares it: to, ignore, date,"
            " timestamp, decimal, thousands, true, false, null, null_quoted, bytes, hash and key,"
            " constant.",
            "TOML",
            repeated=True,
            one_place=True,
        ),
    ] = Field(default_factory=dict)
    rename: Annotated[
        Pairs,
        Option(
            "The name of a file's column in the table; a column without a name by its place.",
            "FILE=TABLE",
            repeated=True,
            one_place=True,
        ),
    ] = Field(default_factory=dict)
    ignore: Annotated[
        Texts,
        Option(
            "A column of the file to leave out; one without a name by its place.",
            "COL",
            repeated=True,
            one_place=True,
        ),
    ] = ()
    extra_columns: Annotated[
        Extra,
        Option("Columns of the file that the table lacks: stop, leave them out, or add them."),
    ] = Extra.STOP
    date: Annotated[
        Pairs,
        Option(
            "How a column writes dates, times or timestamps, in Python's format codes.",
            "COL=FORMAT",
            repeated=True,
            one_place=True,
        ),
    ] = Field(default_factory=dict)
    decimal: Annotated[
        str | None,
        Option("The decimal sign of numeric columns.", "CHAR", default="a point"),
    ] = None
    thousands: Annotated[
        str | None,
        Option("The sign between thousands in numeric columns.", "CHAR", default="none"),
    ] = None
    true: Annotated[
        Texts,
        Option("A word that is true in boolean columns; repeatable.", "WORD", repeated=True),
    ] = ()
    false: Annotated[
        Texts,
        Option("A word that is false in boolean columns; repeatable.", "WORD", repeated=True),
    ] = ()

    snapshot: Annotated[
        bool,
        Option(
            "The source's files are one snapshot: one run, one version made of theirs. In mirror"
            " several files of one table always are."
        ),
    ] = False
    keep_raw: Annotated[
        bool,
        Option(
            "Keep rejects without the raw row, which a hashed column does too.",
            flag="--no-keep-raw",
            commands=CHANGING,
        ),
    ] = True
    keep_rejects: Annotated[
        int | None,
        BeforeValidator(_days),
        WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "string"}]}),
        Option(
            "Of this feed's rejects those that are older go with the next run.",
            "DAYS",
            default="all are kept",
            commands=CHANGING,
        ),
    ] = None

    @model_validator(mode="after")
    def _columns_agree(self) -> Self:
        check_numbers(self.decimal, self.thousands)
        check_words(self.true, self.false)
        _ = self.column_rules
        return self

    @property
    def column_rules(self) -> dict[str, ColumnRule]:
        """What is declared of each column that is named, in one place. Raises ValueError."""
        said: dict[str, dict[str, Any]] = {
            name: rule.model_dump(exclude_unset=True) for name, rule in self.columns.items()
        }
        further: list[tuple[str, str, Any]] = [
            *((name, "to", to) for name, to in self.rename.items()),
            *((name, "ignore", True) for name in self.ignore),
            *((name, "date", form) for name, form in self.date.items()),
        ]
        for name, field, value in further:
            if field in said.setdefault(name, {}):
                raise ValueError(f"{field} of {name} is said twice")
            said[name][field] = value
        _no_name_twice(said)
        _not_left_out_and_renamed(said)
        return {name: ColumnRule(**fields) for name, fields in said.items()}

    def check_keys(self) -> None:
        """Raises UsageError where the environment lacks the key of a hash."""
        for rule in self.columns.values():
            if rule.hash:
                rule.secret()

    def columns_shape(self) -> dict[str, Any]:
        """What shapes the rows, for the feed's identity; empty where nothing is declared."""
        shape: dict[str, Any] = {
            "columns": sorted(
                (name, rule.model_dump(mode="json", exclude_defaults=True))
                for name, rule in self.column_rules.items()
            ),
            "snapshot": self.snapshot,
            "extra_columns": "" if self.extra_columns is Extra.STOP else self.extra_columns.value,
            "numbers": [sign for sign in (self.decimal, self.thousands) if sign],
            "words": [list(words) for words in (self.true, self.false) if words],
        }
        return {name: value for name, value in shape.items() if value}


def _not_left_out_and_renamed(said: Mapping[str, Mapping[str, Any]]) -> None:
    for name, fields in said.items():
        if fields.get("ignore") and "to" in fields:
            raise ValueError(f"{name} is left out, and can't become {fields['to']}")


def _no_name_twice(said: Mapping[str, Mapping[str, Any]]) -> None:
    names = Counter(fold(fields["to"]) for fields in said.values() if "to" in fields)
    if twice := {name for name, count in names.items() if count > 1}:
        raise ValueError(f"two columns become {min(twice)}")
