"""A connection to MySQL or MariaDB."""

from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from typing import Any

from pymysql.cursors import Cursor, SSCursor

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
from csvferry.databases.vitess.keyspace import Keyspace, check_keyspace, untried
from csvferry.databases.vitess.lock import kept_lock
from csvferry.databases.vitess.sql_dialect import VitessDialect
from csvferry.databases.vitess.warnings import warnings_behind
from csvferry.errors import CsvFerryError, DatabaseError, PassingDatabaseError
from csvferry.model.column_type import Zone

HIDDEN = 0  # a warning whose code the server does not show


class MysqlConnection(Connection):
    """One connection, strict, in the server's own time zone; its staging tables die with it."""

    sql: MysqlDialect
    _keyspace: Keyspace | None = None  # of Vitess
    _atomic = False  # whether a transaction over several servers is under way
    _work: str | None = None  # what kind of work the session is set to

    def __init__(self, target: MysqlTarget) -> None:
        self.target = target
        self.at_close = ExitStack()
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
            self._keyspace = check_keyspace(self.query, target.database, target.ledger)
            sharded = self._keyspace.ledger is not None
            if sharded and flavor.row is None:
                raise untried(flavor)
            self.sql = self.sql.in_keyspace(self._keyspace.bare, sharded=sharded)
        self.execute(set_session(self.sql.session_rules))

    @property
    def guarantees(self) -> dict[str, str]:
        found = super().guarantees | dict(self.sql.lessened)
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
        return sum(self._execute(place, sql, parameters) for place in self._places(sql))

    def _places(self, sql: str) -> Sequence[str]:
        """Where a statement is sent, in turn, as USE takes it."""
        return self._keyspace.places(sql) if self._keyspace else (self.target.database,)

    def _execute(self, place: str, sql: str, parameters: Sequence[Any] = ()) -> int:
        try:
            with self.cursor(place=place) as cursor:
                return int(cursor.execute(sql, tuple(parameters) or None))
        except FAILURES as error:
            raise self._translated(error) from None

    def _translated(self, error: Exception) -> CsvFerryError:
        """Over several servers no error is a verdict.

        The gate may have ended the transaction, or, of a COMMIT, the decision may stand.
        """
        found = translate_error(error)
        if self._atomic and not found.passing:
            return PassingDatabaseError(found.message, found.hint, getattr(found, "code", None))
        return found

    def cursor(self, kind: type[Cursor] = Cursor, place: str = "") -> Cursor:
        """A cursor of the driver, for statements that mean this database, or another `place`."""
        self.wire.enter(place or self.target.database)
        return self.wire.cursor(kind)

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        try:
            return self._rows(sql, parameters)
        except DatabaseError as error:
            if error.code is None or error.code != self.sql.cut_off:
                raise
            return list(self.stream(sql, parameters))

    def _rows(
        self, sql: str, parameters: Sequence[Any] = (), place: str = ""
    ) -> list[tuple[Any, ...]]:
        try:
            with self.cursor(place=place) as cursor:
                cursor.execute(sql, tuple(parameters) or None)
                return list(cursor.fetchall())
        except FAILURES as error:
            raise self._translated(error) from None

    def stream(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        return self._stream(sql, parameters)

    def stream_parts(self, sql: str) -> Iterator[tuple[Any, ...]]:
        for place in self._keyspace.shards if self._keyspace else ("",):
            yield from self._stream(sql, (), place)

    def _stream(
        self, sql: str, parameters: Sequence[Any], place: str = ""
    ) -> Iterator[tuple[Any, ...]]:
        try:
            with (
                self._working(self.sql.stream_work),
                closing(self.cursor(SSCursor, place)) as cursor,
            ):
                cursor.execute(sql, tuple(parameters) or None)
                yield from cursor
        except FAILURES as error:
            raise self._translated(error) from None

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
        affected = 0
        for place in self._places(sql):
            affected += self._execute(place, sql)
            check_no_warnings(sum(self._warnings(place).values()), "the merge")
        return affected

    def warnings(self) -> Mapping[int, int]:
        """What the last statement raised, by code; as 0 what a small max_error_count hides."""
        places = self._keyspace.shards if self._keyspace else ("",)
        return sum(map(self._warnings, places), Counter[int]())

    def _warnings(self, place: str) -> Counter[int]:
        shown, raised = self._shown_and_raised(place)
        counts = Counter(row.code for row in shown)
        if hidden := raised - counts.total():
            counts[HIDDEN] = hidden
        return Counter({c: n for c, n in counts.items() if c not in self.sql.idle_warnings})

    def _shown_and_raised(self, place: str) -> tuple[Sequence[WarningRow], int]:
        if self._keyspace:
            shard = place if place in self._keyspace.parts else self._keyspace.shards[0]
            return warnings_behind(partial(self._rows, place=shard))
        raised = self.wire.warnings
        return rows_of(WarningRow, self.query("SHOW WARNINGS")) if raised else (), raised

    # Transaction and lock

    @contextmanager
    def transaction(self, rows: int = 0) -> Iterator[None]:
        asked = self.sql.before_long_work(rows)
        for statement in asked:
            self.execute(statement)
        mode = self.sql.atomic_mode
        with self._working(self.sql.long_work if asked else None), self._transaction(mode):
            yield

    def outlast(self, rows: int) -> None:
        """The limit of a transaction is then that of a silence, too."""
        if self.sql.before_long_work(rows):
            with self.transaction(rows):
                pass

    @contextmanager
    def part_of_load(self) -> Iterator[None]:
        """A transaction of some rows for a staging table, which need not be whole on each shard."""
        with self._transaction(self.sql.parted_mode):
            yield

    @contextmanager
    def _transaction(self, mode: str | None) -> Iterator[None]:
        if mode:
            self.execute(f"SET transaction_mode = '{mode}'")
        self.execute("START TRANSACTION")
        for place in self._keyspace.parts if self._keyspace else ():
            self._warnings(place)  # who asks first is given another connection; the next are told
        self._atomic = mode is not None and mode == self.sql.atomic_mode
        try:
            try:
                yield
                for prove in self._proofs:
                    prove()
            except BaseException:
                self._roll_back()
                raise
            self.execute("COMMIT")
        finally:
            self._atomic = False

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
        self.at_close.close()
        if self.is_open:
            self.wire._force_close()  # no farewell: it can hang on a dead connection


def _dialect(flavor: Flavor) -> MysqlDialect:
    mariadb = flavor.product.startswith("MariaDB")
    if flavor.galera:
        return MariadbNodeDialect() if mariadb else MysqlNodeDialect()
    if flavor.product.startswith("Vitess"):
        return VitessDialect(tried=flavor.row is not None)
    return MariadbDialect() if mariadb else MysqlDialect()
