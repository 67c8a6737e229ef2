"""What MySQL and MariaDB say of a table in `information_schema`, as a `schema.Table`."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import groupby
from typing import Any

from csvferry.databases.answers.expressions import is_type_name, mysql_expression
from csvferry.databases.answers.rows import (
    CheckRow,
    ColumnRow,
    DefaultRow,
    DependentRow,
    ForeignKeyRow,
    IndexRow,
    PartitionRow,
    ReferenceRow,
    Sql,
    TableRow,
    Word,
    rows_of,
    value_of,
    values_of,
)
from csvferry.databases.catalog import Catalog, StoredTable
from csvferry.databases.connection import Connection
from csvferry.databases.mysql.sql_dialect import MysqlDialect
from csvferry.databases.mysql.storage import stored_tables
from csvferry.errors import TargetError
from csvferry.model.quoting import mysql_name, mysql_text
from csvferry.model.schema import (
    Check,
    Column,
    Dependent,
    ForeignKey,
    Kind,
    Part,
    Table,
    Type,
    UniqueIndex,
    parse_type,
)

Query = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]

_COLUMNS = """SELECT COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, EXTRA,
 CHARACTER_SET_NAME, COLLATION_NAME, GENERATION_EXPRESSION FROM information_schema.COLUMNS
 WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s ORDER BY ORDINAL_POSITION"""
_KIND = """SELECT t.TABLE_TYPE, t.TABLE_NAME, t.ENGINE, e.TRANSACTIONS
 FROM information_schema.TABLES AS t LEFT JOIN information_schema.ENGINES AS e
 ON e.ENGINE = t.ENGINE WHERE t.TABLE_SCHEMA = DATABASE() AND t.TABLE_NAME = %s"""
_INDEXES = """SELECT INDEX_NAME, COLUMN_NAME, SUB_PART, {expression}
 FROM information_schema.STATISTICS
 WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s AND NON_UNIQUE = 0
 ORDER BY INDEX_NAME, SEQ_IN_INDEX"""
# MariaDB's information_schema takes `t` and `T` for one, where the server does not.
_SAME = (
    "({0} = {1} AND (@@lower_case_table_names > 0 OR CAST({0} AS BINARY) = CAST({1} AS BINARY)))"
)
_OWN = _SAME.format("REFERENCED_TABLE_NAME", "TABLE_NAME")
_REFERS = _SAME.format("k.REFERENCED_TABLE_NAME", "%s")
# NULL for this database: a gate of Vitess takes no statement with the name that its MySQL tells.
_ELSEWHERE = "IF(CAST({0} AS BINARY) = CAST(DATABASE() AS BINARY), NULL, {0})"
_FOREIGN_KEYS = f"""SELECT CONSTRAINT_NAME, COLUMN_NAME,
 {_ELSEWHERE.format("REFERENCED_TABLE_SCHEMA")},
 REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME,
 REFERENCED_TABLE_SCHEMA = TABLE_SCHEMA AND {_OWN} FROM information_schema.KEY_COLUMN_USAGE
 WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s AND REFERENCED_TABLE_NAME IS NOT NULL
 ORDER BY CONSTRAINT_NAME, ORDINAL_POSITION"""
_REFERENCED = f"""SELECT DISTINCT k.REFERENCED_COLUMN_NAME, r.UPDATE_RULE
 FROM information_schema.KEY_COLUMN_USAGE AS k
 JOIN information_schema.REFERENTIAL_CONSTRAINTS AS r
 ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND r.TABLE_NAME = k.TABLE_NAME
 AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME
 WHERE k.REFERENCED_TABLE_SCHEMA = DATABASE() AND {_REFERS}"""
_DEPENDENTS = f"""SELECT {_ELSEWHERE.format("k.TABLE_SCHEMA")}, k.TABLE_NAME, k.CONSTRAINT_NAME,
 k.COLUMN_NAME, k.REFERENCED_COLUMN_NAME, r.DELETE_RULE, r.UPDATE_RULE
 FROM information_schema.KEY_COLUMN_USAGE AS k
 JOIN information_schema.REFERENTIAL_CONSTRAINTS AS r
 ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND r.TABLE_NAME = k.TABLE_NAME
 AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME
 WHERE k.REFERENCED_TABLE_SCHEMA = COALESCE(%s, DATABASE()) AND {_REFERS}
 AND NOT (r.DELETE_RULE IN ('RESTRICT', 'NO ACTION') AND r.UPDATE_RULE IN ('RESTRICT', 'NO ACTION'))
 ORDER BY k.TABLE_SCHEMA, k.TABLE_NAME, k.CONSTRAINT_NAME, k.ORDINAL_POSITION"""
# In MySQL and MariaDB only a BEFORE trigger can change a row of its own table.
_TRIGGERS = """SELECT 1 FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = DATABASE()
 AND EVENT_OBJECT_TABLE = %s"""
_REWRITING = f"""{_TRIGGERS} AND ACTION_TIMING = 'BEFORE' AND EVENT_MANIPULATION <> 'DELETE'"""
# Without the privilege TRIGGER a table's triggers are not shown.
_SEES_TRIGGERS = """SELECT 1 FROM information_schema.USER_PRIVILEGES
 WHERE PRIVILEGE_TYPE = 'TRIGGER' AND GRANTEE = %s
 UNION ALL SELECT 1 FROM information_schema.SCHEMA_PRIVILEGES
 WHERE PRIVILEGE_TYPE = 'TRIGGER' AND GRANTEE = %s AND DATABASE() LIKE TABLE_SCHEMA"""
_PARTITIONS = """SELECT DISTINCT PARTITION_ORDINAL_POSITION, PARTITION_METHOD,
 PARTITION_EXPRESSION, PARTITION_DESCRIPTION FROM information_schema.PARTITIONS
 WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s AND PARTITION_METHOD IS NOT NULL
 ORDER BY PARTITION_ORDINAL_POSITION"""
_TEXT = re.compile(r"'(?:[^'\\]++|''|\\.?+)*+(?:'|\Z)", re.DOTALL)
_WORD = re.compile(rf"(?:{_TEXT.pattern}|\((?:{_TEXT.pattern}|[^'()])*+\)|[^',()])++", re.DOTALL)
_NULL_WITHIN = re.compile(r"\bNULL\b")
_DEFAULTS = """SELECT COLUMN_NAME, COLUMN_DEFAULT, EXTRA, DATA_TYPE, COLUMN_TYPE
 FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s
 AND (COLUMN_DEFAULT IS NOT NULL OR DATA_TYPE = 'enum' AND IS_NULLABLE = 'NO')"""
_MAKER = re.compile("made by csvferry ([0-9a-f]{26})")
_JSON_CHECK = re.compile(r"json_valid\(`((?:[^`]|``)+)`\)", re.IGNORECASE)


class MysqlCatalog(Catalog):
    """The tables of the database in which a connection is."""

    def __init__(self, connection: Connection, sql: MysqlDialect) -> None:
        self._connection, self._sql = connection, sql

    def has(self, table: str) -> bool:
        found = self._connection.query(
            "SELECT 1 FROM information_schema.TABLES"
            " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s",
            (table,),
        )
        return bool(found)

    def has_index(self, table: str, index: str) -> bool:
        found = self._connection.query(
            "SELECT 1 FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE()"
            " AND TABLE_NAME = %s AND INDEX_NAME = %s",
            (table, index),
        )
        return bool(found)

    def stored(self, tables: Collection[str]) -> Mapping[str, StoredTable]:
        return stored_tables(self._connection.query, tables)

    def describe(self, table: str) -> Table | None:
        return _describe(self._connection.query, self._sql, table)

    def defaults(self, table: str) -> Mapping[str, str]:
        return _defaults(self._connection.query, self._sql, table)

    def dependents(self, table: str, schema: str | None = None) -> Sequence[Dependent]:
        return _dependents(self._connection.query, table, schema)

    def rewrites(self, table: str) -> bool | None:
        return _rewrites(self._connection.query, table)

    def has_trigger(self, table: str) -> bool | None:
        if self._connection.query(_TRIGGERS, (table,)):
            return True
        return False if sees_triggers(self._connection.query) else None

    def create(self, table: Table, run: str, *, temporary: bool = False) -> None:
        parts = [
            f"{self._sql.definition(column)} {'NULL' if column.nullable else 'NOT NULL'}"
            for column in table.columns
        ]
        if table.primary_key:
            parts.append(f"PRIMARY KEY ({self._sql.names(table.primary_key)})")
        parts += [f"UNIQUE KEY ({self._sql.names(names)})" for names in table.uniques]
        self._connection.execute(
            f"CREATE {'TEMPORARY ' if temporary else ''}TABLE {self._sql.quote(table.name)}"
            f" ({', '.join(parts)}){self._sql.table_options} COMMENT='{_made_by(run)}'"
        )

    def discard(self, table: str, run: str) -> None:
        made = self._connection.query(
            "SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()"
            " AND TABLE_NAME = %s AND TABLE_COMMENT = %s",
            (table, _made_by(run)),
        )
        if made and not self._connection.query(f"SELECT 1 FROM {self._sql.quote(table)} LIMIT 1"):
            self._connection.execute(f"DROP TABLE {self._sql.quote(table)}")

    def add_columns(self, table: str, columns: Sequence[Column]) -> None:
        parts = [f"ADD COLUMN {self._sql.definition(column)} NULL" for column in columns]
        self._connection.execute(f"ALTER TABLE {self._sql.quote(table)} {', '.join(parts)}")

    def drop_columns(self, table: str, columns: Sequence[Column]) -> None:
        parts = [f"DROP COLUMN {self._sql.quote(column.name)}" for column in columns]
        self._connection.execute(f"ALTER TABLE {self._sql.quote(table)} {', '.join(parts)}")

    def comment(self, table: str) -> str:
        comments = self._connection.query(
            "SELECT TABLE_COMMENT FROM information_schema.TABLES"
            " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s",
            (table,),
        )
        return "".join(values_of(Sql, comments))

    def maker(self, table: str) -> str | None:
        found = _MAKER.fullmatch(self.comment(table))
        return found[1] if found else None


def _made_by(run: str) -> str:
    return f"made by csvferry {run}"


def _describe(query: Query, sql: MysqlDialect, table: str) -> Table | None:
    """The table, or None where there is none. Raises TargetError for one that can't be served."""
    found = rows_of(TableRow, query(_KIND, (table,)))
    if not found:
        return None
    about = found[0]
    if "VIEW" in about.type:
        raise TargetError(f"{table} is a view", "name the table behind it")
    if about.transactional != "YES":
        raise TargetError(
            f"the engine of {table}, {about.engine}, can't undo what a run did",
            f"ALTER TABLE {mysql_name(table)} ENGINE = InnoDB",
        )
    clauses = rows_of(CheckRow, query(sql.check_clauses, (table,)))
    # MariaDB's JSON is LONGTEXT with a check; there the check makes the type.
    checked = (_JSON_CHECK.fullmatch(check.clause) for check in clauses)
    json = {match[1].replace("``", "`") for match in checked if match}
    columns = rows_of(ColumnRow, query(_COLUMNS, (table,)))
    expression = "EXPRESSION" if sql.indexes_expressions else "NULL"
    parts = rows_of(IndexRow, query(_INDEXES.format(expression=expression), (table,)))
    indexes = list(_indexes(parts))
    uniques = {index.name: index.columns for index in indexes if index.columns}
    references = rows_of(ReferenceRow, query(_REFERENCED, (table, table)))
    return Table(
        name=about.name,
        columns=tuple(_column(column, json, sql) for column in columns),
        primary_key=uniques.pop("PRIMARY", ()),
        uniques=tuple(uniques.values()),
        indexes=tuple(index for index in indexes if index.name != "PRIMARY" or not index.columns),
        foreign_keys=_foreign_keys(rows_of(ForeignKeyRow, query(_FOREIGN_KEYS, (table,)))),
        checks=(
            *(
                Check(name, mysql_expression(_unescaped(clause) if sql.escapes_clauses else clause))
                for name, clause in clauses
                if not _JSON_CHECK.fullmatch(clause)
            ),
            *_partitioned(rows_of(PartitionRow, query(_PARTITIONS, (table,)))),
        ),
        referenced=frozenset(one.column for one in references),
        held_fast=frozenset(one.column for one in references if one.on_update != "CASCADE"),
    )


def _dependents(query: Query, table: str, schema: str | None) -> tuple[Dependent, ...]:
    """What follows when rows of a table are deleted or changed, as far as this user sees it."""
    rows = rows_of(DependentRow, query(_DEPENDENTS, (schema, table, table)))
    found = []
    for _, group in groupby(rows, key=lambda row: row[:3]):
        parts = list(group)
        found.append(
            Dependent(
                schema=parts[0].schema,
                table=parts[0].table,
                columns=tuple(part.column for part in parts),
                parent_columns=tuple(part.parent_column for part in parts),
                on_delete=parts[0].on_delete,
                on_update=parts[0].on_update,
            )
        )
    return tuple(found)


def _rewrites(query: Query, table: str) -> bool | None:
    """Whether a trigger may change rows of the table; None where this user can't see triggers."""
    if query(_REWRITING, (table,)):
        return True
    return False if sees_triggers(query) else None


def sees_triggers(query: Query) -> bool:
    """Whether this user is shown the triggers of the database."""
    signed_in: str = value_of(Word, query("SELECT CURRENT_USER()", ()))
    user, _, host = signed_in.rpartition("@")
    account = f"'{user}'@'{host}'"
    return bool(query(_SEES_TRIGGERS, (account, account)))


def _defaults(query: Query, sql: MysqlDialect, table: str) -> dict[str, str]:
    """SQL of the columns' defaults."""
    rows = rows_of(DefaultRow, query(_DEFAULTS, (table,)))
    return {row.name: _default(row, sql) for row in rows}


def _default(row: DefaultRow, sql: MysqlDialect) -> str:
    if row.default is None:  # manual, "Data Type Default Values": the first member
        return mysql_text(parse_type(row.declared).members[0])
    if sql.defaults_are_expressions:
        return f"({mysql_expression(row.default)})"
    if "DEFAULT_GENERATED" in (row.extra or "").upper():
        return f"({mysql_expression(_unescaped(row.default))})"
    if row.data_type == "bit" or "binary" in row.data_type:  # b'1' and 0x31
        return mysql_expression(row.default)
    return mysql_text(row.default)


def _unescaped(clause: str) -> str:
    """MySQL gives a CHECK clause escaped once more, and its UTF-8 taken for Latin-1."""
    with suppress(UnicodeError):  # a literal of another character set: the server alone can read it
        clause = clause.encode("latin-1").decode("utf-8")
    return re.sub(r"\\(.)", r"\1", clause, flags=re.DOTALL)


def _column(row: ColumnRow, json: set[str], sql: MysqlDialect) -> Column:
    kind, extra = parse_type(row.declared), (row.extra or "").upper()
    if kind.kind is Kind.UNSERVED and not is_type_name(kind.name):
        raise TargetError(f"the column {row.name} has a type that is no name", "correct the table")
    if row.name in json:
        kind = Type(Kind.JSON, kind.name)
    expression = row.expression or None
    if expression and sql.escapes_clauses:
        expression = _unescaped(expression)
    nullable = row.nullable == "YES"
    return Column(
        name=row.name,
        type=kind,
        nullable=nullable,
        has_default=row.default is not None
        or "DEFAULT_GENERATED" in extra
        or (kind.kind is Kind.ENUM and not nullable),
        auto_increment="AUTO_INCREMENT" in extra,
        generated="STORED GENERATED" in extra or "VIRTUAL GENERATED" in extra,
        charset=row.charset,
        collation=row.collation,
        expression=mysql_expression(expression) if expression else None,
    )


def _indexes(rows: Iterable[IndexRow]) -> Iterator[UniqueIndex]:
    for name, group in groupby(rows, key=lambda row: row.name):
        yield UniqueIndex(name, tuple(map(_part, group)))


def _part(row: IndexRow) -> Part:
    if row.column is None:
        return Part(f"({mysql_expression(_unescaped(row.expression or ''))})")
    quoted = mysql_name(row.column)
    if row.prefix:
        return Part(f"LEFT({quoted}, {row.prefix:d})", row.column)
    return Part(quoted, row.column, whole=True)


def _partitioned(rows: Sequence[PartitionRow]) -> Iterator[Check]:
    """What lets a row into one of the partitions, as a CHECK clause: no partition, no row.

    MySQL manual, "RANGE Partitioning" (NULL is below every value) and "LIST Partitioning".
    """
    if not rows:
        return
    method, names = rows[0].method, mysql_expression(rows[0].expression or "")
    bounds = [_words(mysql_expression(row.description or "")) for row in rows]
    if method.startswith("RANGE"):
        last = [word for word in bounds[-1] if word != "MAXVALUE"]
        columns = _words(names)[: len(last)] if "COLUMNS" in method else [names]
        if last:  # what MAXVALUE stands for is below it, whatever it is
            below = "<" if len(last) == len(bounds[-1]) else "<="
            yield Check("partitions", f"({', '.join(columns)}) {below} ({', '.join(last)})")
    elif method.startswith("LIST"):
        listed = [word for words in bounds for word in words]
        values = [word for word in listed if word != "NULL"] or ["NULL"]
        if "DEFAULT" in listed or any(_NULL_WITHIN.search(_TEXT.sub("", word)) for word in values):
            return
        null = int("NULL" in listed)
        yield Check("partitions", f"COALESCE(({names}) IN ({', '.join(values)}), {null})")


def _words(values: str) -> list[str]:
    """A list's parts: literals, names, or lists in brackets."""
    return [found[0].strip() for found in _WORD.finditer(values)]


def _foreign_keys(rows: Iterable[ForeignKeyRow]) -> tuple[ForeignKey, ...]:
    found = []
    for name, group in groupby(rows, key=lambda row: row.constraint):
        parts = list(group)
        found.append(
            ForeignKey(
                name=name,
                columns=tuple(part.column for part in parts),
                parent_schema=parts[0].parent_schema,
                parent=parts[0].parent,
                parent_columns=tuple(part.parent_column for part in parts),
                own=bool(parts[0].own),
            )
        )
    return tuple(found)
