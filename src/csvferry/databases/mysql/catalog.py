"""What MySQL and MariaDB say of a table in `information_schema`, as a `schema.Table`."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import groupby
from typing import Any

from csvferry.databases.catalog import Catalog, StoredTable
from csvferry.databases.connection import Connection
from csvferry.databases.expressions import is_type_name, mysql_expression
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
_FOREIGN_KEYS = f"""SELECT CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_SCHEMA,
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
_DEPENDENTS = f"""SELECT k.TABLE_SCHEMA, k.TABLE_NAME, k.CONSTRAINT_NAME, k.COLUMN_NAME,
 k.REFERENCED_COLUMN_NAME, r.DELETE_RULE FROM information_schema.KEY_COLUMN_USAGE AS k
 JOIN information_schema.REFERENTIAL_CONSTRAINTS AS r
 ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND r.TABLE_NAME = k.TABLE_NAME
 AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME
 WHERE k.REFERENCED_TABLE_SCHEMA = COALESCE(%s, DATABASE()) AND {_REFERS}
 AND r.DELETE_RULE NOT IN ('RESTRICT', 'NO ACTION')
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
_TEXT = re.compile(r"'(?:[^'\\]++|''|\\.)*+'", re.DOTALL)
_WORD = re.compile(rf"(?:{_TEXT.pattern}|\((?:{_TEXT.pattern}|[^'()])*+\)|[^',()])++", re.DOTALL)
_NULL_WITHIN = re.compile(r"\bNULL\b")
_DEFAULTS = """SELECT COLUMN_NAME, COLUMN_DEFAULT, EXTRA, DATA_TYPE, COLUMN_TYPE
 FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s
 AND (COLUMN_DEFAULT IS NOT NULL OR DATA_TYPE = 'enum' AND IS_NULLABLE = 'NO')"""
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

    def maker(self, table: str) -> str | None:
        comments = self._connection.query(
            "SELECT TABLE_COMMENT FROM information_schema.TABLES"
            " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s",
            (table,),
        )
        comment = str(comments[0][0]) if comments else ""
        return comment.removeprefix(_made_by("")) if comment.startswith(_made_by("")) else None


def _made_by(run: str) -> str:
    return f"made by csvferry {run}"


def _describe(query: Query, sql: MysqlDialect, table: str) -> Table | None:
    """The table, or None where there is none. Raises TargetError for one that can't be served."""
    kinds = query(_KIND, (table,))
    if not kinds:
        return None
    if "VIEW" in kinds[0][0]:
        raise TargetError(f"{table} is a view", "name the table behind it")
    if kinds[0][3] != "YES":
        raise TargetError(
            f"the engine of {table}, {kinds[0][2]}, can't undo what a run did",
            f"ALTER TABLE {mysql_name(table)} ENGINE = InnoDB",
        )
    clauses = [(str(name), str(clause)) for name, clause in query(sql.check_clauses, (table,))]
    # MariaDB's JSON is LONGTEXT with a check; there the check makes the type.
    json = {m[1].replace("``", "`") for _, text in clauses if (m := _JSON_CHECK.fullmatch(text))}
    columns = tuple(_column(row, json, sql) for row in query(_COLUMNS, (table,)))
    expression = "EXPRESSION" if sql.indexes_expressions else "NULL"
    found = list(_indexes(query(_INDEXES.format(expression=expression), (table,))))
    uniques = {index.name: index.columns for index in found if index.columns}
    references = [(str(name), str(rule)) for name, rule in query(_REFERENCED, (table, table))]
    return Table(
        name=str(kinds[0][1]),
        columns=columns,
        primary_key=uniques.pop("PRIMARY", ()),
        uniques=tuple(uniques.values()),
        indexes=tuple(index for index in found if index.name != "PRIMARY" or not index.columns),
        foreign_keys=_foreign_keys(query(_FOREIGN_KEYS, (table,))),
        checks=(
            *(
                Check(name, mysql_expression(_unescaped(text) if sql.escapes_clauses else text))
                for name, text in clauses
                if not _JSON_CHECK.fullmatch(text)
            ),
            *_partitioned(query(_PARTITIONS, (table,))),
        ),
        referenced=frozenset(name for name, _ in references),
        held_fast=frozenset(name for name, rule in references if rule != "CASCADE"),
    )


def _dependents(query: Query, table: str, schema: str | None) -> tuple[Dependent, ...]:
    """What follows when rows of a table are deleted, as far as this user sees it."""
    rows = query(_DEPENDENTS, (schema, table, table))
    found = []
    for _, group in groupby(rows, key=lambda row: row[:3]):
        parts = [tuple(map(str, row)) for row in group]
        found.append(
            Dependent(
                schema=parts[0][0],
                table=parts[0][1],
                columns=tuple(part[3] for part in parts),
                parent_columns=tuple(part[4] for part in parts),
                rule=parts[0][5],
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
    user, _, host = str(query("SELECT CURRENT_USER()", ())[0][0]).rpartition("@")
    account = f"'{user}'@'{host}'"
    return bool(query(_SEES_TRIGGERS, (account, account)))


def _defaults(query: Query, sql: MysqlDialect, table: str) -> dict[str, str]:
    """SQL of the columns' defaults."""
    found = {}
    for name, default, extra, data_type, declared in query(_DEFAULTS, (table,)):
        if default is None:  # manual, "Data Type Default Values": the first member
            found[str(name)] = mysql_text(parse_type(str(declared)).members[0])
        elif sql.defaults_are_expressions:
            found[str(name)] = f"({mysql_expression(str(default))})"
        elif "DEFAULT_GENERATED" in extra.upper():
            found[str(name)] = f"({mysql_expression(_unescaped(str(default)))})"
        elif data_type == "bit" or "binary" in data_type:  # b'1' and 0x31
            found[str(name)] = mysql_expression(str(default))
        else:
            found[str(name)] = mysql_text(str(default))
    return found


def _unescaped(clause: str) -> str:
    """MySQL gives a CHECK clause escaped once more, and its UTF-8 taken for Latin-1."""
    with suppress(UnicodeError):  # a literal of another character set: the server alone can read it
        clause = clause.encode("latin-1").decode("utf-8")
    return re.sub(r"\\(.)", r"\1", clause, flags=re.DOTALL)


def _column(row: tuple[Any, ...], json: set[str], sql: MysqlDialect) -> Column:
    name, declared, nullable, default, extra, charset, collation, expression = row
    if expression and sql.escapes_clauses:
        expression = _unescaped(str(expression))
    kind = parse_type(str(declared))
    if kind.kind is Kind.UNSERVED and not is_type_name(kind.name):
        raise TargetError(f"the column {name} has a type that is no name", "correct the table")
    if name in json:
        kind = Type(Kind.JSON, kind.name)
    extra = extra.upper()
    return Column(
        name=str(name),
        type=kind,
        nullable=nullable == "YES",
        has_default=default is not None
        or "DEFAULT_GENERATED" in extra
        or (kind.kind is Kind.ENUM and nullable != "YES"),
        auto_increment="AUTO_INCREMENT" in extra,
        generated="STORED GENERATED" in extra or "VIRTUAL GENERATED" in extra,
        charset=charset,
        collation=collation,
        expression=mysql_expression(str(expression)) if expression else None,
    )


def _indexes(rows: Iterable[tuple[Any, ...]]) -> Iterator[UniqueIndex]:
    for name, group in groupby(rows, key=lambda row: row[0]):
        yield UniqueIndex(str(name), tuple(_part(*row[1:]) for row in group))


def _part(column: str | None, prefix: int | None, expression: str | None) -> Part:
    if column is None:
        return Part(f"({mysql_expression(_unescaped(str(expression)))})")
    quoted = mysql_name(column)
    if prefix:
        return Part(f"LEFT({quoted}, {prefix:d})", column)
    return Part(quoted, column, whole=True)


def _partitioned(rows: Sequence[tuple[Any, ...]]) -> Iterator[Check]:
    """What lets a row into one of the partitions, as a CHECK clause: no partition, no row.

    MySQL manual, "RANGE Partitioning" (NULL is below every value) and "LIST Partitioning".
    """
    if not rows:
        return
    method, names = str(rows[0][1]), mysql_expression(str(rows[0][2]))
    told = [_words(mysql_expression(str(row[3]))) for row in rows]
    if method.startswith("RANGE"):
        last = [word for word in told[-1] if word != "MAXVALUE"]
        columns = _words(names)[: len(last)] if "COLUMNS" in method else [names]
        if last:  # what MAXVALUE stands for is below it, whatever it is
            below = "<" if len(last) == len(told[-1]) else "<="
            yield Check("partitions", f"({', '.join(columns)}) {below} ({', '.join(last)})")
    elif method.startswith("LIST"):
        listed = [word for words in told for word in words]
        values = [word for word in listed if word != "NULL"] or ["NULL"]
        if "DEFAULT" in listed or any(_NULL_WITHIN.search(_TEXT.sub("", word)) for word in values):
            return
        null = int("NULL" in listed)
        yield Check("partitions", f"COALESCE(({names}) IN ({', '.join(values)}), {null})")


def _words(values: str) -> list[str]:
    """A list's parts: literals, names, or lists in brackets."""
    return [found[0].strip() for found in _WORD.finditer(values)]


def _foreign_keys(rows: Iterable[tuple[Any, ...]]) -> tuple[ForeignKey, ...]:
    found = []
    for name, group in groupby(rows, key=lambda row: row[0]):
        parts = list(group)
        found.append(
            ForeignKey(
                name=str(name),
                columns=tuple(str(part[1]) for part in parts),
                parent_schema=str(parts[0][2]),
                parent=str(parts[0][3]),
                parent_columns=tuple(str(part[4]) for part in parts),
                own=bool(parts[0][5]),
            )
        )
    return tuple(found)
