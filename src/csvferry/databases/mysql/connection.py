"""A connection to MySQL or MariaDB."""

from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import partial
from typing import Any

from pymysql.cursors import SSCursor

from csvferry.databases.answers.rows import WarningRow, Word, rows_of, value_of
from csvferry.databases.connection import Connection
from csvferry.databases.galera.lease import leased_lock
from csvferry.databases.galera.node import is_node
from csvferry.databases.galera.sql_dialect import MariadbNodeDialect, MysqlNodeDialect
from csvferry.databases.mysql.locks import check_held, table_lock
from csvferry.databases.mysql.session.connect import connect, is_at_work, set_session
from csvferry.databases.mysql.session.flavor import NAMELESS, Flavor, check_known, recognize
from csvferry.databases.mysql.session.time_zone import session_zone
from csvferry.databases.mysql.session.url import MysqlTarget
from csvferry.databases.mysql.session.wire import (
    FAILURES,
    LoadRefusedError,
    check_no_warnings,
    translate_error,
)
from csvferry.databases.mysql.sql_dialect import MariadbDialect, MysqlDialect
from csvferry.databases.vitess.keyspace import check_keyspace
from csvferry.databases.vitess.lock import kept_lock
from csvferry.databases.vitess.sql_dialect import VitessDialect
from csvferry.databases.vitess.warnings import warnings_behind
from csvferry.errors import CsvFerryError, DatabaseError, PassingDatabaseError
from csvferry.model.column_type import Zone

HIDDEN = 0  # a warning whose code the server does not show


class MysqlConnection(Connection):
    """One connection, strict, in the server's own time zone; its staging tables die with it."""

    sql: MysqlDialect
    _shard = ""  # of a keyspace of Vitess
    _work: str | None = None  # what kind of work the session is set to

    def __init__(self, target: MysqlTarget) -> None:
        self.target = target
        self._proofs: list[Callable[[], None]] = []  # that locks are held, before a commit
        self.wire = connect(target)
        self.flavor = flavor = self._flavor()
        if not target.untested:
            check_known(flavor)
        self.sql = _dialect(flavor)
        self.server = self.sql.server
        number = self.wire.thread_id() if self.sql.shows_work else None
        self.wire.at_work = partial(is_at_work, target, number)
        if self.sql.sharded_keyspaces:
            self._shard = check_keyspace(self.query, target.database)
        self.execute(set_session(self.sql.session_rules))

    @property
    def guarantees(self) -> dict[str, str]:
        found = super().guarantees
        if self.flavor.row is None:
            return dict.fromkeys(found, f"unproven: csvferry is not tested on {self.flavor}")
        if self._lockless:
            found["one_run_at_a_time"] = "not kept: a plan makes no row, not even a lock"
        return found

    @property
    def _lockless(self) -> bool:
        """Whether a lock would be a row, where none may be written."""
        return self.sql.locks_are_rows and self.target.read_only

    def _flavor(self) -> Flavor:
        handshake, comment = str(self.wire.get_server_info()), self._comment()
        galera = is_node(f"{handshake} {comment}", self.query)
        return recognize(handshake, comment, galera=galera)

    def _comment(self) -> str:
        """What the server calls itself. One that can't say is none that is known."""
        try:
            return str(value_of(Word, self.query("SELECT @@version_comment")))
        except (PassingDatabaseError, LoadRefusedError):
            raise
        except DatabaseError:
            return NAMELESS

    # Statements

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        try:
            with self.wire.cursor() as cursor:
                return int(cursor.execute(sql, tuple(parameters) or None))
        except FAILURES as error:
            raise translate_error(error) from None

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        try:
            return self._rows(sql, parameters)
        except DatabaseError as error:
            if error.code is None or error.code != self.sql.cut_off:
                raise
            return list(self.stream(sql, parameters))

    def _rows(self, sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        try:
            with self.wire.cursor() as cursor:
                cursor.execute(sql, tuple(parameters) or None)
                return list(cursor.fetchall())
        except FAILURES as error:
            raise translate_error(error) from None

    def stream(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        try:
            with self._working(self.sql.stream_work), closing(self.wire.cursor(SSCursor)) as cursor:
                cursor.execute(sql, tuple(parameters) or None)
                yield from cursor
        except FAILURES as error:
            raise translate_error(error) from None

    @contextmanager
    def _working(self, work: str | None) -> Iterator[None]:
        """Have the limits of this kind of work within the block; None: those that hold."""
        if work is None:
            yield
            return
        usual = self._work or self.sql.usual_work
        self._set_work(work)
        try:
            yield
        finally:
            if usual and self.is_open:  # it may be the error that ends the block
                self._set_work(usual)

    def _set_work(self, work: str) -> None:
        self.execute(f"SET workload = '{work}'")
        self._work = work

    def texts(self, sql: str) -> Generator[bytes]:
        """Over a connection of its own, which ends with it: what is left is not waited for."""
        with closing(MysqlConnection(self.target)) as beside:
            if work := beside.sql.stream_work:
                beside._set_work(work)
            try:
                yield from beside.wire.texts(sql)
            except FAILURES as error:
                raise translate_error(error) from None

    def change(self, sql: str) -> int:
        """A statement that writes rows of the target: it may raise no warning."""
        affected = self.execute(sql)
        check_no_warnings(sum(self.warnings().values()), "the merge")
        return affected

    def warnings(self) -> Mapping[int, int]:
        """What the last statement raised, by code; as 0 what a small max_error_count hides."""
        shown, raised = self._shown_and_raised()
        counts = Counter(row.code for row in shown)
        if hidden := raised - counts.total():
            counts[HIDDEN] = hidden
        return {code: n for code, n in counts.items() if code not in self.sql.idle_warnings}

    def _shown_and_raised(self) -> tuple[Sequence[WarningRow], int]:
        if self._shard:
            return warnings_behind(self.query, self.target.database, self._shard)
        raised = self.wire.warnings
        return rows_of(WarningRow, self.query("SHOW WARNINGS")) if raised else (), raised

    # Transaction and lock

    @contextmanager
    def transaction(self, rows: int = 0) -> Iterator[None]:
        asked = self.sql.before_long_work(rows)
        for statement in asked:
            self.execute(statement)
        with self._working(self.sql.long_work if asked else None), self._transaction():
            yield

    def outlast(self, rows: int) -> None:
        """The limit of a transaction is then that of a silence, too."""
        if self.sql.before_long_work(rows):
            with self.transaction(rows):
                pass

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self.execute("START TRANSACTION")
        if self._shard:
            self.warnings()  # who asks first is given another connection; the next are told
        try:
            yield
            for prove in self._proofs:
                prove()
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
        with self._lock(table, wait, secret) as proof:
            self._proofs.append(proof)
            try:
                yield
            finally:
                self._proofs.remove(proof)

    @contextmanager
    def _lock(
        self, table: str, wait: float, secret: Callable[[], str]
    ) -> Iterator[Callable[[], None]]:
        """Hold the lock; gives what raises PassingDatabaseError where it is lost."""
        place = f"{self.target.database}.{table}"
        if self._lockless:
            yield lambda: None
        elif self.sql.locks_are_rows or self.sql.locks_lapse:
            with closing(MysqlConnection(self.target)) as keeper:
                held = (
                    leased_lock(keeper, self, place, table, wait)
                    if self.sql.locks_are_rows
                    else kept_lock(keeper, place, table, wait, secret)
                )
                with held as proof:
                    yield proof
        else:
            with table_lock(self, place, table, wait, secret) as names:
                yield partial(check_held, self, names, table)

    def zone(self) -> Zone:
        return session_zone(self.query)

    @contextmanager
    def joining_by_hash(self) -> Iterator[None]:
        """MySQL does so unasked (manual, 10.2.1.4)."""
        if changed := self.sql.hash_joins:
            self.execute(set_session(changed))
        yield
        if changed:
            self.execute(set_session(self.sql.session_rules))

    @property
    def is_open(self) -> bool:
        """Whether the connection was neither closed nor lost."""
        return bool(self.wire.open)

    def close(self) -> None:
        if self.is_open:
            self.wire._force_close()  # no farewell: it can hang on a dead connection


def _dialect(flavor: Flavor) -> MysqlDialect:
    mariadb = flavor.product.startswith("MariaDB")
    if flavor.galera:
        return MariadbNodeDialect() if mariadb else MysqlNodeDialect()
    if flavor.product.startswith("Vitess"):
        return VitessDialect(tried=flavor.row is not None)
    return MariadbDialect() if mariadb else MysqlDialect()
