"""Shadow tables on MySQL and MariaDB: filled by several connections, then swapped."""

import re
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

from csvferry.databases.answers.rows import (
    Count,
    Lock,
    Name,
    Sql,
    Word,
    rows_of,
    value_of,
    values_of,
)
from csvferry.databases.mysql.bulk_load import MysqlLoader
from csvferry.databases.mysql.catalog import sees_triggers
from csvferry.databases.mysql.connection import MysqlConnection
from csvferry.databases.mysql.locks import is_running, run_lock
from csvferry.databases.shadow_table import ShadowTable, ShadowTables
from csvferry.errors import CsvFerryError, DatabaseError, PassingDatabaseError
from csvferry.model.names import OLD, REJECTS, RUNS, STAGE_PREFIX
from csvferry.printable import get_logger

log = get_logger(__name__)

LEAST_CONNECTIONS, MOST_CONNECTIONS = 2, 4
PATIENCE = 3  # seconds in which readers and writers of the empty table must let go of it
_POLL = 0.002  # seconds
_PLAIN = """SELECT 1 FROM information_schema.TABLES
 WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s AND TABLE_TYPE = 'BASE TABLE'
 AND ENGINE = 'InnoDB' AND CREATE_OPTIONS NOT LIKE '%%partitioned%%'"""
_TIED = """SELECT 1 FROM information_schema.KEY_COLUMN_USAGE
 WHERE REFERENCED_TABLE_SCHEMA = DATABASE() AND REFERENCED_TABLE_NAME = %s
 UNION ALL SELECT 1 FROM information_schema.TRIGGERS
 WHERE EVENT_OBJECT_SCHEMA = DATABASE() AND EVENT_OBJECT_TABLE = %s"""
_COUNTER = re.compile(r"(?<=^\) ENGINE=InnoDB) AUTO_INCREMENT=(\d+)", re.MULTILINE)


class MysqlShadowTable(ShadowTable):
    """The table; the connection that made it holds a lock in its name while the run lives."""

    def __init__(self, loader: MysqlLoader, table: str, run: str) -> None:
        self._connection, self._table = loader.connection, table
        self.name = f"{STAGE_PREFIX}{run}_load"
        self._old = f"{STAGE_PREFIX}{run}{OLD}"
        self._kept = f"csvferry_kept_{run}"
        self.rows = 0
        self._made = False
        self._loaders: list[MysqlLoader] = []
        self.connections = self._loaders
        self._lock = run_lock(run)

    def make(self, number: int) -> bool:
        """Make it; False where it would not be the target's equal. Raises DatabaseError."""
        database = self._connection
        if not database.query(_PLAIN, (self._table,)) or database.query(
            _TIED, (self._table, self._table)
        ):
            return False
        if value_of(Lock, database.query("SELECT GET_LOCK(%s, 0)", (self._lock,))) != 1:
            return False
        self._made = True
        name = database.sql.quote(self.name)
        database.execute(f"CREATE TABLE {name} LIKE {database.sql.quote(self._table)}")
        made, model = self._defined(self.name), self._defined(self._table)
        if _COUNTER.sub("", made) != _COUNTER.sub("", model):
            return False
        if counter := _COUNTER.search(model):
            database.execute(f"ALTER TABLE {name} AUTO_INCREMENT = {int(counter[1])}")
        self._try_rights()
        target = database.target
        self._loaders += [MysqlLoader(MysqlConnection(target)) for _ in range(number)]
        return True

    def _defined(self, table: str) -> str:
        """The table's definition but for its name."""
        asked = f"SHOW CREATE TABLE {self._connection.sql.quote(table)}"
        ((_, text),) = rows_of(tuple[Name, Sql], self._connection.query(asked))
        return text.partition("(")[2]

    def _try_rights(self) -> None:
        """Do with the empty table what will be done with the target. Raises DatabaseError."""
        run, quote = self._connection.execute, self._connection.sql.quote
        run(f"LOCK TABLES {quote(self.name)} WRITE")
        run("UNLOCK TABLES")
        name, old = quote(self.name), quote(self._old)
        run(f"RENAME TABLE {name} TO {old}, {old} TO {name}")
        run(f"UPDATE {RUNS} SET status = status WHERE 1 = 0")
        run(f"DELETE FROM {RUNS} WHERE 1 = 0")
        run(f"DELETE FROM {REJECTS} WHERE 1 = 0")

    def cut_over(self, record: Callable[[], None]) -> bool:
        """Lock the target, record, and let the rename wait for the lock: it comes before writers.

        The server gives a waiting DDL statement the table before any waiting writer, so that none
        comes between the look at the empty table and the swap. MariaDB renames no locked table
        itself, so that it takes two connections; gh-ost cuts over so.
        """
        guard, database = self._loaders[0].connection, self._connection
        # The exchange loses what the server counted: it would join as if the table were empty.
        self._connection.query(
            f"ANALYZE NO_WRITE_TO_BINLOG TABLE {self._connection.sql.quote(self.name)}"
        )
        for connection in (guard, database):
            connection.execute(f"SET SESSION lock_wait_timeout = {PATIENCE}")
        guard.execute(f"LOCK TABLES {connection.sql.quote(self._table)} WRITE")
        if guard.query(f"SELECT 1 FROM {connection.sql.quote(self._table)} LIMIT 1"):
            return False
        record()
        number = value_of(Count, database.query("SELECT CONNECTION_ID()"))
        with ThreadPoolExecutor(1) as beside:
            renamed = beside.submit(self._rename, self._table, self._old, self.name, self._table)
            try:
                self._wait_for_its_turn(guard, number, renamed)
            finally:
                with suppress(CsvFerryError):  # a lost connection holds no lock
                    guard.execute("UNLOCK TABLES")
            renamed.result()
        return not self._somebody_came()

    def _wait_for_its_turn(
        self, guard: MysqlConnection, number: int, renamed: "Future[None]"
    ) -> None:
        """Until the server shows the rename, on connection `number`, waiting; or it has ended."""
        asked = (
            "SELECT 1 FROM information_schema.PROCESSLIST"
            " WHERE ID = %s AND STATE LIKE 'Waiting for table metadata lock%%'"
        )
        with suppress(PassingDatabaseError):  # the lock went with its connection
            while not renamed.done() and not guard.query(asked, (number,)):
                time.sleep(_POLL)

    def _rename(self, *names: str) -> None:
        quoted = [self._connection.sql.quote(name) for name in names]
        pairs = zip(quoted[::2], quoted[1::2], strict=True)
        self._connection.execute("RENAME TABLE " + ", ".join(f"{a} TO {b}" for a, b in pairs))

    def _somebody_came(self) -> bool:
        """Whether the lock was lost and rows came before the swap; it is taken back then."""
        if not self._connection.query(
            f"SELECT 1 FROM {self._connection.sql.quote(self._old)} LIMIT 1"
        ):
            return False
        self._rename(self._table, self.name, self._old, self._table)
        counted = f"SELECT COUNT(*) FROM {self._connection.sql.quote(self.name)}"
        if (
            value_of(Count, self._connection.query(counted)) != self.rows
        ):  # nobody but their writer knows them
            self._rename(self.name, self._kept)
            log.warning("rows were written during the exchange; they are in %s", self._kept)
        return True

    def close(self) -> None:
        """Close the connections, drop the table, give the lock back."""
        for loader in self._loaders:
            loader.connection.close()
        try:
            if self._made:
                self._connection.execute("SET SESSION lock_wait_timeout = DEFAULT")
                self._connection.execute(
                    f"DROP TABLE IF EXISTS {self._connection.sql.quote(self.name)}"
                )
                self._connection.query("SELECT RELEASE_LOCK(%s)", (self._lock,))
        except CsvFerryError as error:
            log.info("the shadow table stays for the next run: %s", error.message)


class MysqlShadowTables(ShadowTables):
    """Shadow tables, where rows go in by LOAD DATA."""

    def __init__(self, loader: MysqlLoader) -> None:
        self._loader = loader

    def make(self, table: str, run: str, *, new: bool) -> MysqlShadowTable | None:
        connection = self._loader.connection
        if not self._loader.may_load:
            return None
        shadow = MysqlShadowTable(self._loader, table, run)
        try:
            seen = new or sees_triggers(connection.query)
            if seen and shadow.make(_connections(connection)):
                return shadow
        except DatabaseError as error:
            log.info("loading into the table itself: %s", error.message)
        shadow.close()
        return None

    def was_swapped(self, run: str) -> str:
        return (
            f"CONCAT('{STAGE_PREFIX}', {run}, '{OLD}') IN (SELECT TABLE_NAME"
            " FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE())"
        )

    def is_running(self, run: str) -> bool:
        return is_running(self._loader.connection, run)


def _connections(database: MysqlConnection) -> int:
    """One for each of the server's processors, 2 to 4.

    Two also where it has one: while one waits for rows to load the other is served. MySQL shows its
    processors to privileged users alone.
    """
    rows = database.query(database.sql.processors)
    found = sum(_counted(str(told)) for told in values_of(Count | Word, rows))
    return min(max(found, LEAST_CONNECTIONS), MOST_CONNECTIONS)


def _counted(ids: str) -> int:
    """How many numbers a list like 0-3,6 has."""
    number = 0
    for part in ids.split(","):
        first, _, last = part.partition("-")
        if not first.strip().isdigit() or not (last or first).strip().isdigit():
            return 1
        number += int(last or first) - int(first) + 1
    return number
