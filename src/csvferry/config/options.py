"""The options that commands share, each with what it means and its default."""

from typing import Annotated

import typer

from csvferry.config.feed import DEFAULT_TARGET
from csvferry.model.mapping import Mode

CONFIG = "csvferry.toml"

Sources = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="SOURCE",
        help="A path, a glob, - for standard input, or an address (file://, s3://, gs://, az://,"
        " https://). A folder or prefix ending in / means the CSV files under it."
        " Without SOURCE: the feeds of csvferry.toml.",
    ),
]
To = Annotated[
    str | None,
    typer.Option(
        "--to",
        metavar="URL",
        help="Target database: mysql://USER@HOST:PORT/DATABASE or sqlite:///FILE."
        f" The password comes from CSVFERRY_PASSWORD. [default: {DEFAULT_TARGET}]",
    ),
]
TableName = Annotated[
    str | None,
    typer.Option("--table", metavar="NAME", help="Target table. [default: the file's stem]"),
]
Key = Annotated[
    str | None,
    typer.Option(
        "--key",
        metavar="COL[,COL]",
        help="Columns that identify a row. [default: the table's primary key, else id]",
    ),
]
Unique = Annotated[
    list[str] | None,
    typer.Option(
        "--unique", metavar="COL[,COL]", help="Further columns that may not repeat; repeatable."
    ),
]
ModeOption = Annotated[
    Mode | None,
    typer.Option(
        "--mode",
        help="insert: add rows whose key is new. upsert: also change those that differ."
        " mirror: also delete rows that the file no longer has. [default: insert]",
    ),
]
MaxRejects = Annotated[
    str | None,
    typer.Option(
        "--max-rejects",
        metavar="N|P%",
        help="Stop when more rows than this are rejected. [default: 10%]",
    ),
]
MaxRejectsOfCheck = Annotated[
    str | None,
    typer.Option(
        "--max-rejects",
        metavar="N|P%",
        help="End in exit status 3 when more rows than this are rejected. [default: no limit]",
    ),
]
MaxDeletes = Annotated[
    str | None,
    typer.Option(
        "--max-deletes",
        metavar="N|P%",
        help="Stop when mirror would delete more than this of the table. [default: 10%]",
    ),
]
AllowEmpty = Annotated[
    bool, typer.Option("--allow-empty", help="Let a file with no rows empty a mirrored table.")
]
Null = Annotated[
    list[str] | None,
    typer.Option(
        "--null",
        metavar="TOKEN",
        help="An unquoted field that means NULL; repeatable; replaces the default.",
        show_default="the empty field",
    ),
]
Delimiter = Annotated[
    str | None,
    typer.Option("--delimiter", metavar="CHAR", help="'\\t' for a tab. [default: found out]"),
]
Quote = Annotated[
    str | None,
    typer.Option("--quote", metavar="CHAR", help="'' for none. [default: found out]"),
]
Encoding = Annotated[
    str | None,
    typer.Option("--encoding", metavar="NAME", help="[default: UTF-8, or what a BOM says]"),
]
NoHeader = Annotated[
    bool, typer.Option("--no-header", help="The first line is a row; columns go by position.")
]
Types = Annotated[
    list[str] | None,
    typer.Option(
        "--type",
        metavar="COL=TYPE",
        help="A column's type in a table that csvferry makes, as MySQL writes it; repeatable.",
    ),
]
Full = Annotated[
    bool,
    typer.Option(
        "--full",
        help="Do not trust what earlier runs remember: compare with the table itself.",
    ),
]
StateOption = Annotated[
    str | None,
    typer.Option(
        "--state",
        metavar="PLACE",
        help="Where fingerprints of applied versions are kept: a folder or s3://bucket/prefix/."
        " [default: the user's state folder]",
    ),
]
Memory = Annotated[
    str | None,
    typer.Option(
        "--memory",
        metavar="SIZE",
        help="Memory to use, like 400MB. [default: 400MB, or half of what the container gives]",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object per file (or row).")]
Config = Annotated[
    str | None,
    typer.Option("--config", metavar="FILE", help=f"Feeds to run. [default: {CONFIG}]"),
]
