"""The least grants of a run's database user, as SQL. What each is for stands in docs/grants.md."""

from collections.abc import Sequence
from dataclasses import dataclass

from csvferry.errors import UsageError
from csvferry.model.names import LOCKS, REJECTS, RUNS, VERSION
from csvferry.model.quoting import mysql_name, mysql_text

_LONGEST_USER = 32
_LONGEST_NAME = 64
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_ROWS = ("SELECT", "INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True)
class Grant:
    """Privileges on one table; on every table of the database where `table` is None."""

    privileges: tuple[str, ...]
    table: str | None = None


def needs(
    tables: Sequence[str],
    *,
    make: bool = True,
    reads: Sequence[str] = (),
    locks: bool = False,
    marks: bool = False,
) -> list[Grant]:
    """What a run may do. `make`: tables that are not there; `reads`: parents of foreign keys;
    `locks`: a table's lock is a row; `marks`: rows are marked and none is deleted.

    DROP goes with CREATE: a run that was killed leaves the table that it made empty, and the next
    one makes it anew.
    """
    rows = _ROWS[:-1] if marks and tables else _ROWS
    target = (*rows, "CREATE", "DROP") if make else rows
    if not tables:
        ledger = () if make else ("CREATE",)
        return [Grant((*target, *ledger, "CREATE TEMPORARY TABLES"))]
    return [
        Grant(("CREATE TEMPORARY TABLES",)),
        *(Grant(target, table) for table in dict.fromkeys(tables)),
        *(Grant(("SELECT",), table) for table in dict.fromkeys(reads) if table not in tables),
        Grant(("SELECT", "INSERT", "CREATE"), RUNS),
        Grant(("SELECT", "INSERT", "CREATE"), REJECTS),
        Grant(("SELECT", "INSERT", "DELETE", "CREATE"), VERSION),
        *([Grant((*_ROWS, "CREATE"), LOCKS)] if locks else []),
    ]


def statements(
    user: str,
    database: str,
    tables: Sequence[str],
    *,
    iam: bool,
    host: str = "%",
    make: bool = True,
    reads: Sequence[str] = (),
    marks: bool = False,
    locks: bool = False,
) -> list[str]:
    """Statements, each with its semicolon, that make the user and give it its grants.

    No password is in them: without `iam` the account is made locked, and `next_step` opens it.
    Doing them again changes nothing. Raises UsageError for names that no server takes.
    """
    _check(user, database, [*tables, *reads])
    if marks and not tables:
        raise UsageError("--marks needs --table: the ledger's own tables lose rows")
    named = account(user, host)
    granted = needs(tables, make=make, reads=reads, locks=locks, marks=marks)
    return [
        f"CREATE USER IF NOT EXISTS {named}{_identified(iam, host)};",
        *(f"{render(grant, database)} TO {named};" for grant in granted),
    ]


def next_step(user: str, host: str = "%") -> str:
    """What opens an account that was made without IAM, the password being the operator's to say."""
    return f"ALTER USER {account(user, host)} IDENTIFIED BY '<password>' ACCOUNT UNLOCK;"


def render(grant: Grant, database: str) -> str:
    """The statement up to its TO."""
    privileges = ", ".join(grant.privileges)
    if grant.table is None:
        # Of a whole database, _ and % are wildcards (MySQL manual, "GRANT Statement").
        literal = database.replace("\\", "\\\\").replace("_", "\\_").replace("%", "\\%")
        return f"GRANT {privileges} ON {mysql_name(literal)}.*"
    return f"GRANT {privileges} ON {mysql_name(database)}.{mysql_name(grant.table)}"


def _identified(iam: bool, host: str) -> str:
    """How the account signs in (Amazon Aurora user guide, "Creating a database account")."""
    if iam:
        return " IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL"
    return f"{'' if host in _LOOPBACK else ' REQUIRE SSL'} ACCOUNT LOCK"


def account(user: str, host: str) -> str:
    """An account's name in SQL."""
    return f"{mysql_text(user)}@{mysql_text(host)}"


def _check(user: str, database: str, tables: Sequence[str]) -> None:
    if not 0 < len(user) <= _LONGEST_USER:
        raise UsageError(f"a user's name has 1 to {_LONGEST_USER} characters")
    for name in (database, *tables):
        if not 0 < len(name) <= _LONGEST_NAME:
            raise UsageError(f"a name of a database or table has 1 to {_LONGEST_NAME} characters")
    if any(character < " " for name in (user, database, *tables) for character in name):
        raise UsageError("a name holds a control character")
