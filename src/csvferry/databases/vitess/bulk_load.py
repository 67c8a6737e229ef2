"""How rows reach a sharded keyspace: into staging tables by the gate, which knows their shards.

There are no temporary tables. So those of staging are tables with the target's own vindex, known by
the run's id, whose lock is held as long as the run may use them.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack

from csvferry.databases.answers.rows import Name, values_of
from csvferry.databases.mysql.bulk_load import MysqlLoader
from csvferry.databases.mysql.connection import MysqlConnection
from csvferry.databases.mysql.locks import run_lock, run_of
from csvferry.databases.vitess.lock import claimed
from csvferry.databases.vitess.placement import by_line, vindexes
from csvferry.errors import DatabaseError
from csvferry.model.names import STAGE_PREFIX
from csvferry.model.schema import Column

_UNPLACED = 1815  # the error of a table that has no vindex
_MADE = (
    "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()"
    f" AND LEFT(TABLE_NAME, {len(STAGE_PREFIX)}) = '{STAGE_PREFIX}'"
)


class ShardedLoader(MysqlLoader):
    """By INSERT of many rows, each batch a transaction of its own."""

    def __init__(self, connection: MysqlConnection) -> None:
        super().__init__(connection)
        self._claim = ExitStack()
        self._claimed: str | None = None
        connection.at_close.callback(self._claim.close)

    def stage(
        self,
        name: str,
        columns: Sequence[Column],
        key: Sequence[Column] = (),
        marks: Sequence[str] = (),
        table: str = "",
    ) -> None:
        run = run_of(name)
        if run and run != self._claimed:
            self._claim.enter_context(
                claimed(MysqlConnection(self._connection.target), run_lock(run))
            )
            self._claimed = run
        self._connection.execute(
            f"CREATE TABLE {self._sql.quote(name)} ({self._staged(columns, key, marks)})"
            f"{self._sql.table_options}"
        )
        keyspace = self._sql.keyspace
        if table:
            vindex = vindexes(self._connection.query, keyspace, table)[0]
            self._connection.execute(vindex.add(keyspace, name))
        elif key:
            self._connection.execute(by_line(key[0].name).add(keyspace, name))

    def _drop_stage(self, name: str) -> None:
        self._drop(name)

    def _drop(self, name: str) -> None:
        """The table last, as a run that dies here leaves what the next one finds."""
        try:
            self._connection.execute(f"ALTER VSCHEMA DROP TABLE {self._sql.quote(name)}")
        except DatabaseError as error:
            if error.code != _UNPLACED:
                raise
        super()._drop(name)

    def drop_stages(self, names: Sequence[str]) -> None:
        super().drop_stages(names)
        if names:
            self._claim.close()
            self._claimed = None

    def _stages(self) -> Sequence[str]:
        return sorted(set(values_of(Name, self._connection.stream_parts(_MADE))))

    def _batch(self) -> AbstractContextManager[None]:
        return self._connection.part_of_load()
