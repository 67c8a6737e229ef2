"""Checksums of rows in SQLite, by functions that csvferry gives to the connection."""

from collections.abc import Sequence

from csvferry.databases.sql_dialect import ChecksumSql, chained
from csvferry.model.quoting import sqlite_name
from csvferry.model.schema import Column, Kind

_FRACTIONAL = {Kind.DECIMAL, Kind.TIME, Kind.DATETIME, Kind.TIMESTAMP}


class SqliteChecksums(ChecksumSql):
    """By `csvferry_sha256` and its like in `functions.py`."""

    def range_start(self, number: str, width: int) -> str:
        return f"csvferry_range({number}, {width})"

    def sha256(self, text: str) -> str:
        return f"csvferry_sha256({text})"

    def checksum(self, text: str) -> str:
        return f"csvferry_checksum({text})"

    def xor(self, numbers: str) -> str:
        return f"csvferry_xor({numbers})"

    def joined(self, parts: Sequence[str]) -> str:
        return chained(parts, "||")

    def framed(self, value: str) -> str:
        return f"coalesce('V' || length(CAST({value} AS BLOB)) || ':' || {value}, 'N')"

    def spelled(self, column: Column) -> str:
        name, kind = sqlite_name(column.name), column.type.kind
        if kind is Kind.BINARY:
            return f"CASE WHEN {name} IS NOT NULL THEN HEX({name}) END"  # HEX of NULL is ''
        text = f"CAST({name} AS TEXT)"
        if kind not in _FRACTIONAL:
            return text
        return f"CASE WHEN instr({text}, '.') THEN rtrim(rtrim({text}, '0'), '.') ELSE {text} END"
