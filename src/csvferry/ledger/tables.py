"""The ledger's tables as they are to be: columns, indexes, engine, character sets, keys.

On a server everything is stated, as what it would choose itself may be an engine that can't undo, a
character set that lacks letters, or a collation that takes two tables' names for one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from csvferry.databases.base import Database
from csvferry.model.reserved import REJECTS, RUNS, VERSION
from csvferry.model.schema import Server

_ASCII, _TEXT = "ascii_bin", "utf8mb4_bin"
_WORDING = {
    "ascii": f"CHARACTER SET ascii COLLATE {_ASCII}",
    "text": f"CHARACTER SET utf8mb4 COLLATE {_TEXT}",
    "bytes": "LONGBLOB",
    "long": "MEDIUMTEXT",
    "serial": "BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY",
}
_SQLITE_WORDING = {
    "ascii": "",
    "text": "",
    "bytes": "BLOB",
    "long": "TEXT",
    "serial": "INTEGER PRIMARY KEY AUTOINCREMENT",
}
_UNIQUE = " UNIQUE"
_PRIMARY = "INDEX_NAME = 'PRIMARY'"
# Asked by itself: joined to several tables, MariaDB 10.11 answers NULL for some.
_TRANSACTIONAL = "SELECT ENGINE FROM information_schema.ENGINES WHERE TRANSACTIONS = 'YES'"

COLUMNS: Mapping[str, Mapping[str, str]] = {
    RUNS: {
        "position": "{serial}",
        "run": "VARCHAR(32) {ascii} NOT NULL UNIQUE",
        "feed": "VARCHAR(64) {ascii} NOT NULL",
        "source": "TEXT {text} NOT NULL",
        "version": "VARCHAR(255) {ascii} NOT NULL",
        "bytes": "BIGINT NOT NULL",
        "table_name": "VARCHAR(64) {text} NOT NULL",
        "mode": "VARCHAR(16) {ascii} NOT NULL",
        "strategy": "VARCHAR(16) {ascii} NOT NULL",
        "status": "VARCHAR(16) {ascii} NOT NULL",
        "started": "VARCHAR(32) {ascii} NOT NULL",
        "seconds": "DOUBLE NOT NULL",
        "rows_read": "BIGINT NOT NULL",
        "rows_inserted": "BIGINT NOT NULL",
        "rows_updated": "BIGINT NOT NULL",
        "rows_deleted": "BIGINT NOT NULL",
        "rows_unchanged": "BIGINT NOT NULL",
        "rows_duplicate": "BIGINT NOT NULL",
        "rows_rejected": "BIGINT NOT NULL",
        "message": "TEXT {text}",
        "seal": "VARCHAR(64) {ascii} NOT NULL",
        "header": "{long} {text}",
    },
    REJECTS: {
        "run": "VARCHAR(32) {ascii} NOT NULL",
        "line": "BIGINT NOT NULL",
        "byte_offset": "BIGINT",
        "column_name": "VARCHAR(64) {text}",
        "code": "VARCHAR(32) {ascii} NOT NULL",
        "message": "VARCHAR(512) {text} NOT NULL",
        "raw": "{bytes}",
        "position": "{serial}",
    },
    VERSION: {"version": "INTEGER NOT NULL PRIMARY KEY"},
}


@dataclass(frozen=True)
class Index:
    """An index of one of the ledger's tables."""

    table: str
    name: str
    columns: str


BY_FEED = Index(RUNS, "csvferry_runs_feed", "feed")
BY_TABLE = Index(RUNS, "csvferry_runs_table", "table_name")
BY_RUN = Index(REJECTS, "csvferry_rejects_run", "run")
BY_LINE = Index(REJECTS, "csvferry_rejects_line", "run, line")
INDEXES = (BY_FEED, BY_TABLE, BY_LINE)


@dataclass(frozen=True)
class Stored:
    """One of the tables as a server has it: `collations` by text column."""

    engine: str
    collation: str
    keyed: bool  # whether it has a primary key
    transactional: bool
    collations: Mapping[str, str]


def definition(table: str, column: str, server: Server) -> str:
    """SQL that declares a column."""
    wording = _SQLITE_WORDING if server is Server.SQLITE else _WORDING
    return " ".join(COLUMNS[table][column].format_map(wording).split())


def declared(table: str, server: Server) -> list[str]:
    """SQL that declares each column of a new table.

    SQLite gives each table a key of its own, and makes none of a table that is there.
    """
    columns = COLUMNS[table]
    if server is Server.SQLITE and table == REJECTS:
        columns = {name: words for name, words in columns.items() if name != "position"}
    return [f"{name} {definition(table, name, server)}" for name in columns]


def changes(table: str, stored: Stored, server: Server) -> list[str]:
    """Parts of an ALTER TABLE that makes a server's table what it is to be; none where it is."""
    found = []
    if stored.engine.upper() != "INNODB":
        found.append("ENGINE=InnoDB")
    if stored.collation != _TEXT:
        found.append(f"DEFAULT CHARACTER SET utf8mb4 COLLATE {_TEXT}")
    for column, words in COLUMNS[table].items():
        wanted = _ASCII if "{ascii}" in words else _TEXT
        if stored.collations.get(column, wanted) != wanted:
            found.append(
                f"MODIFY {column} {definition(table, column, server)}".removesuffix(_UNIQUE)
            )
    if not stored.keyed and table == REJECTS:
        found.append(f"ADD position {definition(table, 'position', server)}")
    return found


def stored(database: Database) -> dict[str, Stored]:
    """The ledger's tables as a server has them, those that are there; none on SQLite."""
    if database.server is Server.SQLITE:
        return {}
    collations: dict[str, dict[str, str]] = {name: {} for name in COLUMNS}
    for table, column, collation in _schema(
        database, "TABLE_NAME, COLUMN_NAME, COLLATION_NAME", "COLUMNS", "COLLATION_NAME IS NOT NULL"
    ):
        collations[table][column] = collation
    keyed = {name for (name,) in _schema(database, "TABLE_NAME", "STATISTICS", _PRIMARY)}
    undoing = {name for (name,) in database.query(_TRANSACTIONAL)}
    return {
        table: Stored(engine, collation, table in keyed, engine in undoing, collations[table])
        for table, engine, collation in _schema(
            database, "TABLE_NAME, ENGINE, TABLE_COLLATION", "TABLES", "1 = 1"
        )
    }


def _schema(database: Database, columns: str, view: str, where: str) -> list[tuple[str, ...]]:
    """What `information_schema` has of the ledger's tables."""
    marks = ", ".join("%s" for _ in COLUMNS)
    rows = database.query(
        f"SELECT {columns} FROM information_schema.{view} WHERE TABLE_SCHEMA = DATABASE()"
        f" AND TABLE_NAME IN ({marks}) AND {where}",
        tuple(COLUMNS),
    )
    return [tuple(str(value) for value in row) for row in rows]


def alterations(database: Database) -> dict[str, str]:
    """The statement that makes each table what it is to be, for those that are otherwise."""
    found = stored(database)
    parts = {table: changes(table, found[table], database.server) for table in found}
    return {table: f"ALTER TABLE {table} {', '.join(p)}" for table, p in parts.items() if p}


def without_rollback(database: Database) -> dict[str, str]:
    """The engine of each table that can't undo what a run wrote."""
    return {name: one.engine for name, one in stored(database).items() if not one.transactional}
