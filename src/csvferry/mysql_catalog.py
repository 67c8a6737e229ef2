"""What MySQL and MariaDB say of a table in `information_schema`, as a `schema.Table`."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import groupby
from typing import Any

from csvferry.errors import TargetError
from csvferry.quoting import mysql_name, mysql_text
from csvferry.schema import (
    Check,
    Column,
    ForeignKey,
    Kind,
    Part,
    Server,
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
_FOREIGN_KEYS = """SELECT CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_SCHEMA,
 REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE
 WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s AND REFERENCED_TABLE_NAME IS NOT NULL
 ORDER BY CONSTRAINT_NAME, ORDINAL_POSITION"""
_REFERENCED = """SELECT DISTINCT REFERENCED_COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE
 WHERE REFERENCED_TABLE_SCHEMA = DATABASE() AND REFERENCED_TABLE_NAME = %s"""
_CHECKS = {
    Server.MARIADB: """SELECT CONSTRAINT_NAME, CHECK_CLAUSE FROM
 information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE() AND TABLE_NAME = %s""",
    Server.MYSQL: """SELECT c.CONSTRAINT_NAME, c.CHECK_CLAUSE FROM
 information_schema.CHECK_CONSTRAINTS c JOIN information_schema.TABLE_CONSTRAINTS t
 ON t.CONSTRAINT_SCHEMA = c.CONSTRAINT_SCHEMA AND t.CONSTRAINT_NAME = c.CONSTRAINT_NAME
 WHERE c.CONSTRAINT_SCHEMA = DATABASE() AND t.TABLE_NAME = %s AND t.ENFORCED = 'YES'""",
}
_PARTITIONS = """SELECT DISTINCT PARTITION_ORDINAL_POSITION, PARTITION_METHOD,
 PARTITION_EXPRESSION, PARTITION_DESCRIPTION FROM information_schema.PARTITIONS
 WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s AND PARTITION_METHOD IS NOT NULL
 ORDER BY PARTITION_ORDINAL_POSITION"""
_DEFAULTS = """SELECT COLUMN_NAME, COLUMN_DEFAULT, EXTRA, DATA_TYPE FROM information_schema.COLUMNS
 WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s AND COLUMN_DEFAULT IS NOT NULL"""
_JSON_CHECK = re.compile(r"json_valid\(`((?:[^`]|``)+)`\)", re.IGNORECASE)


def describe(query: Query, server: Server, table: str) -> Table | None:
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
    clauses = [(str(name), str(clause)) for name, clause in query(_CHECKS[server], (table,))]
    # MariaDB's JSON is LONGTEXT with a check; there the check makes the type.
    json = {m[1].replace("``", "`") for _, text in clauses if (m := _JSON_CHECK.fullmatch(text))}
    columns = tuple(_column(row, json, server) for row in query(_COLUMNS, (table,)))
    expression = "EXPRESSION" if server is Server.MYSQL else "NULL"
    found = list(_indexes(query(_INDEXES.format(expression=expression), (table,))))
    uniques = {index.name: index.columns for index in found if index.columns}
    return Table(
        name=str(kinds[0][1]),
        columns=columns,
        primary_key=uniques.pop("PRIMARY", ()),
        uniques=tuple(uniques.values()),
        indexes=tuple(index for index in found if index.name != "PRIMARY" or not index.columns),
        foreign_keys=_foreign_keys(query(_FOREIGN_KEYS, (table,))),
        checks=(
            *(
                Check(name, _unescaped(text) if server is Server.MYSQL else text)
                for name, text in clauses
                if not _JSON_CHECK.fullmatch(text)
            ),
            *_partitioned(query(_PARTITIONS, (table,))),
        ),
        referenced=frozenset(str(name) for (name,) in query(_REFERENCED, (table,))),
    )


def defaults(query: Query, server: Server, table: str) -> dict[str, str]:
    """SQL of the columns' defaults."""
    found = {}
    for name, default, extra, data_type in query(_DEFAULTS, (table,)):
        if server is Server.MARIADB or "DEFAULT_GENERATED" in extra.upper():
            found[str(name)] = f"({default})"
        elif data_type == "bit" or "binary" in data_type:  # b'1' and 0x31
            found[str(name)] = str(default)
        else:
            found[str(name)] = mysql_text(str(default))
    return found


def _unescaped(clause: str) -> str:
    """MySQL gives a CHECK clause escaped once more, and its UTF-8 taken for Latin-1."""
    with suppress(UnicodeError):  # a literal of another character set: the server alone can read it
        clause = clause.encode("latin-1").decode("utf-8")
    return re.sub(r"\\(.)", r"\1", clause, flags=re.DOTALL)


def _column(row: tuple[Any, ...], json: set[str], server: Server) -> Column:
    name, declared, nullable, default, extra, charset, collation, expression = row
    if expression and server is Server.MYSQL:
        expression = _unescaped(str(expression))
    kind = parse_type(str(declared))
    if name in json:
        kind = Type(Kind.JSON, kind.name)
    extra = extra.upper()
    return Column(
        name=str(name),
        type=kind,
        nullable=nullable == "YES",
        has_default=default is not None or "DEFAULT_GENERATED" in extra,
        auto_increment="AUTO_INCREMENT" in extra,
        generated="STORED GENERATED" in extra or "VIRTUAL GENERATED" in extra,
        charset=charset,
        collation=collation,
        expression=expression or None,
    )


def _indexes(rows: Iterable[tuple[Any, ...]]) -> Iterator[UniqueIndex]:
    for name, group in groupby(rows, key=lambda row: row[0]):
        yield UniqueIndex(str(name), tuple(_part(*row[1:]) for row in group))


def _part(column: str | None, prefix: int | None, expression: str | None) -> Part:
    if column is None:
        return Part(f"({_unescaped(str(expression))})")
    quoted = mysql_name(column)
    if prefix:
        return Part(f"LEFT({quoted}, {prefix})", column)
    return Part(quoted, column, whole=True)


def _partitioned(rows: Sequence[tuple[Any, ...]]) -> Iterator[Check]:
    """What lets a row into one of the partitions, as a CHECK clause: no partition, no row.

    MySQL manual, "RANGE Partitioning" (NULL is below every value) and "LIST Partitioning".
    """
    if not rows:
        return
    method, values = str(rows[0][1]), str(rows[0][2])
    told = [str(row[3]) for row in rows]
    if method.startswith("RANGE") and "MAXVALUE" not in told[-1]:
        yield Check("partitions", f"({values}) < ({told[-1]})")
    elif method.startswith("LIST") and "DEFAULT" not in told:
        listed = ",".join(told)
        given = ",".join(value for value in listed.split(",") if value != "NULL") or "NULL"
        null = int(given != listed)
        yield Check("partitions", f"COALESCE(({values}) IN ({given}), {null})")


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
            )
        )
    return tuple(found)
