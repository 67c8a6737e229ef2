"""What a server says of itself and of its tables: each row of an answer is parsed here first.

A server, whoever made a SQLite file, or another account of the database chooses these words. What
is not of its form (a length, a number, one of a few words) gets no further. SQL within a table's
definition is a text here; `expressions.py` says whether it is closed in itself.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import Annotated, Any, Literal, NamedTuple, TypeVar

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from csvferry.errors import DatabaseError
from csvferry.model.reject_codes import Code

Name = Annotated[str, StringConstraints(max_length=1024)]
"""Of a table, a column, an index (MySQL: 64 characters; SQLite has no limit of its own)."""
Word = Annotated[str, StringConstraints(max_length=512)]
Sql = Annotated[str, StringConstraints(max_length=1 << 22)]
Count = Annotated[int, Field(ge=0, lt=2**64)]
Position = Annotated[int, Field(ge=0, lt=2**16)]
Flag = Annotated[int, Field(ge=0, le=1)]
Offset = Annotated[int, Field(ge=-86_400, le=86_400)]
"""Seconds from UTC."""
Whole = Annotated[int, Field(ge=-(2**63), lt=2**64)]
Number = int | float | Decimal
"""Of a column that holds numbers."""
Lock = Literal[0, 1] | None
Answer = Literal["YES", "NO"]
Rule = Literal["CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT", "NO ACTION"]
_AT_ONCE = 10_000  # rows of an answer that are parsed at a time
Row = TypeVar("Row")
Value = TypeVar("Value")


# MySQL and MariaDB: rows of information_schema


class TableRow(NamedTuple):
    """A table or view, and whether its engine has transactions."""

    type: Word
    name: Name
    engine: Word | None
    transactional: Answer | None


class ColumnRow(NamedTuple):
    """A column; `declared` is its type in SQL, with its members."""

    name: Name
    declared: Sql
    nullable: Answer
    default: Sql | None
    extra: Word | None
    charset: Word | None
    collation: Word | None
    expression: Sql | None


class DefaultRow(NamedTuple):
    """A column that has a default, or the first member of an ENUM for one."""

    name: Name
    default: Sql | None
    extra: Word | None
    data_type: Word
    declared: Sql


class IndexRow(NamedTuple):
    """A part of a unique index: a column, a prefix of one, or an expression."""

    name: Name
    column: Name | None
    prefix: Position | None
    expression: Sql | None


class ForeignKeyRow(NamedTuple):
    """A column that refers to another, and whether that is of the same table."""

    constraint: Name
    column: Name
    parent_schema: Name | None  # of another database
    parent: Name
    parent_column: Name
    own: Flag


class ReferenceRow(NamedTuple):
    """A column that others refer to, and what a change of it does to them."""

    column: Name
    on_update: Rule


class DependentRow(NamedTuple):
    """A column of another table whose rows follow."""

    schema: Name | None  # of another database
    table: Name
    constraint: Name
    column: Name
    parent_column: Name
    on_delete: Rule
    on_update: Rule


class CheckRow(NamedTuple):
    """A CHECK constraint."""

    name: Name
    clause: Sql


class PartitionRow(NamedTuple):
    """A partition: by what rows are put into it, and which."""

    position: Count
    method: Word
    expression: Sql | None
    description: Sql | None


class StoredTableRow(NamedTuple):
    """How a table is kept."""

    table: Name
    engine: Word
    collation: Word


class StoredColumnRow(NamedTuple):
    """How a text column is kept."""

    table: Name
    column: Name
    collation: Word


class HolderRow(NamedTuple):
    """The connection that holds a lock."""

    connection: Count
    user: Word
    host: Word
    seconds: int


class KeyspaceRow(NamedTuple):
    """A keyspace of Vitess; `foreign_keys`: managed, unmanaged, unspecified."""

    name: Name
    sharded: Literal["true", "false"]
    foreign_keys: Word
    comment: Word


class VindexRow(NamedTuple):
    """By which columns rows of a table of Vitess lie on shards; the first is the primary one."""

    columns: Name
    name: Name
    kind: Word
    parameters: Word
    owner: Name


class LeaseRow(NamedTuple):
    """Who holds a lock of a cluster, or (by another name) how often they told that they live."""

    name: Word
    holder: Word
    node: Word
    connection: Count
    changes: Count


class WarningRow(NamedTuple):
    """A row of SHOW WARNINGS."""

    level: Word
    code: Position
    message: Sql


# Both: rows of csvferry's own statements, and sums over the table


class RefusalRow(NamedTuple):
    """A staged row that the table would not keep; no `winner`: none, or a row of the table."""

    line: Count
    code: Code
    column: Name | None
    winner: Count | None


class HeldRow(NamedTuple):
    """A line that wants a value, and the row that has it: its line and fate, if in the file."""

    line: Count
    unique: Count
    holder: Count | None
    becomes: Count | None
    holds: Count | None


class RangeRow(NamedTuple):
    """A range of keys: its rows, and the checksum of all of them, in 64 bits."""

    start: Word
    rows: Count
    checksum: Whole


class ChecksumRow(NamedTuple):
    """A row's key as text, and its checksum in 64 bits."""

    key: Sql
    checksum: Whole


# SQLite: rows of sqlite_master and of its pragmas


class SqliteTableRow(NamedTuple):
    """A table or view with the statement that made it."""

    type: Literal["table", "view"]
    name: Name
    sql: Sql | None


class SqliteColumnRow(NamedTuple):
    """A row of PRAGMA table_xinfo."""

    position: Position
    name: Name
    declared: Sql
    not_null: Flag
    default: Sql | None
    key: Position
    hidden: Literal[0, 1, 2, 3]


class SqliteIndexRow(NamedTuple):
    """A unique index with the statement that made it, if one did."""

    name: Name
    sql: Sql | None


class SqlitePartRow(NamedTuple):
    """A part of an index: its column (None for an expression) and its collation."""

    column: Name | None
    collation: Name


class SqliteForeignKeyRow(NamedTuple):
    """A column that refers to another (None: the primary key's)."""

    number: Count
    parent: Name
    column: Name
    parent_column: Name | None


class SqliteReferenceRow(NamedTuple):
    """A column that others refer to, and what a change of it does to them."""

    column: Name
    on_update: Rule


class SqliteDependentRow(NamedTuple):
    """A column of another table whose rows follow; `number` of the foreign key."""

    table: Name
    number: Count
    column: Name
    parent_column: Name | None
    on_delete: Rule
    on_update: Rule


class SqliteDefaultRow(NamedTuple):
    """A column that has a default."""

    name: Name
    default: Sql


# How they are parsed


@cache  # made when it is first needed: it takes some milliseconds
def _schema(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def rows_of(kind: type[Row], rows: Iterable[Sequence[Any]]) -> list[Row]:
    """The rows as `kind`. Raises DatabaseError, which names the fields that are otherwise."""
    try:
        found: list[Row] = _schema(tuple[kind, ...]).validate_python([tuple(row) for row in rows])  # type: ignore[valid-type]
    except ValidationError as error:
        raise _odd(error, getattr(kind, "_fields", ())) from None
    return found


def stream_of(kind: type[Row], rows: Iterable[Sequence[Any]]) -> Iterator[Row]:
    """As `rows_of`, of rows that may be many: some at a time."""
    rest = iter(rows)
    while some := list(islice(rest, _AT_ONCE)):
        yield from rows_of(kind, some)


def values_of(kind: Any, rows: Iterable[Sequence[Any]]) -> list[Any]:
    """The values of an answer of one column. Raises DatabaseError."""
    return [value for (value,) in rows_of(tuple[kind], rows)]


def value_of(kind: Any, rows: Iterable[Sequence[Any]]) -> Any:
    """The value of an answer of one row and one column. Raises DatabaseError."""
    found = values_of(kind, rows)
    if len(found) != 1:
        raise DatabaseError(UNREADABLE, _HINT)
    return found[0]


UNREADABLE = "the database server's answer can't be read"
_HINT = "is it MySQL or MariaDB that answers there, and nothing in between?"


def _odd(error: ValidationError, fields: Sequence[str]) -> DatabaseError:
    """Names no value, which may be anybody's."""
    places = {fault["loc"][1] for fault in error.errors(include_input=False) if fault["loc"][1:]}
    names = [name for place, name in enumerate(fields) if places & {place, name}]
    fields = f": {', '.join(names)} is not of its form" if names else ""
    return DatabaseError(f"{UNREADABLE}{fields}", _HINT)
