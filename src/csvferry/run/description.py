"""What the report and the ledger keep of how a file was read."""

import json
from typing import Any

from csvferry.config.feed import Feed
from csvferry.config.read_options import settled
from csvferry.ingest.column_mapping import ColumnMapping
from csvferry.ingest.parser import Parsed
from csvferry.ledger.fix_command import options_of
from csvferry.text.sniffer import looks_like


def types_of(mapping: ColumnMapping) -> dict[str, Any]:
    """The types of a table that is still to be made, for the report."""
    if not mapping.new:
        return {}
    return {"types": {column.name: column.type.name for column in mapping.target.columns}}


def describe_dialect(parsed: Parsed) -> dict[str, Any]:
    """What was detected of the file, for the report."""
    return {
        "encoding": parsed.encoding,
        "delimiter": parsed.dialect.delimiter,
        "quote": parsed.dialect.quote,
        "escape": str(parsed.dialect.syntax.escape),
        "newline": parsed.newline,
        "header": parsed.dialect.names is not None,
        "columns": parsed.dialect.width,
        "dialect": looks_like(parsed.dialect, parsed.newline),
    }


def header_of(parsed: Parsed, feed: Feed) -> str:
    """What the ledger keeps so that rejected rows can be exported as they are to be read."""
    return json.dumps(
        {
            "line": ""
            if parsed.dialect.names is None
            else parsed.dialect.header_raw.decode("utf-8", "replace"),
            "encoding": parsed.encoding,
            "delimiter": parsed.dialect.delimiter,
            "quote": parsed.dialect.quote,
            "options": options_of(_spelled_out(feed)),
            **({"settles": feed.settles} if feed.settles else {}),
        }
    )


def _spelled_out(feed: Feed) -> Feed:
    """The feed with what its preset says of fields, for a file of rejected rows."""
    if feed.dialect is None:
        return feed
    reading = settled(feed.reading())
    return feed.model_copy(update={"escape": reading.escape, "null": reading.null})
