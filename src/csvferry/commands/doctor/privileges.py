"""Has the user each right that a run needs? Found by trying, with statements that change nothing.

Each probe can't be carried out even if it is allowed: it is explained only, or names a column that
is not there, or the same one twice. A server looks at rights first, so its answer tells them, also
where they come by a role or a wildcard.
"""

import re
from collections.abc import Iterator

from csvferry.commands.doctor.finding import Finding
from csvferry.commands.grants import account, needs, render
from csvferry.databases.answers.rows import Name, Sql, Word, rows_of, values_of
from csvferry.databases.base import Database
from csvferry.errors import DatabaseError, TargetError
from csvferry.ledger import entries as ledger
from csvferry.model import names
from csvferry.model.names import STAGE_PREFIX

_DENIED = {1044, 1142, 1143, 1227}
_TEMPORARY = "CREATE TEMPORARY TABLES"
_NONE = "csvferry_no_such_column"
_LEDGER = {names.RUNS, names.REJECTS, names.VERSION}
_PROBES = {
    "SELECT": "EXPLAIN SELECT 1 FROM {table}",
    "INSERT": f"EXPLAIN INSERT INTO {{table}} ({_NONE}) VALUES (1)",
    "UPDATE": f"EXPLAIN UPDATE {{table}} SET {_NONE} = 1",
    "DELETE": f"EXPLAIN DELETE FROM {{table}} WHERE {_NONE} = 1",
    "CREATE": f"CREATE TABLE {{table}} ({_NONE} INT, {_NONE} INT)",
}


def grants(database: Database, table: str, *, marks: bool = False) -> Iterator[Finding]:
    """A finding for each privilege on each table, with the statement that grants it.

    `marks`: the feed marks rows and deletes none.
    """
    asked = database.query("SELECT DATABASE(), CURRENT_USER()")
    ((schema, signed_in),) = rows_of(tuple[Name, Word], asked)
    user, _, host = signed_in.rpartition("@")
    made = ledger.exists(database)
    for grant in needs(
        [table],
        make=not database.catalog.has(table),
        reads=_parents(database, table),
        locks=database.sql.locks_are_rows,
        marks=marks,
    ):
        for privilege in grant.privileges:
            if made and grant.table in _LEDGER and privilege not in ("SELECT", "INSERT"):
                continue  # of use only until the ledger is there
            name = f"grant {privilege} on {grant.table or schema}"
            ok = _allowed(database, schema, privilege, grant.table)
            yield _finding(name, ok, f"{render(grant, schema)} TO {account(user, host)};")


def _finding(name: str, ok: bool, mend: str) -> Finding:
    """The statement grants all that the table needs: a single right on no table is refused."""
    return Finding(name, True, "granted") if ok else Finding(name, False, "not granted", mend)


def _allowed(database: Database, schema: str, privilege: str, table: str | None) -> bool:
    if privilege == _TEMPORARY:
        return _try_temporary(database)
    if privilege == "DROP":
        return _may_drop(database, schema, str(table))
    return _try(database, _PROBES[privilege].format(table=database.sql.quote(str(table))))


def _try(database: Database, statement: str) -> bool:
    try:
        database.query(statement)
    except DatabaseError as error:
        if error.passing:
            raise
        return error.code not in _DENIED
    return True


def _try_temporary(database: Database) -> bool:
    name = database.sql.quote(f"{STAGE_PREFIX}doctor")
    if database.sql.stages_all:  # there are none: staging tables are tables
        return _try(database, _PROBES["CREATE"].format(table=name))
    allowed = _try(database, f"CREATE TEMPORARY TABLE {name} (x INT)")
    if allowed:
        database.execute(f"DROP TEMPORARY TABLE IF EXISTS {name}")
    return allowed


def _may_drop(database: Database, schema: str, table: str) -> bool:
    """DROP can't be tried without harm; SHOW GRANTS has it, what comes by active roles too."""
    lines = values_of(Sql, database.query("SHOW GRANTS"))
    return any(_gives_drop(line, schema, table) for line in lines)


def _gives_drop(line: str, schema: str, table: str) -> bool:
    found = re.match(r"GRANT (.+?) ON (\S+)\.(\S+) TO ", line)
    if not found or not re.search(r"\b(ALL PRIVILEGES|DROP)\b", found[1]):
        return False
    where, what = (part.strip("`").replace("``", "`") for part in (found[2], found[3]))
    if what not in ("*", table):
        return False
    return where == "*" or _means(where, schema)


def _means(pattern: str, schema: str) -> bool:
    """Whether a database's name in a grant, with its wildcards, means this one."""
    words = re.findall(r"\\.|[%_]|[^\\%_]+", pattern)
    wild = {"%": ".*", "_": "."}
    text = "".join(wild.get(w, re.escape(w[1:] if w[0] == "\\" else w)) for w in words)
    return re.fullmatch(text, schema, re.IGNORECASE) is not None


def _parents(database: Database, table: str) -> list[str]:
    """Tables of this database that the target's foreign keys refer to."""
    try:
        found = database.catalog.describe(table)
    except TargetError:
        return []
    return [key.parent for key in found.foreign_keys] if found else []
