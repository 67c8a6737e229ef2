"""The tables of a sharded keyspace of Vitess."""

import time
from collections.abc import Sequence

from csvferry.databases.mysql.catalog import MysqlCatalog
from csvferry.databases.vitess.placement import check_key, placing, primary_vindex, vindexes
from csvferry.errors import DatabaseError, TargetError
from csvferry.model.schema import Column

_NO_COLUMN = 1054
_PATIENCE = 30  # seconds


class ShardedCatalog(MysqlCatalog):
    """Tables that are made by the gate, on all shards."""

    def check_served(self, table: str, key: Sequence[str], unique: Sequence[Sequence[str]]) -> None:
        keyspace = self._sql.keyspace
        found = self.describe(table)
        if found is None:
            raise TargetError(
                f"there is no table {table}, and csvferry makes none in a sharded keyspace",
                f"make it, and say where its rows lie: {placing(keyspace, table)}",
            )
        placed = vindexes(self._connection.query, keyspace, found.name)
        check_key(primary_vindex(placed, keyspace, found), table, key)
        if unique:
            raise TargetError(
                f"--unique: a unique value of {table} would be unique within a shard alone",
                "leave it out",
            )

    def add_columns(self, table: str, columns: Sequence[Column]) -> None:
        """The gate is told of them by its tablets, in about a second."""
        super().add_columns(table, columns)
        added = self._sql.names([column.name for column in columns])
        asked = f"SELECT {added} FROM {self._sql.quote(table)} LIMIT 1"
        last = time.monotonic() + _PATIENCE
        while not self._knows(asked):
            if time.monotonic() > last:
                raise DatabaseError(f"the gate of Vitess knows no new columns of {table} yet")
            time.sleep(0.1)

    def _knows(self, asked: str) -> bool:
        try:
            self._connection.query(asked)
        except DatabaseError as error:
            if error.code != _NO_COLUMN:
                raise
            return False
        return True
