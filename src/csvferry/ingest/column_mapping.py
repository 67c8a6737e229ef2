"""What a file is aimed at: its columns in the table, the key, the unique columns; all refusals
that names and types alone can give are given here, before a row is looked at."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from csvferry import validation as validate
from csvferry.config.feed import Feed
from csvferry.databases.base import Database
from csvferry.errors import FileError, TargetError, UsageError
from csvferry.ingest.parser import Parsed, Survey, read_all
from csvferry.ingest.row_validation import Field
from csvferry.ingest.type_inference import BOOLEAN, EXACT, WHOLE, all_are, forced, infer
from csvferry.ledger import entries as ledger
from csvferry.model.column_type import UTC, Zones, zone_of
from csvferry.model.mapping import Target
from csvferry.model.names import MARKS, fold, visible
from csvferry.model.schema import Column, Kind, Table, Type, parse_type
from csvferry.model.server import Server
from csvferry.text.columns.conversions import KEYS, Conversion, hmac_pads, numeric, worded
from csvferry.text.columns.matching import Columns, FileNulls, Header, declared_columns

if TYPE_CHECKING:
    import duckdb


_SHOWN = 20  # names of columns
# What a table can have, less staging's own (MySQL manual, "Limits on Table Column Count and Row
# Size"; SQLite, "Limits In SQLite").


@dataclass(frozen=True)
class ColumnMapping:
    """The target, the fields of the file for it, and whether its table is still to be made.

    `added`: columns that the table gets; `planned`: those that a dry run leaves out, and SQL of
    their values; `verbatim`: the file's fields are the target's columns in
    their order, as they are written. `hashed`: the file has values that must not be kept.
    """

    target: Target
    fields: tuple[Field, ...]
    new: bool
    warnings: tuple[str, ...] = ()
    added: tuple[Column, ...] = ()
    planned: tuple[tuple[Column, str], ...] = ()
    verbatim: bool = True
    hashed: bool = False


def existing(run: str, name: str, database: Database, *, dry: bool) -> Table | None:
    """The table, unless it is one that a dead run made and did not fill: that is discarded.

    `dry`: it stays, and an empty one counts as not there.
    """
    maker = database.catalog.maker(name)
    if maker and maker != run and not ledger.counts(database, maker):
        if not dry:
            database.catalog.discard(name, maker)
        elif not database.query(f"SELECT 1 FROM {database.sql.quote(name)} LIMIT 1"):
            return None
    return database.catalog.describe(name)


def declared(survey: Survey, feed: Feed, table: Table | None) -> tuple[Survey, Columns]:
    """The survey, to be read as the user declares the columns, and these.

    Raises UsageError or FileError where no such columns are there.
    """
    dialect = survey.dialect
    header = Header(dialect.names, dialect.width, tuple(dialect.unnamed))
    nulls = FileNulls(survey.null, survey.reading.null_quoted)
    types = {fold(name): parse_type(said) for name, said in feed.types.items()}
    columns = declared_columns(feed, header, table, nulls, types)
    _require(feed.key, columns.names, "--key")
    for unique in feed.unique:
        _require(unique, columns.names, "--unique")
    if table is None:
        _require(tuple(feed.types), columns.names, "--type")
    return _reading(survey, columns), columns


def read_typed(survey: Survey, feed: Feed, columns: Columns) -> tuple[Parsed, Columns]:
    """All rows of a file whose table is still to be made, and how they were read in the end.

    Columns of which each value is a number, or true or false, as the feed says that they are
    written, are read so; those of a declared type as it asks for.
    """
    parsed = read_all(survey)
    typed = {fold(name) for name in feed.types}
    open_columns = [
        (column, place)
        for column in columns.taken
        if (place := column.place) is not None
        and columns.conversion(column) is None
        and fold(column.name) not in typed
    ]
    found: list[Conversion] = []
    forms: list[tuple[Callable[[int], Conversion], tuple[int, ...]]] = []
    if feed.decimal or feed.thousands:
        forms.append((lambda at: numeric(feed.decimal, feed.thousands, at), (WHOLE, EXACT)))
    if feed.true or feed.false:
        forms.append((lambda at: worded(feed.true, feed.false, at), (BOOLEAN,)))
    for form, kinds in forms:
        tried = [form(place) for _, place in open_columns]
        fits = all_are(survey.con, [one.sql for one in tried], kinds) if tried else []
        found += [one for one, fit in zip(tried, fits, strict=True) if fit]
    if not found:
        return parsed, columns
    columns = replace(columns, conversions=(*columns.conversions, *found))
    return read_all(_reading(survey, columns)), columns


def _reading(survey: Survey, columns: Columns) -> Survey:
    """The survey of rows with converted values; their keys go into a scratch table."""
    secrets = [(found.place, found.secret) for found in columns.conversions if found.secret]
    if secrets:
        survey.con.execute(
            f"CREATE OR REPLACE TABLE {KEYS} (n INTEGER, inner_pad BLOB, outer_pad BLOB)"
        )
        for place, secret in secrets:
            survey.con.execute(f"INSERT INTO {KEYS} VALUES (?, ?, ?)", [place, *hmac_pads(secret)])
    values = tuple((found.place, found.sql) for found in columns.conversions)
    return replace(survey, nulls=columns.nulls, values=values)


def map_columns(
    feed: Feed,
    name: str,
    declared: Columns,
    table: Table | None,
    database: Database,
    con: "duckdb.DuckDBPyConnection",
    *,
    dry: bool = False,
) -> ColumnMapping:
    """Match the file's columns with the table's. Raises TargetError, FileError or UsageError.

    `dry`: the table gets no columns; what the file has for them is left out.
    """
    server = database.server
    names = declared.names
    check_names(names, server)
    types = {column: _type(column, said, server) for column, said in feed.types.items()}
    key = _key(feed, names, table)
    warnings: tuple[str, ...] = ()
    added: tuple[Column, ...] = ()
    planned: tuple[tuple[Column, str], ...] = ()
    new = table is None
    if table is None:
        all_types = {**formed(declared), **types}
        columns = infer(con, names, key, feed.unique, server, all_types, declared.fields)
        warnings = forced(con, columns, declared.fields)
        warnings += tuple(
            f"column {column.said} of the file has no name: it is {column.name} in the table"
            for column in declared.taken
            if column.unnamed
        )
        marks = feed.new_marks(server)
        check_names([*names, *(mark.name for mark in marks)], server)
        table = Table(name, (*columns, *marks), primary_key=key, uniques=feed.unique)
    else:
        added = _added(con, declared, server, types)
        if added:
            warnings = (f"{'would add' if dry else 'added'} the columns {_told_columns(added)}",)
        if added and dry:
            planned = tuple(zip(added, _fields_of_added(declared), strict=True))
            declared, added = declared.without_added(), ()
            names = declared.names
        table = replace(table, columns=(*table.columns, *added))
        unnamed = [column.name for column in declared.taken if column.unnamed]
        columns = _matched(names, table, server, unnamed)
        if types and not declared.added:
            warnings += ("--type counts only for a table that csvferry makes",)
    if declared.left_out:
        describe_dialect = ", ".join(declared.left_out)
        warnings += (f"left out, as {table.name} has no such column: {describe_dialect}",)
    columns = as_written(_in_zones(columns, feed, database), declared)
    fields = fields_of(columns, declared, key)
    verbatim = not declared.conversions and not declared.nulls
    verbatim = verbatim and [f.name for f in fields] == [f"c{n}" for n in range(len(fields))]
    target = _target(feed, table, columns, key)
    return ColumnMapping(target, fields, new, warnings, added, planned, verbatim, declared.hashed)


def check_names(names: Sequence[str], server: Server) -> None:
    """Raises FileError or TargetError where no table of the server takes such columns."""
    if taken := [column for column in names if fold(column) in MARKS]:
        raise FileError(f"the column name {taken[0]} is csvferry's own", "name it otherwise")
    if len(names) > (most := server.traits.most_columns - len(MARKS)):
        raise TargetError(
            f"the file has {len(names)} columns; {server} holds at most {most} of a file",
            "leave some out, or part the file",
        )


def _told_columns(columns: Sequence[Column]) -> str:
    return ", ".join(f"{column.name} {column.type.name}" for column in columns)


def formed(declared: Columns) -> dict[str, Type]:
    """Types of columns of a new table whose declared form tells them."""
    found = {column.name: declared.conversion(column) for column in declared.taken}
    return {name: parse_type(form.type) for name, form in found.items() if form and form.type}


def _added(
    con: "duckdb.DuckDBPyConnection", declared: Columns, server: Server, types: Mapping[str, Type]
) -> tuple[Column, ...]:
    """The columns that the table gets, which may be NULL."""
    fields = _fields_of_added(declared)
    if not fields:
        return ()
    names = [column.name for column in declared.taken if column.name in declared.added]
    known = {**formed(declared), **types}
    own = {name: kind for name, kind in known.items() if name in names}
    return infer(con, names, (), (), server, own, fields)


def _fields_of_added(declared: Columns) -> list[str]:
    both = zip(declared.taken, declared.fields, strict=True)
    return [field for column, field in both if column.name in declared.added]


def as_written(columns: tuple[Column, ...], declared: Columns) -> tuple[Column, ...]:
    """The columns; those whose bytes the file writes as digits say so. Raises UsageError."""
    found = []
    for column, taken in zip(columns, declared.taken, strict=True):
        form = declared.conversion(taken)
        if form and form.hexed and column.type.kind is not Kind.BINARY:
            raise UsageError(
                f"{taken.said}: bytes go into a binary column, and {column.name} is"
                f" {column.type.name}"
            )
        hexed = bool(form and form.hexed)
        found.append(replace(column, type=replace(column.type, hexed=hexed)) if hexed else column)
    return tuple(found)


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
    keys = database.sql.names(target.key)
    if database.query(
        f"SELECT 1 FROM {database.sql.quote(table.name)} GROUP BY {keys}"
        " HAVING COUNT(*) > 1 LIMIT 1"
    ):
        raise TargetError(
            f"several rows of {table.name} share one {', '.join(target.key)}",
            "name the columns that identify a row with --key",
        )


def _type(column: str, declared: str, server: Server) -> Type:
    found = parse_type(declared)
    if found.kind in server.traits.lacks:
        raise UsageError(f"--type {column}: {server} has no {found.kind}", "leave it to be text")
    return found


def _key(feed: Feed, names: Sequence[str], table: Table | None) -> tuple[str, ...]:
    if feed.key:
        return _spelled(feed.key, names, table)
    key = table.primary_key if table else ()
    if not key:
        key = ("id",)
    folded = {fold(name) for name in names}
    if missing := [name for name in key if fold(name) not in folded]:
        raise TargetError(
            f"the file has no column {', '.join(missing)}, which would identify a row; it has"
            f" {', '.join(map(visible, names[:_SHOWN]))}{' …' if len(names) > _SHOWN else ''}",
            "name the columns that do with --key, give one another name with --rename, or pass over"
            " lines above the header with --skip-lines or --comment",
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


def _matched(
    names: Sequence[str], table: Table, server: Server, places: Sequence[str]
) -> tuple[Column, ...]:
    if missing := [name for name in names if table.column(name) is None]:
        if unnamed := [name for name in missing if name in places]:
            place = unnamed[0]
            raise TargetError(
                f"column {place} of the file has no name, and the table {table.name} has no column"
                f" {place}",
                f"say --ignore {place}, or --rename {place}=NAME",
            )
        raise TargetError(
            f"the table {table.name} has no column {', '.join(map(visible, missing))}",
            _spaced(missing, table)
            or "add it to the table, or say --ignore, --rename or --extra-columns",
        )
    columns = tuple(column for name in names if (column := table.column(name)))
    for column in columns:
        if reason := validate.unserved(column, server):
            raise TargetError(
                f"the column {column.name} can't be loaded: {reason}",
                f"leave the file's out with --ignore {column.name}",
            )
    return columns


def _spaced(missing: Sequence[str], table: Table) -> str | None:
    """What to do about a name that only spaces part from the table's."""
    found = next((n for n in missing if n != n.strip() and table.column(n.strip())), None)
    if found is None:
        return None
    return f'it has {found.strip()}: say --rename "{found}={found.strip()}"'


def fields_of(
    columns: Sequence[Column], declared: Columns, key: Sequence[str]
) -> tuple[Field, ...]:
    """A key must have a value, and an auto-increment column would make up one for NULL."""
    keys = {fold(name) for name in key}
    forms = [declared.conversion(column) for column in declared.taken]
    return tuple(
        Field(
            replace(c, nullable=False) if fold(c.name) in keys or c.auto_increment else c,
            field,
            form.message if form else "",
        )
        for c, field, form in zip(columns, declared.fields, forms, strict=True)
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
    marks = feed.marks_in(table, [column.name for column in columns])
    uniques = tuple(sets.values())
    return Target(table, columns, key, uniques, feed.mode, indexes, marks=marks)
