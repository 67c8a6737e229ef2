"""What the user says about how a file is written, one by one or by the name of a preset."""

import codecs
import re
from dataclasses import dataclass, fields, replace
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from csvferry.config.option import Option
from csvferry.errors import UsageError


@dataclass(frozen=True)
class CsvReadOptions:
    """What the user says about a file. None means: not said; quote '' means: no quoting.

    `escape` is none, quoted, mysql, postgres or rfc; `line_end` lf, crlf, cr or any. `null_quoted`:
    a quoted field may be NULL too. `skip_lines`, `skip_footer`: lines before the header and at the
    end that are no records. `comment`: what a line begins with that is none. `null_named`: NULL is
    what the user says, not the default.
    """

    delimiter: str | None = None
    quote: str | None = None
    encoding: str | None = None
    header: bool | None = None
    null: tuple[str, ...] | None = None
    escape: str | None = None
    line_end: str | None = None
    dialect: str | None = None
    null_quoted: bool = False
    skip_lines: int = 0
    skip_footer: int = 0
    comment: str | None = None
    null_named: bool = False


QUOTES = "\"'"
LINE_ENDS = {"lf": b"\n", "crlf": b"\r\n", "cr": b"\r"}
_LONGEST = 8  # characters of a delimiter
_NOT_SERVED = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"}


def check(given: CsvReadOptions) -> None:
    """Raises UsageError where the options themselves are wrong, whatever the file holds."""
    if given.delimiter is not None:
        _check_delimiter(given.delimiter)
    if given.quote:
        _check_character("quote", given.quote)
        if given.quote == given.delimiter:
            raise UsageError("delimiter and quote are the same character")
    if given.delimiter == "\\" and given.escape not in (None, "none"):
        raise UsageError("a backslash can't be the delimiter and the escape")
    if given.encoding is not None:
        known_encoding(given.encoding)
    if given.comment is not None and (not given.comment or set(given.comment) & {"\r", "\n"}):
        raise UsageError("what comments begin with is one character or more, and no line end")
    check_null(given.null or (), given)


def check_null(tokens: tuple[str, ...], found: CsvReadOptions) -> None:
    """Raises UsageError for a token that no field could be of a file that is written so."""
    escaped = f"{found.quote}N" if found.escape == "rfc" else None
    for token in tokens:
        marks = (found.delimiter, found.quote, "\r", "\n")
        if token != escaped and any(mark and mark in token for mark in marks):
            raise UsageError(
                "a token that means NULL can't hold the delimiter, the quote or a line end",
                "a quoted field is never NULL",
            )


def known_encoding(encoding: str) -> str:
    """Python's name of an encoding that a file may have. Raises UsageError."""
    try:
        info = codecs.lookup(encoding)
        codecs.getincrementaldecoder(encoding)
        "".encode(encoding)  # bytes-to-bytes codecs (zlib, hex) refuse this
    except (LookupError, ValueError) as error:
        raise UsageError(f"no such encoding: {encoding}", "for example utf-8, cp1252") from error
    name = info.name.replace("_", "-")
    if name in _NOT_SERVED:
        raise UsageError(f"no encoding of files: {encoding}", "for example utf-8, cp1252")
    return "utf-8" if name == "utf-8-sig" else name


def _check_delimiter(delimiter: str) -> None:
    if not 0 < len(delimiter) <= _LONGEST:
        raise UsageError(f"the delimiter must be one to {_LONGEST} ASCII characters")
    for character in delimiter:
        _check_character("delimiter", character)
    if set(delimiter) & set(QUOTES) or (len(delimiter) > 1 and "\\" in delimiter):
        raise UsageError("a quote can't be the delimiter")


def _check_character(what: str, value: str) -> None:
    if len(value) != 1 or not value.isascii() or value in "\r\n\0":
        raise UsageError(f"the {what} must be one ASCII character and no line end")
    if value.isalnum():
        raise UsageError(f"a letter or digit can't be the {what}")


@dataclass(frozen=True)
class Preset:
    """What a program writes; `line_end` None: what is detected, as its systems differ.

    `checked`: the programs and versions whose files the tests read by it.
    """

    name: str
    delimiter: str
    quote: str
    escape: str
    null: tuple[str, ...]
    header: bool
    line_end: str | None
    checked: str


_CSV = (",", '"', "none")
_TEXT = ("\t", "", "mysql")

PRESETS = {
    preset.name: preset
    for preset in (
        Preset("excel", *_CSV, ("",), True, None, "Commons CSV 1.14.1 (EXCEL), SheetJS 0.18.5"),
        Preset("excel-semicolon", ";", '"', "none", ("",), True, None, "PHP 8.2.36"),
        Preset("tsv", "\t", '"', "none", ("",), True, None, "d3-dsv 3.0.2, sqlite-utils 4.2.1"),
        Preset(
            "mysql",
            *_TEXT,
            (r"\N",),
            False,
            "lf",
            "MySQL 9.7.4, MariaDB 10.11.19 (SELECT … INTO OUTFILE, mariadb-dump --tab)",
        ),
        Preset("mysql-csv", ",", '"', "mysql", (r"\N",), False, "lf", "MySQL 9.7.4"),
        Preset("mysql-rfc", ",", '"', "rfc", ('"N',), False, "lf", "MySQL 9.7.4"),
        Preset("mysql-batch", *_TEXT, ("NULL",), True, "lf", "mariadb client 10.11.19"),
        Preset("postgres", *_CSV, ("",), True, None, "PostgreSQL 15.18 (COPY … CSV HEADER), psql"),
        Preset(
            "postgres-text",
            "\t",
            "",
            "postgres",
            (r"\N",),
            False,
            None,
            "Commons CSV 1.14.1 (POSTGRESQL_TEXT)",
        ),
        Preset("spark", ",", '"', "quoted", ("",), False, None, "PySpark 4.3.0"),
        Preset("clickhouse-tsv", "\t", "", "postgres", (r"\N",), True, None, "chDB 4.4.0"),
        Preset("hive", "\x01", "", "none", (r"\N",), False, "lf", "Hive 4.0.1 (LazySimpleSerDe)"),
        Preset("r", *_CSV, ("NA",), True, None, "R 4.2.2 (write.csv), readr 2.1.4"),
    )
}


def settled(given: CsvReadOptions) -> CsvReadOptions:
    """The options with what their preset says, and the defaults of what need not be detected.

    Raises UsageError for a preset that there is none of.
    """
    preset = _preset(given.dialect) if given.dialect else None
    options = (
        {
            field.name: getattr(preset, field.name)
            for field in fields(Preset)
            if field.name not in ("name", "checked") and getattr(given, field.name) is None
        }
        if preset
        else {}
    )
    found = replace(given, **options)
    return replace(
        found,
        header=True if found.header is None else found.header,
        null=("",) if found.null is None else found.null,
        null_named=given.null is not None or preset is not None,
    )


def _preset(name: str) -> Preset:
    if name not in PRESETS:
        raise UsageError(f"no such dialect: {name}", f"there are {', '.join(PRESETS)}")
    return PRESETS[name]


def together(value: object) -> object:
    """One text as well as several."""
    return (value,) if isinstance(value, str) else value


TEXTS = {"type": "array", "items": {"type": "string"}}
TEXT_OR_TEXTS = WithJsonSchema({"anyOf": [{"type": "string"}, TEXTS]})
Texts = Annotated[tuple[str, ...], BeforeValidator(together), TEXT_OR_TEXTS]


class ReadFields(BaseModel):
    """The fields of a feed that say how its file is written."""

    model_config = ConfigDict(defer_build=True)  # only `Feed`, which has them, is ever made

    dialect: Annotated[
        str | None,
        Option(
            "How a program writes: sets the options from --delimiter to --line-end, each of which"
            " may be given too. `csvferry dialects` lists them.",
            "NAME",
        ),
    ] = None
    delimiter: Annotated[
        str | None,
        Option(
            r"One character or more; '\t' for a tab, '\x1f' for a code.", "TEXT", default="detected"
        ),
    ] = None
    quote: Annotated[str | None, Option("'' for none.", "CHAR", default="detected")] = None
    escape: Annotated[
        Literal["none", "quoted", "mysql", "postgres", "rfc"] | None,
        Option(
            "none: backslashes are text. quoted: within quotes a backslash takes the next character"
            r" as it is. mysql: everywhere, with the letters of LOAD DATA; \N alone is NULL."
            r" postgres: the same, with \f and \v. rfc: the quote escapes itself and line ends, and"
            " \"N is NULL, as MySQL writes with ESCAPED BY '\"'.",
            "RULE",
            default="none, but signs of escapes stop the run",
        ),
    ] = None
    null: Annotated[
        Texts | None,
        Option(
            "An unquoted field that means NULL; repeatable; replaces the default.",
            "TOKEN",
            default="the empty field",
            repeated=True,
        ),
    ] = None
    null_quoted: Annotated[bool, Option("A quoted field may mean NULL too.")] = False
    header: Annotated[
        bool | None,
        Option(
            "Without a header the first line is a row; columns go by position.", flag="--no-header"
        ),
    ] = None
    line_end: Annotated[
        Literal["lf", "crlf", "cr", "any"] | None,
        Option("What ends a record.", "lf|crlf|cr|any", default="detected"),
    ] = None
    encoding: Annotated[
        str | None,
        Option("The file's character encoding.", "NAME", default="UTF-8, or what a BOM says"),
    ] = None
    skip_lines: Annotated[int, Field(ge=0), Option("Lines before the header to skip.", "N")] = 0
    skip_footer: Annotated[int, Field(ge=0), Option("Lines at the end to skip.", "N")] = 0
    comment: Annotated[
        str | None, Option("Lines that begin with this are no records.", "PREFIX")
    ] = None

    @field_validator("delimiter")
    @classmethod
    def _typed_delimiter(cls, value: str | None) -> str | None:
        r"""`\t` and `\x1f` as they are typed into a shell."""
        if value is None:
            return None
        value = re.sub(r"\\x([0-9a-fA-F]{2})", lambda found: chr(int(found[1], 16)), value)
        return value.replace("\\t", "\t")

    @model_validator(mode="after")
    def _can_be(self) -> Self:
        """What no file could be read by is refused before one is looked at."""
        try:
            check(settled(self.reading()))
        except UsageError as error:
            raise ValueError(str(error)) from None
        return self

    def reading(self) -> CsvReadOptions:
        """What the user said of how the file is to be read."""
        return CsvReadOptions(**{name: getattr(self, name) for name in ReadFields.model_fields})

    def read_shape(self) -> list[Any]:
        """What of it shapes the rows, the same as ever where nothing new is said."""
        header = True if self.header is None else self.header
        shape: list[Any] = [self.delimiter, self.quote, self.encoding, header]
        known = ("delimiter", "quote", "encoding", "header", "null")
        more = {
            name: getattr(self, name)
            for name, field in ReadFields.model_fields.items()
            if name not in known and getattr(self, name) != field.default
        }
        return [*shape, more] if more else shape
