"""How a statement is worded for one server, and what that server can do; asked by name.

A dialect holds no connection and no state: the same call gives the same SQL.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from csvferry.model.schema import Column

# Bytes that no UTF-8 text has, in the texts of rows: what stands between fields, what an empty text
# is, what the server's text of a row ends with, and what ends each row where texts are compared.
FIELD, EMPTY, END, RECORD = b"\xff", b"\xfe", b"\xfa", b"\xf9"


class SqlDialect(ABC):
    """The SQL of one server."""

    mark: str  # stands for a parameter
    counts_unchanged: bool  # whether an UPDATE counts rows that had their new values already
    deletes_own_parents: bool  # whether a row that refers to itself can be deleted as it is
    table_options: str = ""  # SQL that ends the definition of each table which csvferry makes
    words: Mapping[str, str]  # types of csvferry's own tables: ascii, text, bytes, long, serial
    ddl_commits: bool  # whether a statement that makes or alters a table commits
    hidden_key: bool  # whether a table without a key has one that nobody sees
    locks_are_rows = False  # whether a table's lock is a row: no other lock holds on all nodes
    indexes_apart: bool  # whether CREATE TABLE takes no index that is not unique
    most_rows: int | None = None  # that a statement may write; None: any number
    ends_transactions = False  # whether the server ends transactions by their age
    awaiting = (
        ""  # SQL that ends a query which waits for commits under way; '': none outlives a lock
    )
    stages_all = False  # whether rows come into a table from staging tables alone

    @abstractmethod
    def quote(self, name: str) -> str:
        """An identifier, quoted."""

    @abstractmethod
    def literal(self, text: str) -> str:
        """A text, quoted."""

    checksums: "ChecksumSql"

    @property
    @abstractmethod
    def bytewise_mark(self) -> str:
        """A parameter that is compared byte by byte, whatever an old table's character set is."""

    @abstractmethod
    def same_table(self, column: str) -> str:
        """SQL: a column names the table that each of the parameters names."""

    @abstractmethod
    def table_comment(self, text: str) -> str:
        """SQL that ends a table's definition with a comment; nothing where there are none."""

    @abstractmethod
    def drop_index(self, table: str, index: str) -> str:
        """DROP INDEX."""

    @abstractmethod
    def now(self, column: Column) -> str:
        """SQL: the time at which the statement began, in whole seconds, for a column of moments.

        A TIMESTAMP has the instant, a DATETIME the time in UTC.
        """

    def unmarked(self, column: Column | None, alias: str = "") -> str:
        """SQL: a row is not marked as deleted by this column; true of each where there is none."""
        return f"{self.names((column.name,), alias)} IS NULL" if column else "1 = 1"

    @abstractmethod
    def computed(self, column: Column) -> str | None:
        """SQL of a generated column's value, as it is once it is stored; None: not known."""

    def either(self, column: Column, when: str, this: str, that: str) -> str:
        """SQL: a column of the alias `this` or else of `that`, compared as the column is."""
        name = self.quote(column.name)
        return f"CASE WHEN {when} THEN {this}.{name} ELSE {that}.{name} END"

    @abstractmethod
    def same(self, column: Column, left: str, right: str) -> str:
        """SQL: two values of a column are the same to the byte, NULL being like NULL."""

    @abstractmethod
    def moves(self, column: Column, old: str, new: str) -> str:
        """SQL: what refers to the column follows when its value changes so."""

    @abstractmethod
    def update_from(
        self, target: str, source: str, on: str, sets: Mapping[str, str], where: str
    ) -> str:
        """UPDATE `target` AS t from `source` AS s: `sets` maps columns of t to expressions."""

    @abstractmethod
    def delete_from(self, target: str, source: str, on: str) -> str:
        """DELETE the rows of `target` AS t that match a row of `source` AS s."""

    @abstractmethod
    def joined(self, *parts: str) -> str:
        """SQL: texts and numbers one after another as one text."""

    def equal(self, names: Sequence[str], left: str, right: str) -> str:
        """SQL: the columns `names` of two aliases are equal, as their collation has it."""
        return " AND ".join(
            f"{left}.{self.quote(name)} = {right}.{self.quote(name)}" for name in names
        )

    def hash_safe(self, value: str, collation: str | None) -> str:  # noqa: ARG002
        """SQL of a value of this collation that a join by hash compares as the collation does."""
        return value

    def equal_by_hash(self, column: Column, left: str, right: str) -> str:
        """SQL: a column of two aliases is equal, as its collation has it, for a join by hash."""
        name, collation = self.quote(column.name), column.collation
        safe = [self.hash_safe(f"{alias}.{name}", collation) for alias in (left, right)]
        return " = ".join(safe)

    def names(self, names: Sequence[str], alias: str = "") -> str:
        """Quoted names with commas."""
        before = f"{alias}." if alias else ""
        return ", ".join(before + self.quote(name) for name in names)


class ChecksumSql(ABC):
    """How a server computes checksums of rows; DuckDB does the same to the file's."""

    @abstractmethod
    def range_start(self, number: str, width: int) -> str:
        """SQL: where the range of a whole number begins, as text; ranges are `width` wide."""

    @abstractmethod
    def sha256(self, text: str) -> str:
        """SQL: the SHA-256 of a text, in lower hexadecimal."""

    @abstractmethod
    def checksum(self, text: str) -> str:
        """SQL: the first 64 bits of a text's SHA-256, as a number that is not negative."""

    @abstractmethod
    def xor(self, numbers: str) -> str:
        """SQL of an aggregate: the XOR of a group's checksums."""

    @abstractmethod
    def joined(self, parts: Sequence[str]) -> str:
        """SQL: one text of many, of any number."""

    @abstractmethod
    def spelled(self, column: Column) -> str:
        """SQL: a column's value in the one spelling of the validator, or NULL."""

    @abstractmethod
    def framed(self, value: str) -> str:
        """SQL: `V`, the value's length in bytes, a colon and the value; `N` for NULL."""

    def row_text(self, columns: Sequence[Column]) -> str | None:  # noqa: ARG002
        """SQL: the bytes of a row's values as the server spells them, FIELD between two, then END.

        NULL is nothing, and empty text is EMPTY; other text is UTF-8. None where checksums of rows
        take no longer than their texts.
        """
        return None


def chained(parts: Sequence[str], operator: str) -> str:
    """SQL of many operands as a tree: a chain of 1,000 is deeper than SQLite's limit."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    left, right = chained(parts[:middle], operator), chained(parts[middle:], operator)
    return f"({left} {operator} {right})"
