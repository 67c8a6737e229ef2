"""Checksums of rows in the SQL of MySQL and MariaDB."""

from collections.abc import Sequence

from csvferry.databases.sql_dialect import EMPTY, END, FIELD, ChecksumSql
from csvferry.model.quoting import mysql_name
from csvferry.model.schema import Column, Kind

_ABOVE = 2**64  # above every key, so that nothing below zero is rounded up
_TEXTS = (Kind.TEXT, Kind.ENUM, Kind.SET)
_UNICODE = ("utf8", "utf8mb3", "utf8mb4", "ascii")
_FRACTIONAL = {Kind.DECIMAL, Kind.TIME, Kind.DATETIME, Kind.TIMESTAMP}


class MysqlChecksums(ChecksumSql):
    """By SHA2 and BIT_XOR."""

    def range_start(self, number: str, width: int) -> str:
        above = f"(CAST({number} AS DECIMAL(30,0)) + {_ABOVE})"
        whole = f"{above} - MOD({above}, {width})"  # DIV ends at 64 bits
        return f"COALESCE(CAST({whole} AS CHAR), '')"

    def sha256(self, text: str) -> str:
        return f"SHA2({text}, 256)"  # MySQL 9.6 and later have MD5() in a component

    def checksum(self, text: str) -> str:
        return f"CAST(CONV(LEFT({self.sha256(text)}, 16), 16, 10) AS UNSIGNED)"

    def xor(self, numbers: str) -> str:
        return f"BIT_XOR({numbers})"

    def joined(self, parts: Sequence[str]) -> str:
        return f"CONCAT({', '.join(parts)})"

    def framed(self, value: str) -> str:
        return f"COALESCE(CONCAT('V', LENGTH({value}), ':', {value}), 'N')"

    def spelled(self, column: Column) -> str:
        name, kind = mysql_name(column.name), column.type.kind
        match kind:
            case Kind.BINARY:
                return f"HEX({name})"
            case Kind.TEXT | Kind.ENUM | Kind.SET:
                return f"CONVERT({name} USING utf8mb4)"
            case Kind.BIT:
                return f"CAST({name} + 0 AS CHAR)"
        text = f"CAST({name} AS CHAR)"
        fraction = column.type.scale if kind is Kind.DECIMAL else column.type.fraction
        if kind in _FRACTIONAL and fraction:
            return f"TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM {text}))"
        return text

    def row_text(self, columns: Sequence[Column]) -> str:
        texts = ", ".join(map(_text, columns))
        return f"CONCAT(CONCAT_WS({_bytes(FIELD)}, {texts}), {_bytes(END)})"


def _text(column: Column) -> str:
    name = mysql_name(column.name)
    if column.type.kind not in _TEXTS:
        return f"IFNULL({name}, '')" if column.nullable else name
    unicode = column.charset is None or column.charset.lower() in _UNICODE
    value = name if unicode else f"CONVERT({name} USING utf8mb4)"
    # The empty text of an ENUM may be a value that it does not have: it is like no field's text.
    nothing = _bytes(EMPTY if column.type.kind is Kind.TEXT else EMPTY * 2)
    if column.nullable:
        nothing = f"IF({name} IS NULL, '', {nothing})"
    return f"IF(LENGTH({name}), CAST({value} AS BINARY), {nothing})"


def _bytes(value: bytes) -> str:
    return f"_binary X'{value.hex()}'"
