"""The SQL of MySQL, and where MariaDB's differs."""

from collections.abc import Mapping, Sequence

from csvferry.databases.mysql.checksums import MysqlChecksums
from csvferry.databases.mysql.session.connect import (
    HASH_JOINS,
    MARIADB_RULES,
    MYSQL_RULES,
    RULES,
)
from csvferry.databases.sql_dialect import SqlDialect
from csvferry.model.quoting import mysql_name, mysql_text
from csvferry.model.schema import Column, Kind
from csvferry.model.server import Server

_UNSAFE_FOR_BINLOG = 1592  # about statement-based replication
_BYTEWISE = {Kind.TEXT, Kind.BINARY, Kind.ENUM, Kind.SET}
# The CHECK clauses of a table, by name.
_CHECKS = """SELECT c.CONSTRAINT_NAME, c.CHECK_CLAUSE FROM
 information_schema.CHECK_CONSTRAINTS c JOIN information_schema.TABLE_CONSTRAINTS t
 ON t.CONSTRAINT_SCHEMA = c.CONSTRAINT_SCHEMA AND t.CONSTRAINT_NAME = c.CONSTRAINT_NAME
 WHERE c.CONSTRAINT_SCHEMA = DATABASE() AND t.TABLE_NAME = %s AND t.ENFORCED = 'YES'"""
_MARIADB_CHECKS = """SELECT CONSTRAINT_NAME, CHECK_CLAUSE FROM
 information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE() AND TABLE_NAME = %s"""
# One for each of the server's processors; MySQL shows its own to privileged users alone.
_PROCESSORS = """SELECT CAST(VCPU_IDS AS CHAR) FROM information_schema.RESOURCE_GROUPS
 WHERE RESOURCE_GROUP_NAME = 'USR_default'"""
_WITH_CHARSET = {Kind.TEXT, Kind.ENUM, Kind.SET, Kind.JSON}


class MysqlDialect(SqlDialect):
    """MySQL 8 and later."""

    server = Server.MYSQL
    session_rules: Mapping[str, str] = {**RULES, **MYSQL_RULES}
    hash_joins: Mapping[str, str] = {}  # what makes it join by hash; MySQL does so unasked
    check_clauses = _CHECKS
    processors = _PROCESSORS
    escapes_clauses = True  # whether it shows clauses escaped once more
    indexes_expressions = True
    defaults_are_expressions = False  # whether it shows a DEFAULT as SQL, not as a value
    # The kinds of work of a session (Vitess, "workload"), each with its own limits: for statements,
    # for a long result, and for a long transaction. None: it has none.
    usual_work: str | None = None
    stream_work: str | None = None
    long_work: str | None = None
    # How a commit goes over servers (Vitess, "transaction_mode"): whole, and for a part of a load.
    atomic_mode: str | None = None
    parted_mode: str | None = None
    cut_off: int | None = None  # the error of a result that is too long for the usual one
    bare_numbers = False  # whether a number in quotes is another value
    takes_files = True  # whether LOAD DATA LOCAL is there
    locks_tables = True  # whether LOCK TABLES keeps others out
    locks_lapse = False  # whether a lock is lost in silence
    shows_work = True  # whether a connection's own number finds it in the list of processes
    idle_warnings = frozenset({_UNSAFE_FOR_BINLOG})  # codes that tell of no row
    sharded_keyspaces = False  # whether a database may be spread over servers
    keyspace = ""  # this one's name there
    lessened: Mapping[str, str] = {}  # promises that are kept in part, and what a run has instead
    mark = "%s"
    counts_unchanged = False
    deletes_own_parents = False  # InnoDB answers 1451
    # What a server chooses itself may have no rollback, few letters, or short index keys.
    table_options = " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC"
    words: Mapping[str, str] = {  # a constant
        "ascii": "CHARACTER SET ascii COLLATE ascii_bin",
        "text": "CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        "bytes": "LONGBLOB",
        "long": "MEDIUMTEXT",
        "serial": "BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY",
    }
    ddl_commits = True
    checksums = MysqlChecksums()
    hidden_key = False
    indexes_apart = False

    def in_keyspace(self, keyspace: str, *, sharded: bool) -> "MysqlDialect":  # noqa: ARG002
        """The same for a database that may be spread over servers."""
        return self

    def before_long_work(self, rows: int) -> Sequence[str]:  # noqa: ARG002
        """What is sent before a transaction over so many rows; nothing for one that is not long."""
        return ()

    def quote(self, name: str) -> str:
        return mysql_name(name)

    def literal(self, text: str) -> str:
        return mysql_text(text)

    @property
    def bytewise_mark(self) -> str:
        return "%s COLLATE utf8mb4_bin"

    def same_table(self, column: str) -> str:
        folded = f"@@lower_case_table_names > 0 AND LOWER({column}) = LOWER({self.bytewise_mark})"
        return f"({column} = {self.bytewise_mark} OR {folded})"

    def table_comment(self, text: str) -> str:
        return f" COMMENT={self.literal(text)}"

    def drop_index(self, table: str, index: str) -> str:
        return f"DROP INDEX {index} ON {table}"

    def now(self, column: Column) -> str:
        return "UTC_TIMESTAMP()" if column.type.kind is Kind.DATETIME else "CURRENT_TIMESTAMP()"

    def computed(self, column: Column) -> str | None:
        kind, value = column.type, f"({column.expression})"
        match kind.kind:
            case Kind.INTEGER | Kind.BOOLEAN:
                return f"CAST({value} AS {'UNSIGNED' if kind.unsigned else 'SIGNED'})"
            case Kind.DECIMAL:
                return f"CAST({value} AS DECIMAL({kind.precision},{kind.scale}))"
            case Kind.DATE:
                return f"CAST({value} AS DATE)"
            case Kind.TIME | Kind.DATETIME | Kind.TIMESTAMP:
                name = "TIME" if kind.kind is Kind.TIME else "DATETIME"
                return f"CAST({value} AS {name}({kind.fraction}))"
            case Kind.TEXT:
                charset, collation = column.charset or "", column.collation or ""
                return (
                    f"CONVERT({value} USING {self.quote(charset)}) COLLATE {self.quote(collation)}"
                )
        return None

    def same(self, column: Column, left: str, right: str) -> str:
        quoted = self.quote(column.name)
        a, b = f"{left}.{quoted}", f"{right}.{quoted}"
        if column.type.kind is Kind.JSON:
            a, b = self._json_text(a), self._json_text(b)
        elif column.type.kind not in _BYTEWISE:
            return f"{a} <=> {b}"
        return f"CAST({a} AS BINARY) <=> CAST({b} AS BINARY)"

    def moves(self, column: Column, old: str, new: str) -> str:
        """InnoDB compares bytes, whatever the collation."""
        return f"NOT ({self.same(column, old, new)})"

    def _json_text(self, value: str) -> str:
        return f"CAST({value} AS CHAR)"

    def joined(self, *parts: str) -> str:
        return f"CONCAT({', '.join(parts)})"

    def update_from(
        self, target: str, source: str, on: str, sets: Mapping[str, str], where: str
    ) -> str:
        changes = ", ".join(f"t.{self.quote(name)} = {value}" for name, value in sets.items())
        return (
            f"UPDATE {self.quote(target)} AS t JOIN {self.quote(source)} AS s ON {on}"
            f" SET {changes} WHERE {where}"
        )

    def delete_from(self, target: str, source: str, on: str) -> str:
        return f"DELETE t FROM {self.quote(target)} AS t JOIN {self.quote(source)} AS s ON {on}"

    def definition(self, column: Column) -> str:
        """SQL that declares a column, but for whether it may be NULL."""
        text = f"{self.quote(column.name)} {column.type.name}"
        if column.charset and column.type.kind in _WITH_CHARSET:
            text += f" CHARACTER SET {self.quote(column.charset)}"
        if column.collation and column.type.kind in _WITH_CHARSET:
            text += f" COLLATE {self.quote(column.collation)}"
        return text

    def indexable(self, column: Column) -> bool:
        """Whether a column may stand in a key as a whole."""
        kind = column.type
        long = kind.kind in _BYTEWISE and kind.name.endswith(("text", "blob"))
        return kind.kind is not Kind.JSON and not long


class MariadbDialect(MysqlDialect):
    """MariaDB 10.6 and later."""

    server = Server.MARIADB
    session_rules: Mapping[str, str] = {**RULES, **MARIADB_RULES}
    hash_joins: Mapping[str, str] = HASH_JOINS
    check_clauses = _MARIADB_CHECKS
    processors = "SELECT CONCAT('1-', @@thread_pool_size)"
    escapes_clauses = False
    indexes_expressions = False
    defaults_are_expressions = True

    def _json_text(self, value: str) -> str:
        return value  # JSON is LONGTEXT

    def hash_safe(self, value: str, collation: str | None) -> str:
        """MariaDB hashes the bytes of `_bin`: `A` and `A `, which are equal, would not meet."""
        padded = collation and collation.endswith("_bin") and "nopad" not in collation
        return f"RTRIM({value})" if padded else value
