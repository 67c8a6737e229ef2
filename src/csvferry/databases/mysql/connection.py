"""MySQL and MariaDB behind the seam."""

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import pymysql
from pymysql.cursors import SSCursor

from csvferry.databases.base import LINE, OLD, Database, Lines, Loaded, Twin
from csvferry.databases.mysql import catalog as mysql_catalog
from csvferry.databases.mysql import shadow_table as mysql_twin
from csvferry.databases.mysql.bulk_load import load_statement, spooled, value_lists
from csvferry.databases.mysql.session.connect import (
    HASH_JOINS,
    MARIADB_RULES,
    MYSQL_RULES,
    RULES,
    connect,
    is_at_work,
    set_session,
)
from csvferry.databases.mysql.session.flavor import NAMELESS, check_known, recognize
from csvferry.databases.mysql.session.time_zone import session_zone
from csvferry.databases.mysql.session.url import MysqlTarget, parse_mysql_url
from csvferry.databases.mysql.sql_dialect import MariadbDialect, MysqlDialect
from csvferry.databases.mysql.wire import FAILURES, check_no_warnings, told
from csvferry.errors import (
    BusyError,
    CsvFerryError,
    DatabaseError,
    PassingDatabaseError,
    RefusedRowError,
)
from csvferry.model.column_type import Zone
from csvferry.model.reserved import STAGE_PREFIX
from csvferry.model.schema import Column, Dependent, Server, Table
from csvferry.printable import get_logger
from csvferry.scratch.workspace import out_of_space

if TYPE_CHECKING:
    import duckdb

log = get_logger(__name__)

_LOCAL_INFILE_OFF = {1148, 3948, 4166}
_HIDDEN = 0  # a warning whose code the server does not show
_UNSAFE_FOR_BINLOG = 1592  # about statement-based replication, not about any row


class MysqlDatabase(Database):
    """One connection, strict, in the server's own time zone; its staging tables die with it."""

    sql: MysqlDialect

    def __init__(self, target: MysqlTarget) -> None:
        self.target = target
        self._wire = connect(target)
        self._wire.at_work = partial(is_at_work, target, self._wire.thread_id())
        handshake = str(self._wire.get_server_info())
        if not target.untested:
            check_known(recognize(handshake, self._comment()))
        self.server = Server.MARIADB if "mariadb" in handshake.lower() else Server.MYSQL
        self.sql = MariadbDialect() if self.server is Server.MARIADB else MysqlDialect()
        own = MARIADB_RULES if self.server is Server.MARIADB else MYSQL_RULES
        self.execute(set_session({**RULES, **own}))

    @classmethod
    def from_url(cls, url: str, *, untested: bool = False) -> "MysqlDatabase":
        """Connect to `mysql://…`."""
        return cls(replace(parse_mysql_url(url), untested=untested))

    def _comment(self) -> str:
        """What the server calls itself. One that can't say is none that is known."""
        try:
            return str(self.query("SELECT @@version_comment")[0][0])
        except PassingDatabaseError:
            raise
        except DatabaseError:
            return NAMELESS

    # Statements

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        try:
            with self._wire.cursor() as cursor:
                return int(cursor.execute(sql, tuple(parameters) or None))
        except FAILURES as error:
            raise told(error) from None

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        try:
            with self._wire.cursor() as cursor:
                cursor.execute(sql, tuple(parameters) or None)
                return list(cursor.fetchall())
        except FAILURES as error:
            raise told(error) from None

    def stream(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        try:
            with closing(self._wire.cursor(SSCursor)) as cursor:
                cursor.execute(sql, tuple(parameters) or None)
                yield from cursor
        except FAILURES as error:
            raise told(error) from None

    def change(self, sql: str) -> int:
        """A statement that writes rows of the target: it may raise no warning."""
        affected = self.execute(sql)
        check_no_warnings(sum(self._warnings().values()), "the merge")
        return affected

    def _warnings(self) -> Mapping[int, int]:
        """What the last statement raised, by code; as 0 what a small max_error_count hides."""
        raised = self._wire.warnings
        if not raised:
            return {}
        counts: dict[int, int] = {}
        for _, code, _ in self.query("SHOW WARNINGS"):
            counts[int(code)] = counts.get(int(code), 0) + 1
        if hidden := raised - sum(counts.values()):
            counts[_HIDDEN] = hidden
        return {code: number for code, number in counts.items() if code != _UNSAFE_FOR_BINLOG}

    # Tables

    def has(self, table: str) -> bool:
        found = self.query(
            "SELECT 1 FROM information_schema.TABLES"
            " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s",
            (table,),
        )
        return bool(found)

    def describe(self, table: str) -> Table | None:
        return mysql_catalog.describe(self.query, self.server, table)

    def defaults(self, table: str) -> Mapping[str, str]:
        return mysql_catalog.defaults(self.query, self.server, table)

    def dependents(self, table: str, schema: str | None = None) -> Sequence[Dependent]:
        return mysql_catalog.dependents(self.query, table, schema)

    def rewrites(self, table: str) -> bool | None:
        return mysql_catalog.rewrites(self.query, table)

    def create(self, table: Table, run: str, *, temporary: bool = False) -> None:
        parts = [
            f"{self.sql.definition(column)} {'NULL' if column.nullable else 'NOT NULL'}"
            for column in table.columns
        ]
        if table.primary_key:
            parts.append(f"PRIMARY KEY ({self.sql.names(table.primary_key)})")
        parts += [f"UNIQUE KEY ({self.sql.names(names)})" for names in table.uniques]
        self.execute(
            f"CREATE {'TEMPORARY ' if temporary else ''}TABLE {self.sql.quote(table.name)}"
            f" ({', '.join(parts)}){self.sql.table_options} COMMENT='{_made_by(run)}'"
        )

    def discard(self, table: str, run: str) -> None:
        made = self.query(
            "SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()"
            " AND TABLE_NAME = %s AND TABLE_COMMENT = %s",
            (table, _made_by(run)),
        )
        if made and not self.query(f"SELECT 1 FROM {self.sql.quote(table)} LIMIT 1"):
            self.execute(f"DROP TABLE {self.sql.quote(table)}")

    def add_columns(self, table: str, columns: Sequence[Column]) -> None:
        parts = [f"ADD COLUMN {self.sql.definition(column)} NULL" for column in columns]
        self.execute(f"ALTER TABLE {self.sql.quote(table)} {', '.join(parts)}")

    def drop_columns(self, table: str, columns: Sequence[Column]) -> None:
        parts = [f"DROP COLUMN {self.sql.quote(column.name)}" for column in columns]
        self.execute(f"ALTER TABLE {self.sql.quote(table)} {', '.join(parts)}")

    def maker(self, table: str) -> str | None:
        comments = self.query(
            "SELECT TABLE_COMMENT FROM information_schema.TABLES"
            " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s",
            (table,),
        )
        comment = str(comments[0][0]) if comments else ""
        return comment.removeprefix(_made_by("")) if comment.startswith(_made_by("")) else None

    def stage(self, name: str, columns: Sequence[Column], key: Sequence[Column] = ()) -> None:
        parts = [f"{self.sql.quote(LINE)} BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY"]
        parts += [f"{self.sql.definition(column)} NULL" for column in columns]
        if key and all(self.sql.indexable(column) for column in key):
            parts.append(f"KEY ({self.sql.names([column.name for column in key])})")
        self.execute(
            f"CREATE TEMPORARY TABLE {self.sql.quote(name)} ({', '.join(parts)})"
            f"{self.sql.table_options}"
        )

    def stage_query(self, name: str, select: str) -> None:
        key = f"PRIMARY KEY ({self.sql.quote(LINE)})"  # a server may want one of every table
        self.execute(
            f"CREATE TEMPORARY TABLE {self.sql.quote(name)} ({key}){self.sql.table_options}"
            f" AS {select}"
        )

    def drop_stages(self, names: Sequence[str]) -> None:
        for name in names:
            self.execute(f"DROP TEMPORARY TABLE IF EXISTS {self.sql.quote(name)}")
        for name in self.left_over():
            if mysql_twin.run_of(name, OLD):  # it may be what makes an entry count
                continue
            try:
                self.execute(f"DROP TABLE IF EXISTS {self.sql.quote(name)}")
            except DatabaseError as error:
                log.warning("the staging table %s of a dead run stays: %s", name, error)

    def left_over(self) -> list[str]:
        found = self.query(
            "SELECT TABLE_NAME FROM information_schema.TABLES"
            " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME LIKE %s",
            (STAGE_PREFIX.replace("_", r"\_") + "%",),
        )
        names = [str(name) for (name,) in found]
        return [n for n in names if not (run := mysql_twin.run_of(n)) or not self.alive(run)]

    # A table's twin

    def twin(self, table: str, run: str, *, new: bool) -> Twin | None:
        return mysql_twin.make_twin(self, table, run, new=new) if self._may_load else None

    def was_swapped(self, run: str) -> str:
        return (
            f"CONCAT('{STAGE_PREFIX}', {run}, '{OLD}') IN (SELECT TABLE_NAME"
            " FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE())"
        )

    def alive(self, run: str) -> bool:
        return bool(self.query("SELECT IS_FREE_LOCK(%s)", (mysql_twin.life(run),))[0][0] != 1)

    def another(self) -> "MysqlDatabase":
        """A further connection to the same database, as the same user."""
        return MysqlDatabase(self.target)

    # Loading

    @cached_property
    def _may_load(self) -> bool:
        return self.target.local_infile and bool(self.query("SELECT @@local_infile")[0][0])

    def load(
        self,
        table: str,
        columns: Sequence[Column],
        select: str,
        con: "duckdb.DuckDBPyConnection",
    ) -> Loaded:
        if self._may_load:
            try:
                with spooled(con, columns, select) as spool:
                    return self.load_lines(table, columns, spool)
            except DatabaseError as error:
                if error.code not in _LOCAL_INFILE_OFF:
                    raise
                log.info("the server takes no LOAD DATA LOCAL; inserting instead")
                self.__dict__["_may_load"] = False
            except Exception as error:
                if not out_of_space(error):
                    raise
                log.info("scratch space does not hold what is to be loaded; inserting instead")
        return self._insert(table, columns, select, con)

    def load_lines(self, table: str, columns: Sequence[Column], lines: Lines) -> Loaded:
        with self._wire.offering(lines.descriptor, lines.start, lines.end) as name:
            share = lines.rows / max(lines.end - lines.start, 1)
            self._wire.sent = lambda size: self.sent(size * share)
            statement = load_statement(name, table, columns, lines, self.sql.quote)
            try:
                with self._wire.cursor() as cursor:
                    affected = int(cursor.execute(statement))
            except FAILURES as error:
                return _refused(told(error))
        return Loaded(affected, self._warnings())

    def _insert(
        self,
        table: str,
        columns: Sequence[Column],
        select: str,
        con: "duckdb.DuckDBPyConnection",
    ) -> Loaded:
        names = self.sql.names([column.name for column in columns])
        head = f"INSERT INTO {self.sql.quote(table)} ({names}) VALUES "
        rows = 0
        cursor = self._wire.cursor()
        for batch in value_lists(con, columns, select):
            try:
                rows += int(cursor.execute(head + ",".join(batch)))
                self.sent(len(batch))
            except pymysql.IntegrityError as error:
                return Loaded(rows, {int(error.args[0]): 1})
            except FAILURES as error:
                return _refused(told(error))
            if found := self._warnings():
                return Loaded(rows, found)
        return Loaded(rows, {})

    # Transaction and lock

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.execute("START TRANSACTION")
        try:
            yield
        except BaseException:
            self._roll_back()
            raise
        self.execute("COMMIT")

    def _roll_back(self) -> None:
        try:
            self.execute("ROLLBACK")
        except CsvFerryError:
            self.close()  # the server rolls back what a lost connection left

    @contextmanager
    def lock(self, table: str, wait: float, secret: Callable[[], str] = str) -> Iterator[None]:
        """Locks are the whole server's, and any account may take one whose name it can guess.

        So there are two: the guessable one, needed until there is a secret, and that of the secret,
        needed from then on. A first run that is about to end is waited for by the first of them;
        whoever else holds that one is not.
        """
        taken: list[str] = []
        try:
            known = secret()
            guessable, hidden = (self._lock_name(table, s) for s in ("", known))
            if not known:
                self._take(guessable, wait, taken, table)
                if known := secret():  # a first run ended meanwhile: others go by its secret now
                    self._take(self._lock_name(table, known), wait, taken, table)
            else:
                with suppress(BusyError):
                    self._take(guessable, 0 if self._is_held(hidden) else wait, taken, table)
                self._take(hidden, wait, taken, table)
            yield
        finally:
            if self._wire.open:
                with suppress(CsvFerryError):  # the locks go with the connection
                    for name in reversed(taken):
                        self.query("SELECT RELEASE_LOCK(%s)", (name,))

    def _lock_name(self, table: str, secret: str) -> str:
        what = f"{self.target.database}.{table}".casefold() + secret
        return "csvferry:" + hashlib.sha256(what.encode()).hexdigest()[:40]

    def _take(self, name: str, wait: float, taken: list[str], table: str) -> None:
        if self.query("SELECT GET_LOCK(%s, %s)", (name, wait))[0][0] != 1:
            raise BusyError(
                f"another run holds the lock of {table}{self._holder(name)}",
                "let it end, or end it, then run this again",
            )
        taken.append(name)

    def _is_held(self, name: str) -> bool:
        return self.query("SELECT IS_USED_LOCK(%s)", (name,))[0][0] is not None

    def _holder(self, name: str) -> str:
        try:
            found = self.query(
                "SELECT ID, USER, HOST, TIME FROM information_schema.PROCESSLIST"
                " WHERE ID = IS_USED_LOCK(%s)",
                (name,),
            )
        except DatabaseError:
            return ""
        if not found:
            return ""
        number, user, host, seconds = found[0]
        return f": connection {number} of {user}@{host}, busy for {seconds} s"

    def zone(self) -> Zone:
        return session_zone(self.query)

    @contextmanager
    def joining_by_hash(self) -> Iterator[None]:
        """MySQL does so unasked (manual, 10.2.1.4)."""
        if self.server is Server.MARIADB:
            self.execute(set_session(HASH_JOINS))
        yield
        if self.server is Server.MARIADB:
            self.execute(set_session(MARIADB_RULES))

    def close(self) -> None:
        if self._wire.open:
            self._wire._force_close()  # no farewell: it can hang on a dead connection


def _refused(error: CsvFerryError) -> Loaded:
    """A load that was refused for a row; any other error is raised."""
    if isinstance(error, RefusedRowError):
        return Loaded(0, {error.code or _HIDDEN: 1})
    raise error


def _made_by(run: str) -> str:
    return f"made by csvferry {run}"


def wait_for(target: MysqlTarget, patience: float) -> MysqlDatabase:
    """Connect, trying for `patience` seconds: a paused Aurora takes 15 s and more to wake."""
    deadline = time.monotonic() + patience
    pause = 0.5
    while True:
        try:
            return MysqlDatabase(target)
        except PassingDatabaseError:
            if time.monotonic() + pause > deadline:
                raise
            time.sleep(pause)
            pause = min(pause * 1.6, 5.0)
