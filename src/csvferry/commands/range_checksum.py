"""Checksums of rows, computed alike by the server and by DuckDB, over ranges of the key.

A row's text is its fields, those of like columns side by side, each with its length in bytes, in
the one spelling that `validate.staged` gives and that the server's own text is brought to. Its
checksum is the first 64 bits of the text's SHA-256; a range's is the XOR of its rows'.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from csvferry import validation as validate
from csvferry.databases.sql_dialect import SqlDialect
from csvferry.ingest.row_validation import Field
from csvferry.model.schema import Column, Kind
from csvferry.model.server import Server

# Types whose text differs between servers or loses digits: these are compared by staging.
_UNSPELT = {Kind.FLOAT, Kind.DOUBLE, Kind.JSON, Kind.UNSERVED}


def comparable(columns: Sequence[Column]) -> bool:
    """Whether every column's values have one spelling on both sides."""
    return all(column.type.kind not in _UNSPELT for column in columns)


def bytewise(key: Sequence[Column], server: Server) -> bool:
    """Whether keys are equal just where their texts are."""
    return all(
        validate.exact_key(column, "f", server) == validate.staged(column, "f") for column in key
    )


def ordered(columns: Sequence[Column]) -> list[int]:
    """The places of the columns, those that are spelt alike side by side."""
    return sorted(range(len(columns)), key=lambda place: _spelling(columns[place]))


@dataclass(frozen=True)
class Here:
    """DuckDB's side: the fields of the file."""

    fields: Sequence[Field]
    key: Sequence[Field]
    width: int | None

    @property
    def range(self) -> str:
        """The range of a row: by the key's number, or by the SHA-256 of its text."""
        if self.width is None:
            return f"left(sha256({self._text(self.key)}), 3)"
        whole = validate.staged(self.key[0].column, self.key[0].name)
        # Shifted by what is above every key, so that nothing below zero is rounded up.
        above = f"({whole}::HUGEINT + {_ABOVE})"
        return f"({above} - {above} % {self.width})::VARCHAR"

    @property
    def key_text(self) -> str:
        """The key as one text."""
        return self._text(self.key)

    @property
    def row(self) -> str:
        """The row's checksum."""
        return f"('0x' || left(sha256({self._text(self.fields)}), 16))::UBIGINT"

    def _text(self, fields: Sequence[Field]) -> str:
        alike = groupby(fields, key=lambda field: _spelling(field.column))
        return f"concat({', '.join(_joined(spelt, list(group)) for spelt, group in alike)})"


def _joined(spelling: str, fields: Sequence[Field]) -> str:
    """Fields of one spelling go through it as a list, which takes the memory of one."""
    names = ", ".join(field.name for field in fields)
    return f"array_to_string(list_transform([{names}], lambda f: {spelling}), '')"


def _spelling(column: Column) -> str:
    value = validate.staged(column, "f")
    if column.type.kind is Kind.BINARY and not column.type.hexed:
        value = f"hex(encode({value}))"
    return f"coalesce('V' || strlen({value}) || ':' || {value}, 'N')"


@dataclass(frozen=True)
class There:
    """The server's side: the columns of the table."""

    columns: Sequence[Column]
    key: Sequence[Column]
    width: int | None
    sql: SqlDialect

    @property
    def range(self) -> str:
        """As `Here.range`."""
        sql = self.sql.checksums
        if self.width is None:
            return f"SUBSTR({sql.sha256(self.key_text)}, 1, 3)"
        return sql.range_start(self.sql.quote(self.key[0].name), self.width)

    @property
    def key_text(self) -> str:
        """As `Here.key_text`."""
        return self._text(self.key)

    @property
    def row(self) -> str:
        """As `Here.row`."""
        return self.sql.checksums.checksum(self._text(self.columns))

    @property
    def sum(self) -> str:
        """The checksum of a range."""
        return self.sql.checksums.xor(self.row)

    def _text(self, columns: Sequence[Column]) -> str:
        sql = self.sql.checksums
        return sql.joined([sql.framed(sql.spelled(column)) for column in columns])


_ABOVE = 2**64
