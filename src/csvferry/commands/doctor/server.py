"""Is the server set as a run needs it?"""

from collections.abc import Iterator
from datetime import UTC, datetime

from csvferry.commands.doctor.finding import Finding
from csvferry.databases.answers.rows import Count, Flag, Sql, Word, rows_of, value_of
from csvferry.databases.base import Database
from csvferry.databases.mysql.session.flavor import Flavor, recognize
from csvferry.errors import DatabaseError
from csvferry.model.names import STAGE_PREFIX

_LOAD_PACKET = (1 << 18) + 4  # what LOAD DATA's stream is cut into
_INSERT_PACKET = 1 << 21  # an INSERT of about a megabyte, its last row included
_READ_ONLY = ("innodb_read_only", "super_read_only", "read_only")
_REFUSED = {1290, 1836}  # by --read-only; by InnoDB
_CLOCK = 300.0  # seconds; an IAM token signed by a clock further off is refused


def server(database: Database, *, load: bool = True) -> Iterator[Finding]:
    """Settings of a MySQL server. `load`: the target's own say on LOAD DATA LOCAL."""
    yield known(_flavor(database))
    yield writable(database)
    may_load = load and bool(value_of(Flag, database.query("SELECT @@local_infile")))
    yield local_infile(may_load, asked=load)
    yield sql_mode(value_of(Sql, database.query("SELECT @@SESSION.sql_mode")))
    yield packet(value_of(Count, database.query("SELECT @@max_allowed_packet")), may_load)
    yield clock(value_of(datetime, database.query("SELECT UTC_TIMESTAMP(6)")), datetime.now(UTC))


def known(flavor: Flavor) -> Finding:
    """The server's row of docs/servers.md: what was run on it, or only read of it."""
    if flavor.row is None:
        detail = f"{flavor}: csvferry is not tested on it"
        return Finding("server", False, detail, "--allow-untested-server tries it all the same")
    how = "tested" if flavor.row.run else "known from its documents"
    detail = f"{flavor}: the row {flavor.row.name} of docs/servers.md, {how}"
    return Finding("server", True, detail)


def _flavor(database: Database) -> Flavor:
    told = database.query("SELECT VERSION(), @@version_comment")
    ((version, comment),) = rows_of(tuple[Word, Word], told)
    shown = database.query(
        "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('aurora_version', 'wsrep_on')"
    )
    found = dict(rows_of(tuple[Word, Word], shown))
    galera = found.get("wsrep_on", "OFF").upper() == "ON"
    return recognize(version, comment, aurora="aurora_version" in found, galera=galera)


def writable(database: Database) -> Finding:
    """The server takes writes of this user: it is no replica, and no reader of a cluster.

    Who may write all the same (SUPER, CONNECTION_ADMIN, READ_ONLY ADMIN) is found by a statement
    that can't be carried out: a server that takes no writes says so first.
    """
    asked = ", ".join(map(database.sql.literal, _READ_ONLY))
    shown = database.query(f"SHOW GLOBAL VARIABLES WHERE Variable_name IN ({asked})")
    found = dict(rows_of(tuple[Word, Word], shown))
    on = [name for name in _READ_ONLY if found.get(name, "OFF").upper() not in ("OFF", "0")]
    if not on:
        return Finding("read_only", True, "off")
    if on[0] != "innodb_read_only" and not _refuses_writes(database):
        return Finding("read_only", None, f"{on[0]} is on, and this user may write all the same")
    detail = f"{on[0]} is on: the server takes no writes of this user"
    mend = (
        "connect to the primary; with Aurora or RDS to the writer's endpoint, which has no -ro in"
        f" its name. If it is the primary: SET GLOBAL {on[0]} = 0"
    )
    return Finding("read_only", False, detail, mend)


def _refuses_writes(database: Database) -> bool:
    table = database.sql.quote(f"{STAGE_PREFIX}doctor")
    try:
        database.execute(f"CREATE TABLE {table} (x INT, x INT)")
    except DatabaseError as error:
        return error.code in _REFUSED
    return False


def local_infile(may_load: bool, *, asked: bool) -> Finding:
    """Without LOAD DATA LOCAL rows go in by INSERT, several times slower."""
    if may_load:
        return Finding("local_infile", True, "on")
    if not asked:
        return Finding("local_infile", None, "not used, as local-infile=0 says")
    detail = "off: rows go by INSERT, several times slower"
    return Finding("local_infile", None, detail, "SET GLOBAL local_infile = 1 (a parameter on RDS)")


def sql_mode(mode: str) -> Finding:
    """The session is strict, whatever the server's default is."""
    if "STRICT_ALL_TABLES" in mode.upper().split(","):
        return Finding("sql_mode", True, "strict")
    detail = "the session is not strict, though csvferry asked for it"
    return Finding("sql_mode", False, detail, "does a proxy or init_connect set sql_mode?")


def packet(size: int, may_load: bool) -> Finding:
    """What is sent fits into the server's largest packet."""
    least = _LOAD_PACKET if may_load else _INSERT_PACKET
    if size >= least:
        return Finding("max_allowed_packet", True, f"{size:,} bytes")
    detail = f"{size:,} bytes, and {least:,} are needed"
    mend = "SET GLOBAL max_allowed_packet = 67108864 (a parameter on RDS)"
    return Finding("max_allowed_packet", False, detail, mend)


def clock(server_time: datetime, now: datetime) -> Finding:
    """Server and client agree on the time."""
    apart = abs((server_time.replace(tzinfo=UTC) - now).total_seconds())
    if apart <= _CLOCK:
        return Finding("clock", True, f"{apart:.0f} s apart")
    detail = f"server and client are {apart:,.0f} s apart"
    return Finding("clock", False, detail, "set both by NTP")
