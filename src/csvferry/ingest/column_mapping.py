"""What a file is aimed at: its columns in the table, the key, the unique columns; all refusals
that names and types alone can give are given here, before a row is looked at."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from csvferry import validation as validate
from csvferry.config.feed import Feed
from csvferry.config.read_options import settled
from csvferry.databases.base import MARKS, STAGE_PREFIX, Database
from csvferry.errors import FileError, TargetError, UsageError
from csvferry.ingest.parser import Parsed
from csvferry.ingest.row_validation import Field
from csvferry.ingest.type_inference import infer
from csvferry.ledger.fix_command import options_of
from csvferry.model.column_type import UTC, Zones, zone_of
from csvferry.model.mapping import Target
from csvferry.model.names import fold
from csvferry.model.reserved import REJECTS, RUNS, VERSION
from csvferry.model.schema import Column, Kind, Server, Table, Type, parse_type
from csvferry.text.header import MAX_NAME
from csvferry.text.sniffer import Dialect, looks_like

if TYPE_CHECKING:
    import duckdb


# What a table can have, less staging's own (MySQL manual, "Limits on Table Column Count and Row
# Size"; SQLite, "Limits In SQLite").
_MOST_COLUMNS = {
    Server.MYSQL: 1017 - len(MARKS),
    Server.MARIADB: 1017 - len(MARKS),
    Server.SQLITE: 2000 - len(MARKS),
}
_LACKING = {
    Server.MYSQL: (Kind.UUID,),
    Server.MARIADB: (),
    Server.SQLITE: (Kind.ENUM, Kind.SET, Kind.UUID),
}


@dataclass(frozen=True)
class Aim:
    """The target, the fields of the file for it, and whether its table is still to be made."""

    target: Target
    fields: tuple[Field, ...]
    new: bool
    warnings: tuple[str, ...] = ()


def existing(run: str, name: str, database: Database, *, dry: bool) -> Table | None:
    """The table, unless it is one that a dead run made and did not fill: that is discarded.

    `dry`: it stays, and an empty one counts as not there.
    """
    maker = database.maker(name)
    if maker and maker != run:
        from csvferry.ledger import entries as ledger

        if not ledger.counts(database, maker):
            if not dry:
                database.discard(name, maker)
            elif not database.query(f"SELECT 1 FROM {database.quote(name)} LIMIT 1"):
                return None
    return database.describe(name)


def aim_at(
    feed: Feed,
    name: str,
    found: Dialect | Parsed,
    table: Table | None,
    database: Database,
    con: "duckdb.DuckDBPyConnection",
) -> Aim:
    """Match the file's columns with the table's. Raises TargetError, FileError or UsageError."""
    server = database.server
    _check_table_name(name)
    names = _names(found, table)
    if taken := [column for column in names if fold(column) in MARKS]:
        raise FileError(f"the column name {taken[0]} is csvferry's own", "name it otherwise")
    if len(names) > (most := _MOST_COLUMNS[server]):
        raise TargetError(
            f"the file has {len(names)} columns; {server} holds at most {most} of a file",
            "leave some out, or part the file",
        )
    types = {column: _type(column, declared, server) for column, declared in feed.types.items()}
    key = _key(feed, names, table)
    for unique in feed.unique:
        _require(unique, names, "--unique")
    if table is None:
        columns = infer(con, names, key, feed.unique, server, types)
        columns = _in_zones(columns, feed, database)
        table = Table(name, columns, primary_key=key, uniques=feed.unique)
        notes = tuple(
            f"column {place} of the file has no name: it is column{place} in the table"
            for place in _places(found)
        )
        return Aim(_target(feed, table, columns, key), _fields(columns, key), True, notes)
    columns = _in_zones(_matched(names, table, server, _places(found)), feed, database)
    warnings = ("--type counts only for a table that csvferry makes",) if types else ()
    target = _target(feed, table, columns, key)
    return Aim(target, _fields(columns, key), new=False, warnings=warnings)


def _in_zones(columns: tuple[Column, ...], feed: Feed, database: Database) -> tuple[Column, ...]:
    """The columns, those of moments with the zones that their texts are in.

    The server is asked for its own only where it counts. Raises TargetError.
    """
    kinds = {column.type.kind for column in columns}
    named = zone_of(feed.timezone) if feed.timezone else None
    if Kind.TIMESTAMP in kinds or (Kind.DATETIME in kinds and named is None):
        session = database.zone()
    else:
        session = named or UTC
    zones = Zones(named or session, session)
    return tuple(
        replace(column, type=replace(column.type, zones=zones))
        if column.type.kind in (Kind.DATETIME, Kind.TIMESTAMP)
        else column
        for column in columns
    )


def check_key(database: Database, target: Target) -> None:
    """Raises TargetError where several rows of the table have one key, so that it is none."""
    key = {fold(name) for name in target.key}
    table = target.table
    covered = [table.primary_key, *table.uniques]
    if any(names and {fold(n) for n in names} <= key for names in covered):
        return
    keys = database.list(target.key)
    if database.query(
        f"SELECT 1 FROM {database.quote(table.name)} GROUP BY {keys} HAVING COUNT(*) > 1 LIMIT 1"
    ):
        raise TargetError(
            f"several rows of {table.name} share one {', '.join(target.key)}",
            "name the columns that identify a row with --key",
        )


def told(parsed: Parsed) -> dict[str, Any]:
    """What was detected of the file, for the report."""
    return {
        "encoding": parsed.encoding,
        "delimiter": parsed.delimiter,
        "quote": parsed.quote,
        "escape": str(parsed.dialect.syntax.escape),
        "newline": parsed.newline,
        "header": parsed.names is not None,
        "columns": parsed.width,
        "dialect": looks_like(parsed.dialect, parsed.newline),
    }


def header_of(parsed: Parsed, feed: Feed) -> str:
    """What the ledger keeps so that rejected rows can be exported as they are to be read."""
    return json.dumps(
        {
            "line": "" if parsed.names is None else parsed.header_raw.decode("utf-8", "replace"),
            "encoding": parsed.encoding,
            "delimiter": parsed.delimiter,
            "quote": parsed.quote,
            "options": options_of(_spelled_out(feed)),
        }
    )


def _spelled_out(feed: Feed) -> Feed:
    """The feed with what its preset says of fields, for a file of rejected rows."""
    if feed.dialect is None:
        return feed
    reading = settled(feed.reading())
    return feed.model_copy(update={"escape": reading.escape, "null": reading.null})


def _check_table_name(name: str) -> None:
    if not 0 < len(name) <= MAX_NAME:
        raise UsageError(
            f"a table's name has 1 to {MAX_NAME} characters, the file's stem has {len(name)}",
            "name the table with --table",
        )
    folded = name.casefold()
    if folded in (RUNS, REJECTS, VERSION) or folded.startswith(STAGE_PREFIX):
        raise UsageError(f"the table {name} is csvferry's own", "name another with --table")


def _names(parsed: Dialect | Parsed, table: Table | None) -> tuple[str, ...]:
    dialect = parsed if isinstance(parsed, Dialect) else parsed.dialect
    if dialect.names is not None:
        return dialect.names if table else dialect.named
    if table is None:
        return tuple(f"column{number}" for number in range(1, parsed.width + 1))
    names = tuple(column.name for column in table.columns if not column.generated)
    if len(names) != parsed.width:
        raise FileError(
            f"the file has {parsed.width} columns and no header; {table.name} has {len(names)}",
            "without a header the columns are the table's, in its order",
        )
    return names


def _type(column: str, declared: str, server: Server) -> Type:
    found = parse_type(declared)
    if found.kind is Kind.UNSERVED:
        raise UsageError(f"--type {column}: {declared} is no type that csvferry serves")
    if found.kind in _LACKING[server]:
        raise UsageError(f"--type {column}: {server} has no {found.kind}", "leave it to be text")
    return found


def _key(feed: Feed, names: Sequence[str], table: Table | None) -> tuple[str, ...]:
    if feed.key:
        _require(feed.key, names, "--key")
        return _spelled(feed.key, names, table)
    key = table.primary_key if table else ()
    if not key:
        key = ("id",)
    folded = {fold(name) for name in names}
    if missing := [name for name in key if fold(name) not in folded]:
        raise TargetError(
            f"the file has no column {', '.join(missing)}, which would identify a row",
            "name the columns that do with --key",
        )
    return _spelled(key, names, table)


def _spelled(key: Sequence[str], names: Sequence[str], table: Table | None) -> tuple[str, ...]:
    """The key's names as the table spells them, or else the file."""
    spelled = {fold(name): name for name in names}
    columns = [table.column(name) if table else None for name in key]
    return tuple(
        column.name if column else spelled[fold(name)]
        for name, column in zip(key, columns, strict=True)
    )


def _require(wanted: Sequence[str], names: Sequence[str], option: str) -> None:
    folded = {fold(name) for name in names}
    if missing := [name for name in wanted if fold(name) not in folded]:
        raise UsageError(f"{option}: the file has no column {', '.join(missing)}")


def _places(found: Dialect | Parsed) -> tuple[str, ...]:
    """What columns without a name are called: their place."""
    dialect = found if isinstance(found, Dialect) else found.dialect
    return tuple((dialect.names or ())[place - 1] for place in dialect.unnamed)


def _matched(
    names: Sequence[str], table: Table, server: Server, places: Sequence[str]
) -> tuple[Column, ...]:
    if missing := [name for name in names if table.column(name) is None]:
        if unnamed := [name for name in missing if name in places]:
            place = unnamed[0]
            raise TargetError(
                f"column {place} of the file has no name, and {table.name} no column {place}",
                f"say --ignore {place}, or --rename {place}=NAME",
            )
        raise TargetError(
            f"the table {table.name} has no column {', '.join(missing)}",
            "add it to the table, or leave it out of the file",
        )
    columns = tuple(column for name in names if (column := table.column(name)))
    for column in columns:
        if reason := validate.unserved(column, server):
            raise TargetError(
                f"the column {column.name} can't be served: {reason}", "leave it out of the file"
            )
    return columns


def _fields(columns: Sequence[Column], key: Sequence[str]) -> tuple[Field, ...]:
    """A key must have a value, and an auto-increment column would make up one for NULL."""
    keys = {fold(name) for name in key}
    return tuple(
        Field(
            replace(c, nullable=False) if fold(c.name) in keys or c.auto_increment else c,
            f"c{number}",
        )
        for number, c in enumerate(columns)
    )


def _target(feed: Feed, table: Table, columns: tuple[Column, ...], key: tuple[str, ...]) -> Target:
    present = {fold(column.name) for column in columns}
    wanted = [_spelled(names, [], table) for names in feed.unique]
    sets: dict[frozenset[str], tuple[str, ...]] = {}
    for names in (table.primary_key, *table.uniques, *wanted):
        folded = frozenset(fold(name) for name in names)
        if names and folded <= present and folded != {fold(name) for name in key}:
            sets.setdefault(folded, tuple(names))
    indexes = tuple(
        index
        for index in table.indexes
        if not index.columns or not {fold(name) for name in index.columns} <= present
    )
    return Target(table, columns, key, tuple(sets.values()), feed.mode, indexes)
