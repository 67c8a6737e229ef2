"""Checksums of rows in the SQL of MySQL and MariaDB."""

from collections.abc import Sequence

from csvferry.databases.sql_dialect import ChecksumSql
from csvferry.model.quoting import mysql_name
from csvferry.model.schema import Column, Kind

_ABOVE = 2**64  # above every key, so that nothing below zero is rounded up
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
