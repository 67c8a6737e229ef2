"""The ledger's tables as they are to be: columns, indexes, engine, character sets, keys.

On a server everything is stated, as what it would choose itself may be an engine that can't undo, a
character set that lacks letters, or a collation that takes two tables' names for one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from csvferry.databases.base import Database
from csvferry.databases.catalog import StoredTable
from csvferry.databases.sql_dialect import SqlDialect
from csvferry.model.names import REJECTS, RUNS, VERSION

_ASCII, _TEXT = "ascii_bin", "utf8mb4_bin"
_UNIQUE = " UNIQUE"

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


def definition(table: str, column: str, sql: SqlDialect) -> str:
    """SQL that declares a column."""
    return " ".join(COLUMNS[table][column].format_map(sql.words).split())


def declared(table: str, sql: SqlDialect) -> list[str]:
    """SQL that declares each column of a new table.

    A key that nobody sees is left to the server, which makes none of a table that is there.
    """
    columns = COLUMNS[table]
    if sql.hidden_key and table == REJECTS:
        columns = {name: words for name, words in columns.items() if name != "position"}
    return [f"{name} {definition(table, name, sql)}" for name in columns]


def changes(table: str, stored: StoredTable, sql: SqlDialect) -> list[str]:
    """Parts of an ALTER TABLE that makes a server's table what it is to be; none where it is."""
    found = []
    if stored.engine.upper() != "INNODB":
        found.append("ENGINE=InnoDB")
    if stored.collation != _TEXT:
        found.append(f"DEFAULT CHARACTER SET utf8mb4 COLLATE {_TEXT}")
    for column, words in COLUMNS[table].items():
        wanted = _ASCII if "{ascii}" in words else _TEXT
        if stored.collations.get(column, wanted) != wanted:
            found.append(f"MODIFY {column} {definition(table, column, sql)}".removesuffix(_UNIQUE))
    if not stored.keyed and table == REJECTS:
        found.append(f"ADD position {definition(table, 'position', sql)}")
    return found


def alterations(database: Database) -> dict[str, str]:
    """The statement that makes each table what it is to be, for those that are otherwise."""
    found = database.catalog.stored(COLUMNS)
    parts = {table: changes(table, found[table], database.sql) for table in found}
    return {table: f"ALTER TABLE {table} {', '.join(p)}" for table, p in parts.items() if p}


def without_rollback(database: Database) -> dict[str, str]:
    """The engine of each table that can't undo what a run wrote."""
    return {
        name: one.engine
        for name, one in database.catalog.stored(COLUMNS).items()
        if not one.transactional
    }
