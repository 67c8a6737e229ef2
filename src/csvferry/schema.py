"""Tables, columns and types as plain values: what validation decides from, without I/O."""

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """How the values of a column are judged; the names are MySQL's."""

    INTEGER = "integer"  # TINYINT, SMALLINT, MEDIUMINT, INT, BIGINT; `bits`, `unsigned`
    BOOLEAN = "boolean"  # TINYINT(1): an 8-bit INTEGER that takes true and false as well
    DECIMAL = "decimal"  # `precision`, `scale`, `unsigned`
    FLOAT = "float"  # `unsigned`
    DOUBLE = "double"  # `unsigned`
    BIT = "bit"  # `length` bits, written in the file as a whole number
    TEXT = "text"  # CHAR, VARCHAR: `length` characters; the TEXT family: `octets` bytes
    BINARY = "binary"  # BINARY, VARBINARY and the BLOB family: `octets` bytes
    DATE = "date"
    TIME = "time"  # `fraction` digits of seconds
    DATETIME = "datetime"  # `fraction`
    TIMESTAMP = "timestamp"  # `fraction`, in the session's time zone, which is UTC
    YEAR = "year"
    ENUM = "enum"  # `members`
    SET = "set"  # `members`
    JSON = "json"
    UNSERVED = "unserved"  # spatial and other types that a CSV file can't carry


@dataclass(frozen=True)
class Type:
    """A column's type: `name` as the server writes it in DDL, the rest as `Kind` says."""

    kind: Kind
    name: str
    bits: int = 0
    unsigned: bool = False
    precision: int = 0
    scale: int = 0
    length: int | None = None
    octets: int | None = None
    fraction: int = 0
    members: tuple[str, ...] = ()
    fixed: bool = False  # CHAR and BINARY, which pad


@dataclass(frozen=True)
class Column:
    """A column of the target table. `charset` and `collation` are None where text is not meant."""

    name: str
    type: Type
    nullable: bool = True
    has_default: bool = False
    auto_increment: bool = False
    generated: bool = False
    charset: str | None = None
    collation: str | None = None

    @property
    def optional(self) -> bool:
        """Whether a new row may leave the column out."""
        return self.nullable or self.has_default or self.auto_increment or self.generated


@dataclass(frozen=True)
class ForeignKey:
    """`columns` refer to `parent_columns` of the table `parent` (in `parent_schema`)."""

    name: str
    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]
    parent_schema: str | None = None


@dataclass(frozen=True)
class Check:
    """A CHECK constraint; `clause` is SQL of the server's own wording."""

    name: str
    clause: str


@dataclass(frozen=True)
class Table:
    """The target table as its server describes it."""

    name: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ()
    uniques: tuple[tuple[str, ...], ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    checks: tuple[Check, ...] = ()
    _by_name: dict[str, Column] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        names = {column.name.casefold(): column for column in self.columns}
        object.__setattr__(self, "_by_name", names)

    def column(self, name: str) -> Column | None:
        """The column of that name, compared as MySQL compares names: without regard to case."""
        return self._by_name.get(name.casefold())
